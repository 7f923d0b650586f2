"""Rules on builds that must not succeed: refused pushes, and processes that do not exist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from .examples import Example, right, untestable, wrong
from .observations import Edit, blocked, call, chain, control, failed, not_called

PUSH = "export.push-failure"
PROCESS = "export.unknown-process.refused"
UNKNOWN_PROCESS = "draft/exporter-unknown-process"
FIRST_REFUSED = "draft/exporter-first-push-refused"
SUCCEEDS = "export.succeeds"

says_usage = call(exit_code=2, stderr="no such thing\nusage: exporter IMAGE\n", stdout="")


def given(*arguments: str) -> Edit:
    return call(arguments=arguments)


UNDERSTOOD = chain(
    given("-tag", "a", "-process-type", "none", "b"),
    control(given("-process-type=web", "--tag=c", "-app", "d", "e")),
)
"""The control has every flag of the call."""
NOT_UNDERSTOOD = chain(given("-process-type", "none", "b"), control(given("-app", "d", "e")))


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
        words="the exporter crashed",
        expected="an exit code that the specification defines for errors",
    ),
    right(
        PUSH,
        "says usage",
        FIRST_REFUSED,
        chain(UNDERSTOOD, says_usage),
        words="exited 2, a code for any error",
    ),
    wrong(
        PUSH,
        "does not know a flag",
        FIRST_REFUSED,
        chain(NOT_UNDERSTOOD, says_usage),
        words="the exporter crashed",
        expected="an exit code that the specification defines for errors",
    ),
    untestable(
        PUSH,
        "not pushed",
        FIRST_REFUSED,
        lambda seen: replace(seen, requests=()),
        words="the exporter did not push the manifest that the registry refuses",
    ),
    untestable(PUSH, "not reached", FIRST_REFUSED, blocked(), words="the scenario was not run"),
    untestable(PUSH, "not called", FIRST_REFUSED, not_called, words="the scenario was not run"),
    untestable(
        PUSH,
        "unable",
        FIRST_REFUSED,
        control(failed),
        words="also fails where it has to succeed",
        cause=SUCCEEDS,
    ),
)

PROCESSES = (
    right(PROCESS, "refused", UNKNOWN_PROCESS, words="refused"),
    right(PROCESS, "says usage", UNKNOWN_PROCESS, chain(UNDERSTOOD, says_usage), words="refused"),
    *(
        wrong(
            PROCESS,
            name,
            UNKNOWN_PROCESS,
            chain(flags, ending),
            words="the exporter crashed instead of refusing",
            expected="a refusal: an exit code that the specification defines for errors",
        )
        for name, flags, ending in (
            ("does not know the flag", NOT_UNDERSTOOD, says_usage),
            ("crashes", UNDERSTOOD, call(exit_code=2, stderr="panic: none\n", stdout="")),
            ("is not run", UNDERSTOOD, call(exit_code=127)),
        )
    ),
    wrong(
        PROCESS,
        "passed over",
        UNKNOWN_PROCESS,
        call(exit_code=0),
        words="the call was carried out instead of refused",
        expected="an exit code other than 0",
        actual=0,
    ),
    untestable(
        PROCESS,
        "unable",
        UNKNOWN_PROCESS,
        control(failed),
        words="also fails where it has to succeed",
        cause=SUCCEEDS,
    ),
)

EXAMPLES: tuple[Example, ...] = (*PUSHES, *PROCESSES)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    example.check()
