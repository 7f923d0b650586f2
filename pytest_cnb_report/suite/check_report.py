"""Tells the suite to judge a build that somebody made instead of a lifecycle.

The console script registers an `OwnBuildRun` with pytest. It imports nothing of the suite before
that is asked to begin, so that pytest and its plugins are there first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.values import Target

if TYPE_CHECKING:
    from pytest_cnb_report.observe.own_build import OwnBuild
    from pytest_cnb_report.suite.ground import Ground
    from pytest_cnb_report.suite.own_build import OwnBuildSession
    from pytest_cnb_report.suite.settings import Settings

PLUGIN = "cnb-own-build"
"""The name under which pytest has an `OwnBuildRun`."""


@dataclass(frozen=True)
class Request:
    """Where the images are, None where the report is to tell, and how to speak to registries."""

    target: Target | None
    insecure: bool


class OwnBuildRun:
    """The build to judge, as a plugin of pytest."""

    __name__ = PLUGIN

    def __init__(self, build: OwnBuild, request: Request) -> None:
        self._build = build
        self._request = request

    def begin(self, settings: Settings) -> tuple[Ground, OwnBuildSession]:
        """Look up everything that the report is judged against.

        Raises CannotJudgeError, RegistryError, DaemonError or DaemonUnavailable.
        """
        from pytest_cnb_report.suite.own_build import begin  # noqa: PLC0415

        return begin(self._build, self._request, settings)
