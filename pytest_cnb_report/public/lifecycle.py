"""The lifecycle that the options name, as a fixture gives it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.values import Phase, PlatformApi, Profile


@dataclass(frozen=True, eq=False, repr=False)
class LifecycleFixture(ReprForHypothesis):
    """`cnb_lifecycle`: the lifecycle of this run, and the platform API that it is judged by.

    `platform_api` is the one asked for, else the newest that it and the suite both know; `timeout`
    is in seconds, for one call.
    """

    lifecycle: Lifecycle
    platform_api: PlatformApi
    profile: Profile
    timeout: float
    folder: Path

    def __repr__(self) -> str:
        return f"<lifecycle {self.given} by platform API {self.platform_api}>"

    @property
    def given(self) -> str:
        """What names it: a path, or what else `--lifecycle` takes, such as `image:REF`."""
        return self.lifecycle.given

    @property
    def version(self) -> str | None:
        """What it says with `-version`; None where that is no version."""
        return self.lifecycle.version

    @property
    def is_reference(self) -> bool:
        """Whether it is the suite's own, right or with a mistake."""
        return self.lifecycle.kind.name == "reference"

    def call(
        self,
        phase: Phase | str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        directory: str | Path | None = None,
    ) -> Invocation:
        """Run one phase with these arguments and return what the process did.

        It gets `CNB_PLATFORM_API`, `PATH`, a home, and of the environment what is given here; it
        starts in `directory`, else in an empty one. Raises LifecycleError where it cannot be
        started, and ValueError for what is no phase.
        """
        place = (
            tempfile.mkdtemp(prefix="call-", dir=self.folder) if directory is None else directory
        )
        return self.lifecycle.call(
            Phase(phase),
            arguments,
            platform_api=self.platform_api,
            environment=environment or {},
            directory=str(place),
            timeout=self.timeout,
        )
