"""Tells the suite to judge a build that was made already instead of a lifecycle.

The console script registers a `FinishedBuildRun` with pytest. It imports the suite only when that
is asked to begin, after pytest has loaded its plugins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_cnb_report.judge.text import Text
    from pytest_cnb_report.observe.finished_build import FinishedBuild
    from pytest_cnb_report.planning.check_report import FinishedBuildSession
    from pytest_cnb_report.planning.context import RunContext
    from pytest_cnb_report.planning.settings import Settings
    from pytest_cnb_report.record.model import RepeatCommand
    from pytest_cnb_report.values import Target

PLUGIN = "cnb-check-report"
"""The name under which pytest has a `FinishedBuildRun`."""


class FinishedBuildRun:
    """The build to judge, as a plugin of pytest.

    `target` is where its images are, None where the report is to tell; `insecure` whether
    registries may have no valid certificate, or no TLS.
    """

    __name__ = PLUGIN

    def __init__(self, build: FinishedBuild, target: Target | None, *, insecure: bool) -> None:
        self._build = build
        self._target = target
        self._insecure = insecure

    def begin(
        self, settings: Settings, text: Text
    ) -> tuple[RunContext, FinishedBuildSession, RepeatCommand]:
        """Look up everything that the report is judged against.

        Raises CannotJudgeError, RegistryError, DaemonError or DaemonUnavailable.
        """
        from pytest_cnb_report.planning.check_report import Request, begin  # noqa: PLC0415

        return begin(self._build, Request(self._target, self._insecure), settings, text)
