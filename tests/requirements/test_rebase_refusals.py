"""What a rebaser has to refuse, with which exit code, and without a trace."""

from __future__ import annotations

from typing import Any

import pytest

from .examples import Example, right, untestable, wrong
from .observations import (
    app_of,
    asked_of,
    before_of,
    blocked,
    call,
    config_key,
    control,
    failed,
    no_app,
    not_called,
    situation,
)

UNLISTED = "rebase.unlisted.refused"
REBASABLE = "rebase.rebasable-false.refused"
MISMATCH = "rebase.target.mismatch-refused"
EXIT_CODE = "rebase.refusal.exit-code"
UNTOUCHED = "rebase.refusal.untouched"
ON_UNLISTED = "draft/rebaser-unlisted"
ON_REBASABLE = "draft/rebaser-rebasable-false"
ON_MISMATCH = "draft/rebaser-other-architecture"
CASES = {UNLISTED: ON_UNLISTED, REBASABLE: ON_REBASABLE, MISMATCH: ON_MISMATCH}

done = call(exit_code=0, stderr="")

CRASHES: dict[str, dict[str, Any]] = {
    "a time-out": {"exit_code": None, "duration": 30.0},
    "a signal": {"exit_code": -11},
    "what cannot be run": {"exit_code": 126},
    "what is not there": {"exit_code": 127},
    "a panic": {"exit_code": 2, "stderr": "ERROR: oh\npanic: nil\n"},
    "a panic on standard output": {"exit_code": 2, "stdout": "goroutine 1 [running]\n"},
    "a fatal error": {"exit_code": 2, "stderr": "fatal error: all goroutines are asleep"},
    "a traceback": {"exit_code": 2, "stderr": "Traceback (most recent call last):"},
    "an unknown flag": {"exit_code": 2, "stderr": "flag provided but not defined: -run-image"},
    "a usage message": {"exit_code": 2, "stderr": "Usage: rebaser"},
    "an unknown option": {"exit_code": 2, "stderr": "error: unknown option -x"},
    "an unrecognized argument": {"exit_code": 2, "stderr": "error: unrecognized arguments: -x"},
    "an unexpected argument": {"exit_code": 2, "stderr": "error: unexpected argument '-x'"},
}

REFUSALS: dict[str, dict[str, Any]] = {
    "with code 70": {"exit_code": 70},
    "with a code of no meaning": {"exit_code": 1, "stderr": "panic: not a crash with this code"},
    "with code 2": {"exit_code": 2, "stderr": "ERROR: no panic: the run image is not listed\n"},
    "with code 125": {"exit_code": 125},
    "with code 128": {"exit_code": 128},
}

EXAMPLES: tuple[Example, ...] = (
    *(
        right(requirement, "refused", where, words="refused")
        for requirement, where in CASES.items()
    ),
    right(UNLISTED, "at a daemon", "daemon/rebaser-unlisted"),
    *(
        wrong(
            requirement,
            "done",
            where,
            done,
            words="the call was carried out instead of refused: exit code 0",
            expected="an exit code other than 0",
            actual=0,
        )
        for requirement, where in CASES.items()
    ),
    wrong(
        UNLISTED,
        "done onto what a variable names",
        "fault-unlisted-accepted/rebaser-unlisted",
        situation(run_image_by="environment"),
        words="the call was carried out instead of refused",
    ),
    untestable(
        UNLISTED,
        "another run image by a variable",
        ON_UNLISTED,
        situation(run_image_by="environment"),
        done,
        config_key("config.User", "1000"),
        words="another run image was used",
        cause="rebase.inputs.environment",
    ),
    wrong(
        UNLISTED,
        "nothing was done, and the exit code says that it was",
        ON_UNLISTED,
        situation(run_image_by="environment"),
        done,
        words="the call was carried out instead of refused: exit code 0",
        expected="an exit code other than 0",
        actual=0,
    ),
    wrong(
        UNLISTED,
        "accepted",
        "fault-unlisted-accepted/rebaser-unlisted",
        words="the call was carried out instead of refused",
        actual=0,
    ),
    wrong(
        REBASABLE,
        "a crash",
        "fault-refusal-is-a-crash/rebaser-rebasable-false",
        words="the rebaser crashed instead of refusing: it exited 2",
        expected="a refusal: an exit code that the specification defines for errors",
        actual=lambda seen: seen.call.last_lines if seen.call else None,
    ),
    *(
        wrong(
            UNLISTED,
            what,
            ON_UNLISTED,
            call(**{"stderr": "", "stdout": "", **changes}),
            words="the rebaser crashed instead of refusing: it ",
        )
        for what, changes in CRASHES.items()
    ),
    wrong(
        UNLISTED,
        "a crash without a word",
        ON_UNLISTED,
        call(exit_code=126, stderr="", stdout=""),
        words="crashed instead of refusing: it exited 126",
        actual="exited 126",
    ),
    *(right(UNLISTED, what, ON_UNLISTED, call(**changes)) for what, changes in REFUSALS.items()),
    *(
        untestable(
            requirement,
            "never rebases",
            where,
            control(failed),
            words="the rebaser also fails where it has to succeed: the rebaser exited 1",
            cause="rebase.succeeds",
        )
        for requirement, where in {**CASES, EXIT_CODE: ON_UNLISTED, UNTOUCHED: ON_UNLISTED}.items()
    ),
    *(
        untestable(
            requirement,
            "not reached",
            ON_UNLISTED,
            blocked("the exporter exited 1"),
            words="the scenario was not run: the exporter exited 1",
        )
        for requirement in (UNLISTED, EXIT_CODE, UNTOUCHED)
    ),
    untestable(UNLISTED, "not called", ON_UNLISTED, not_called, words="the scenario was not run"),
    *(
        right(EXIT_CODE, f"{code} for {cause}", where, call(exit_code=code))
        for cause, where in CASES.items()
        for code in (70, 79)
    ),
    right(EXIT_CODE, "of the reference", ON_UNLISTED),
    wrong(
        EXIT_CODE,
        "generic",
        "fault-refused-with-generic-code/rebaser-unlisted",
        words="a refused rebase exits ",
        expected="an exit code from 70 to 79",
        actual=lambda seen: seen.call.exit_code if seen.call else None,
    ),
    *(
        wrong(
            EXIT_CODE,
            f"{code}",
            ON_UNLISTED,
            call(exit_code=code),
            words=f"a refused rebase exits {code}",
            expected="an exit code from 70 to 79",
            actual=code,
        )
        for code in (1, 69, 80)
    ),
    *(
        untestable(
            requirement, f"not {cause}", where, done, words="it was not refused", cause=cause
        )
        for requirement in (EXIT_CODE, UNTOUCHED)
        for cause, where in CASES.items()
    ),
    *(
        untestable(
            requirement,
            "not for any reason that is known",
            ON_UNLISTED,
            situation(unlisted=False),
            done,
            words="it was not refused",
        )
        for requirement in (EXIT_CODE, UNTOUCHED)
    ),
    right(UNTOUCHED, "after a refusal", ON_UNLISTED),
    right(UNTOUCHED, "at a daemon", "daemon/rebaser-unlisted"),
    wrong(
        UNTOUCHED,
        "refused after saving",
        "fault-refused-after-saving/rebaser-unlisted",
        words="the rebase was refused, but the app image changed",
        expected=lambda seen: {asked_of(seen).images[0]: before_of(seen).digest},
        actual=lambda seen: {asked_of(seen).images[0]: app_of(seen).digest},
    ),
    wrong(
        UNTOUCHED,
        "changed at a daemon",
        "daemon/rebaser-unlisted",
        config_key("created", "2020-01-01T00:00:00Z"),
        words="the app image changed",
        expected=lambda seen: {asked_of(seen).images[0]: before_of(seen).image_id},
        actual=lambda seen: {asked_of(seen).images[0]: app_of(seen).image_id},
    ),
    wrong(
        UNTOUCHED,
        "removed",
        ON_UNLISTED,
        no_app(),
        words="the app image changed",
        actual=lambda seen: {asked_of(seen).images[0]: None},
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_is_refused(example: Example) -> None:
    example.check()
