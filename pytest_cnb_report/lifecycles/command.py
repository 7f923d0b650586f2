"""`command:CMD`: an adapter, called as `CMD PHASE ARGS…`."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.drive.process import Command
from pytest_cnb_report.lifecycles.executables import sha256_of
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError, LifecycleKind
from pytest_cnb_report.values import Phase

_PREFIX = "command:"


def _takes(given: str) -> bool:
    return given.startswith(_PREFIX)


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    del phases, profile  # which phases it can run is not known before it is called
    try:
        words = shlex.split(given.removeprefix(_PREFIX))
    except ValueError as problem:
        raise LifecycleError(f"--lifecycle {given}: {problem} in the command") from problem
    if not words:
        raise LifecycleError(f"--lifecycle {given}: no command after command:")
    found = shutil.which(words[0])
    if found is None:
        raise LifecycleError(f"--lifecycle {given}: {words[0]} is not an executable on the PATH")
    executable = str(Path(found).absolute())
    return Lifecycle(
        given=given,
        kind=COMMAND,
        commands={
            phase: Command(executable, executable, (*words[1:], phase.value)) for phase in Phase
        },
        sha256=sha256_of(Path(executable)),
    )


COMMAND = LifecycleKind(name="command", spelled="command:CMD", takes=_takes, resolve=_resolve)
