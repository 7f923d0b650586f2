"""`reference` and `reference:FAULT`: the suite's own lifecycle, right or with one mistake."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from pytest_cnb_report.drive.process import Command, Invocation
from pytest_cnb_report.lifecycles.forked import ForkServer, forked_calls
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError, LifecycleKind
from pytest_cnb_report.values import Phase, Profile
from pytest_cnb_report.version import VERSION


def _takes(given: str) -> bool:
    return given == "reference" or given.startswith("reference:")


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    del phases  # it has all of them
    environment = {"CNB_REFERENCE_PROFILE": Profile(profile).value}
    _, colon, fault = given.partition(":")
    if colon:
        environment["CNB_REFERENCE_FAULT"] = fault
    module = ("-m", "pytest_cnb_report.reference")
    return Lifecycle(
        given=given,
        kind=REFERENCE,
        commands={
            phase: Command(sys.executable, sys.executable, (*module, phase.value))
            for phase in Phase
        },
        environment=environment,
        version=VERSION,
    )


def _check_version_call(given: str, answer: Invocation) -> None:
    if answer.exit_code != 0:  # there is no such fault
        why = answer.last_lines.removeprefix("ERROR: ")
        raise LifecycleError(f"--lifecycle {given}: {why}")


REFERENCE = LifecycleKind(
    name="reference",
    spelled="reference",
    takes=_takes,
    resolve=_resolve,
    check_version_call=_check_version_call,
    calls=forked_calls,
)


def forked_reference(server: ForkServer, *, profile: str, fault: str | None) -> Lifecycle:
    """Return the reference lifecycle, or one of its faulty variants, called through the server.

    Its commands are those that a process of its own would be started by, so that what is shown of a
    call can be repeated without the server.
    """
    given = REFERENCE.spelled if fault is None else f"{REFERENCE.spelled}:{fault}"
    plain = _resolve(given, phases=tuple(Phase), profile=profile)
    return replace(plain, kind=replace(plain.kind, execute=server.execute))
