"""What a row of these tests is: an observation, and the verdicts on it by each reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_cnb_report.judge.text import Choice
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Outcome, Profile

from .editing import Edit, as_approved, recorded

RECORD = "readings-reference-0.15-draft.xz"
PASS, FAIL, WARN = Outcome.PASS, Outcome.FAIL, Outcome.WARN
NA, UNTESTABLE, OBSERVED = Outcome.NOT_APPLICABLE, Outcome.UNTESTABLE, Outcome.OBSERVED
Outcomes = tuple[Outcome, Outcome, Outcome]
"""By reading A, by reading B, by either."""

DRAFT, APPROVED = Profile.RFC_0129_DRAFT, Profile.RFC_0129


@dataclass(frozen=True)
class Row:
    """What a lifecycle did in one case, and what it comes to by each reading.

    `outcomes` are by requirement; `beside` are other readings that have to be set for it. `mixed`
    is what takes something of both readings at once, so that neither says what becomes of it.
    """

    reading: str
    what: str
    case: str
    edit: Edit
    outcomes: Mapping[str, Outcomes]
    profile: Profile = DRAFT
    beside: Mapping[str, Choice] = field(default_factory=dict)
    mixed: bool = False

    @property
    def name(self) -> str:
        return f"{self.reading}-{self.what.replace(' ', '-')}"

    def seen(self) -> Observation:
        return self.edit(right(self))


def right(row: Row) -> Observation:
    """Return what the reference does in the case of a row."""
    seen = recorded(RECORD)[row.case]
    return as_approved(seen) if row.profile is APPROVED else seen


def untouched(seen: Observation) -> Observation:
    return seen
