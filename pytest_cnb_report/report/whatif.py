"""What a change of the text would change: who flips, who does not, and who cannot be told.

Plain values, one `Cell` for each requirement and each recorded lifecycle at a destination.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_cnb_report.values import Outcome

if TYPE_CHECKING:
    from pytest_cnb_report.judge.text import Amended
    from pytest_cnb_report.values import Level, Phase, PlatformApi, Profile, Target


class Answer(str, enum.Enum):
    """What the records say of one requirement under the changed text."""

    FLIPS = "flips"
    """At least one scenario has another outcome."""
    STAYS = "stays"
    """Scenarios ask what was changed, and all outcomes are what they were."""
    CANNOT_TELL = "cannot-tell"
    """No scenario of the record can show a difference."""
    NOT_APPLICABLE = "not-applicable"
    """The requirement is asked there by neither text."""


@dataclass(frozen=True)
class ScenarioName:
    """One scenario of a record, at the destination of its column."""

    phase: Phase
    case: str


@dataclass(frozen=True)
class Transition:
    """The scenarios whose outcome goes from one to another.

    An outcome is `not-applicable` by the text that does not ask for the requirement there. `cause`
    is the requirement because of which one becomes untestable.
    """

    before: Outcome
    after: Outcome
    scenarios: tuple[ScenarioName, ...]
    cause: str | None = None


@dataclass(frozen=True)
class Cell:
    """What one record says of one requirement.

    `judged` is how many scenarios the requirement is judged on by at least one of the texts, and
    `asked` on how many of them the verdict rests on what was changed. `outcomes` counts those of a
    requirement that stays; `why` is the reason of a cell that cannot tell or does not apply.
    `unwritten` is whether nothing in the record has what the requirement is about.
    """

    answer: Answer
    judged: int = 0
    asked: int = 0
    transitions: tuple[Transition, ...] = ()
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    why: str = ""
    unwritten: bool = False

    @property
    def tells(self) -> bool:
        """Whether scenarios of the record say what the change does to the requirement."""
        return self.answer is Answer.FLIPS or bool(self.outcomes)


def untold(cells: Iterable[Cell]) -> bool:
    """Whether there are cells that cannot tell, and none that tells."""
    among = tuple(cells)
    cannot = any(cell.answer is Answer.CANNOT_TELL for cell in among)
    return cannot and not any(cell.tells for cell in among)


@dataclass(frozen=True)
class Column:
    """A recorded lifecycle at one destination; `in_part` says why not everything was recorded."""

    record: str
    lifecycle: str
    given: str
    platform_api: PlatformApi
    target: Target
    profile: Profile
    started: str
    in_part: str = ""

    def parts(self, *, with_profile: bool) -> tuple[str, ...]:
        """Name it by lifecycle, platform API and destination, and by what is special about it."""
        said = [self.lifecycle, f"API {self.platform_api}", self.target.value]
        said += [self.profile.value] if with_profile else []
        return (*said, *(["in part"] if self.in_part else []))


@dataclass(frozen=True)
class Row:
    """One requirement that the change can touch, with a cell for each column."""

    requirement: str
    title: str
    level: Level
    becomes: Level
    cells: tuple[Cell, ...]

    @property
    def flips(self) -> bool:
        """Whether any recorded lifecycle flips."""
        return any(cell.answer is Answer.FLIPS for cell in self.cells)

    @property
    def follows(self) -> bool:
        """Whether it flips only because it cannot be tested where others fail."""
        return self.flips and all(
            transition.after is Outcome.UNTESTABLE
            for cell in self.cells
            for transition in cell.transitions
        )

    @property
    def causes(self) -> tuple[str, ...]:
        """The requirements because of which it cannot be tested."""
        causes = (t.cause for cell in self.cells for t in cell.transitions)
        return tuple(dict.fromkeys(cause for cause in causes if cause is not None))

    @property
    def phases(self) -> frozenset[Phase]:
        """The phases of the scenarios that flip."""
        return frozenset(
            scenario.phase
            for cell in self.cells
            for transition in cell.transitions
            for scenario in transition.scenarios
        )


@dataclass(frozen=True)
class WhatIf:
    """All answers; `untouched` counts the requirements whose verdicts cannot change."""

    suite: str
    amendment: Amended
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    untouched: int

    @property
    def flipping(self) -> tuple[Column, ...]:
        """The recorded lifecycles of which at least one requirement flips."""
        return tuple(
            column
            for number, column in enumerate(self.columns)
            if any(row.cells[number].answer is Answer.FLIPS for row in self.rows)
        )

    @property
    def untelling(self) -> tuple[Column, ...]:
        """The recorded lifecycles that cannot tell of any requirement."""
        return tuple(
            column
            for number, column in enumerate(self.columns)
            if untold(row.cells[number] for row in self.rows)
        )

    @property
    def answers(self) -> Mapping[Answer, int]:
        """How many cells have each answer."""
        return Counter(cell.answer for row in self.rows for cell in row.cells)
