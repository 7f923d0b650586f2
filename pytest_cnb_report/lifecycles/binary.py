"""One executable that runs the phase by whose name it is called, as `/cnb/lifecycle/lifecycle`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.drive.process import Command
from pytest_cnb_report.lifecycles.executables import require_executable, sha256_of
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleKind
from pytest_cnb_report.values import Phase


def _takes(given: str) -> bool:
    return Path(given).is_file()


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    del profile
    path = Path(given).resolve()
    require_executable(given, path)
    return Lifecycle(
        given=given,
        kind=BINARY,
        commands={phase: Command(str(path), phase.value) for phase in phases},
        sha256=sha256_of(path),
    )


BINARY = LifecycleKind(
    name="binary",
    spelled="a multiplexed lifecycle binary",
    takes=_takes,
    resolve=_resolve,
)
