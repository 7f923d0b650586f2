"""Rules on builds that must not succeed: refused pushes, and processes that do not exist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from .examples import Example, right, untestable, wrong
from .observations import blocked, call, control, failed, not_called

PUSH = "export.push-failure"
PROCESS = "export.unknown-process.refused"
UNKNOWN_PROCESS = "draft/exporter-unknown-process"
FIRST_REFUSED = "draft/exporter-first-push-refused"
SUCCEEDS = "export.succeeds"

PUSHES = (
    *(
        right(PUSH, case, f"draft/{case}-push-refused", words="exited 62, a code for export errors")
        for case in ("exporter-first", "exporter-later", "creator-first")
    ),
    right(PUSH, "generic code", FIRST_REFUSED, failed, words="exited 1, a code for any error"),
    wrong(
        PUSH,
        "overlooked",
        FIRST_REFUSED,
        call(exit_code=0),
        words="the registry refused an app image, and the exporter exited 0",
        expected="an exit code other than 0",
        actual=0,
    ),
    wrong(
        PUSH,
        "broken down on",
        FIRST_REFUSED,
        call(exit_code=2, stderr="panic: denied\n\ngoroutine 1 [running]:\n", stdout=""),
        words="the exporter broke down",
        expected="an exit code that the specification gives to errors",
    ),
    untestable(
        PUSH,
        "not pushed",
        FIRST_REFUSED,
        lambda seen: replace(seen, requests=()),
        words="the exporter did not push what the registry refuses",
    ),
    untestable(PUSH, "not reached", FIRST_REFUSED, blocked(), words="the case was not reached"),
    untestable(PUSH, "not called", FIRST_REFUSED, not_called, words="the case was not reached"),
    untestable(
        PUSH,
        "unable",
        FIRST_REFUSED,
        control(failed),
        words="does not succeed where it has to either",
        cause=SUCCEEDS,
    ),
)

PROCESSES = (
    right(PROCESS, "refused", UNKNOWN_PROCESS, words="refused"),
    wrong(
        PROCESS,
        "passed over",
        UNKNOWN_PROCESS,
        call(exit_code=0),
        words="it was done instead of refused",
        expected="an exit code other than 0",
        actual=0,
    ),
    untestable(
        PROCESS,
        "unable",
        UNKNOWN_PROCESS,
        control(failed),
        words="does not succeed where it has to either",
        cause=SUCCEEDS,
    ),
)

EXAMPLES: tuple[Example, ...] = (*PUSHES, *PROCESSES)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    example.check()
