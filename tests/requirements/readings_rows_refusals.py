"""Open questions on rebases that have to be refused."""

from __future__ import annotations

from dataclasses import replace

from pytest_cnb_report.drive.situation import DISTRO_LABELS
from pytest_cnb_report.observe.observation import Observation

from .editing import (
    asked_of,
    before_of,
    with_app,
    with_exit_code,
)
from .readings_row import (
    FAIL,
    NA,
    PASS,
    UNTESTABLE,
    Row,
    untouched,
)


def done(seen: Observation) -> Observation:
    """Have what was to be refused be done, with the app image's config as it was."""
    app = replace(before_of(seen), image_id="sha256:" + "1" * 64)
    seen = replace(seen, after={**seen.after, asked_of(seen).images[0]: app})
    return with_exit_code(seen, 0)


def half_given(seen: Observation) -> Observation:
    """Have the images differ in nothing but a distribution that one of them lacks."""
    situation = replace(
        seen.situation, differing=frozenset(), half_given=frozenset(DISTRO_LABELS[:1])
    )
    return replace(seen, situation=situation)


UNLISTED, MISMATCH = "rebase.unlisted.refused", "rebase.target.mismatch-refused"
EXIT_CODE, UNTOUCHED = "rebase.refusal.exit-code", "rebase.refusal.untouched"
ABSENT = "report.absent-on-failure"

ROWS = (
    Row(
        "unlisted-run-image",
        "refused",
        "rebaser unlisted",
        untouched,
        {UNLISTED: (PASS, NA, NA), EXIT_CODE: (PASS, NA, NA), UNTOUCHED: (PASS, PASS, PASS)},
    ),
    Row(
        "unlisted-run-image",
        "done",
        "rebaser unlisted",
        done,
        {
            UNLISTED: (FAIL, NA, NA),
            EXIT_CODE: (UNTESTABLE, NA, NA),
            UNTOUCHED: (UNTESTABLE, NA, NA),
            ABSENT: (UNTESTABLE, NA, NA),
        },
    ),
    Row(
        "unlisted-run-image",
        "refused with exit code 1",
        "rebaser unlisted",
        lambda seen: with_exit_code(seen, 1),
        {EXIT_CODE: (FAIL, NA, NA)},
    ),
    Row(
        "target-mismatch",
        "refused",
        "rebaser other-architecture",
        untouched,
        {MISMATCH: (PASS, FAIL, PASS), UNTOUCHED: (PASS, PASS, PASS)},
    ),
    Row(
        "target-mismatch",
        "done with the old values",
        "rebaser other-architecture",
        done,
        {
            MISMATCH: (FAIL, PASS, PASS),
            EXIT_CODE: (UNTESTABLE, NA, NA),
            UNTOUCHED: (UNTESTABLE, NA, NA),
            ABSENT: (UNTESTABLE, NA, NA),
        },
    ),
    Row(
        "target-mismatch",
        "done with the new values",
        "rebaser other-architecture",
        lambda seen: with_app(done(seen), lambda config: config.update(architecture="s390x")),
        {MISMATCH: (FAIL, FAIL, FAIL)},
    ),
    Row(
        "target-data-missing",
        "refused",
        "rebaser other-architecture",
        half_given,
        {MISMATCH: (NA, PASS, PASS), EXIT_CODE: (NA, PASS, NA)},
    ),
    Row(
        "target-data-missing",
        "done",
        "rebaser other-architecture",
        lambda seen: done(half_given(seen)),
        {
            MISMATCH: (NA, FAIL, NA),
            EXIT_CODE: (NA, UNTESTABLE, NA),
            UNTOUCHED: (NA, UNTESTABLE, NA),
            ABSENT: (NA, UNTESTABLE, NA),
        },
    ),
    Row(
        "target-data-missing",
        "refused where it was to succeed",
        "rebaser plain",
        lambda seen: with_exit_code(half_given(seen), 72),
        {"rebase.succeeds": (FAIL, NA, PASS)},
    ),
    Row(
        "refusal-exit-code",
        "1",
        "rebaser unlisted",
        lambda seen: with_exit_code(seen, 1),
        {EXIT_CODE: (FAIL, PASS, PASS)},
    ),
    Row(
        "refusal-exit-code",
        "72",
        "rebaser unlisted",
        untouched,
        {EXIT_CODE: (PASS, PASS, PASS)},
    ),
)
