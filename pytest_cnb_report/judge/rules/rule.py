"""What a rule is: a pure function from an observation to a verdict, and the cases it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pytest_cnb_report.drive.cases import Case, Expect
from pytest_cnb_report.judge.verdict import Verdict
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Phase, Profile

Judge: TypeAlias = Callable[[Observation, Profile], Verdict]
Where: TypeAlias = Callable[[Case], bool]

SPECIAL_PREFIXES = ("default-run-image", "named-", "optional-", "forced-other-")
SPECIAL_CASES = frozenset(
    {
        "run-image-by-environment",
        "run-image-by-deprecated-flag",
        "run-image-flag-over-environment",
        "force-by-environment",
        "daemon-by-environment",
    }
)
"""Cases that one requirement is about: it says itself whether they succeed, and no other does."""


@dataclass(frozen=True)
class Rule:
    """How one requirement is judged, and on which cases."""

    judge: Judge
    on: Where


def is_special(case: Case) -> bool:
    """Whether the case is there for a single requirement."""
    return case.phase is Phase.REBASER and (
        case.name in SPECIAL_CASES or case.name.startswith(SPECIAL_PREFIXES)
    )


def succeeding(*, but: tuple[str, ...] = ()) -> Where:
    """Select the cases that have to succeed, save special ones and those named."""
    return lambda case: (
        case.expect is Expect.SUCCESS and not is_special(case) and case.name not in but
    )


def named(*names: str, refused: bool | None = None) -> Where:
    """Select cases by name; with `refused`, only where the case has to fail or, False, succeed."""
    return lambda case: (
        case.name in names and (refused is None or refused == (case.expect is not Expect.SUCCESS))
    )


def beginning(prefix: str) -> Where:
    """Select the cases whose names begin so."""
    return lambda case: case.name.startswith(prefix)
