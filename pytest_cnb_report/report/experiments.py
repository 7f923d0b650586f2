"""What recorded lifecycles say of the open questions, as values and as the file of a checkout.

The file stands beside the published records, so that the page of open questions can be written
without judging them again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.report.whatif import Answer
from pytest_cnb_report.values import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_cnb_report.report.whatif import Cell, Column

FILE = "experiments.json"
"""Its name, in the folder of published results."""
_FAILS = frozenset({Outcome.FAIL, Outcome.WARN})
_WEIGHT = (
    Outcome.ERROR,
    Outcome.FAIL,
    Outcome.KNOWN_FAILURE,
    Outcome.WARN,
    Outcome.PASS,
    Outcome.OBSERVED,
    Outcome.UNTESTABLE,
    Outcome.NOT_APPLICABLE,
)
"""Outcomes, the weightiest first: what was tested anywhere outweighs what was not."""


@dataclass(frozen=True)
class Experiment:
    """One open question on one recorded lifecycle at a destination.

    `cells` are by requirement, from reading A to reading B.
    """

    question: str
    column: Column
    cells: Mapping[str, Cell]

    def outcomes(self, *, by_b: bool) -> Mapping[str, Outcome]:
        """Return the weightiest outcome by one reading, of requirements that tell them apart."""
        return {
            name: min((t.after if by_b else t.before for t in cell.transitions), key=_WEIGHT.index)
            for name, cell in self.cells.items()
            if cell.transitions
        }

    @property
    def answer(self) -> Answer:
        """What the record says of the question, by all of its requirements."""
        answers = {cell.answer for cell in self.cells.values()}
        order = (Answer.FLIPS, Answer.STAYS, Answer.CANNOT_TELL, Answer.NOT_APPLICABLE)
        return next((each for each in order if each in answers), Answer.NOT_APPLICABLE)

    @property
    def passes(self) -> bool:
        """Whether everything that rests on the question passes, where both readings agree."""
        outcomes = {o for cell in self.cells.values() for o in cell.outcomes}
        return not outcomes & _FAILS


@dataclass(frozen=True)
class Experiments:
    """All of them, by question in the order of the register and by record."""

    experiments: tuple[Experiment, ...]


@dataclass(frozen=True)
class Told:
    """One experiment as the page tells it: how the lifecycle does by each reading.

    `a` and `b` have the outcome by that reading of each requirement that tells the readings apart;
    where there is none, `passes` says how the lifecycle does by both.
    """

    lifecycle: str
    platform_api: str
    target: str
    answer: Answer
    a: Mapping[str, Outcome]
    b: Mapping[str, Outcome]
    passes: bool


def dumps(found: Experiments) -> str:
    """Write them as the text of the file."""
    questions: dict[str, list[dict[str, Any]]] = {}
    for each in found.experiments:
        a, b = ({n: o.value for n, o in each.outcomes(by_b=by).items()} for by in (False, True))
        questions.setdefault(each.question, []).append(
            {
                "lifecycle": each.column.lifecycle,
                "platform_api": str(each.column.platform_api),
                "target": each.column.target.value,
                "answer": each.answer.value,
                "a": a,
                "b": b,
                "passes": each.passes,
            }
        )
    return json.dumps({"questions": questions}, indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> Mapping[str, tuple[Told, ...]]:
    """Read the file: the experiments of each question; none where there is no such file."""
    if not path.is_file():
        return {}
    data = json.loads(path.read_text("utf-8"))
    return {
        question: tuple(
            Told(
                row["lifecycle"],
                row["platform_api"],
                row["target"],
                Answer(row["answer"]),
                {name: Outcome(value) for name, value in row["a"].items()},
                {name: Outcome(value) for name, value in row["b"].items()},
                row["passes"],
            )
            for row in rows
        )
        for question, rows in data["questions"].items()
    }
