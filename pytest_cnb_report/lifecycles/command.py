"""`command:CMD`: an adapter, called as `CMD PHASE ARGS…`, which may decline a call."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.drive.process import Command, Invocation
from pytest_cnb_report.lifecycles.executables import sha256_of
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError, LifecycleKind
from pytest_cnb_report.values import Phase

DECLINED = 120
"""The exit code of an adapter that cannot be asked this; no other kind of lifecycle has it."""

NO_REASON = "it gives no reason"
"""The reason of an adapter that declines without a word."""

_PREFIX = "command:"
_LONGEST_REASON = 200


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
        raise LifecycleError(f"--lifecycle {given}: {words[0]} is not an executable on PATH")
    executable = str(Path(found).absolute())
    return Lifecycle(
        given=given,
        kind=COMMAND,
        commands={
            phase: Command(executable, executable, (*words[1:], phase.value)) for phase in Phase
        },
        sha256=sha256_of(Path(executable)),
    )


def reason_to_decline(call: Invocation) -> str | None:
    """Return the reason of an adapter that declined a call; None where it did not decline.

    That is the last line of its standard error or, where that is empty, of its standard output.
    """
    if call.exit_code != DECLINED:
        return None
    said = call.last_lines.splitlines()
    return said[-1].strip()[:_LONGEST_REASON] if said else NO_REASON


COMMAND = LifecycleKind(
    name="command",
    spelled="command:CMD",
    takes=_takes,
    resolve=_resolve,
    declined=reason_to_decline,
)
