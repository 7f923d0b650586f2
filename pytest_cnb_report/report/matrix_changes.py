"""What changed from one run to the next: when a requirement began to fail, and to be met."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.values import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_cnb_report.report.aggregate import Cell
    from pytest_cnb_report.report.matrix_columns import Column

    Cells = Mapping[str, Sequence[Cell | None]]
    """By requirement: what became of it in each column."""

_FAILS = frozenset({Outcome.FAIL, Outcome.ERROR, Outcome.KNOWN_FAILURE})
_IS_MET = frozenset({Outcome.PASS, Outcome.OBSERVED, Outcome.WARN})


@dataclass(frozen=True)
class Turn:
    """One requirement whose verdict differs between two runs that follow each other."""

    requirement: str
    failed: bool
    """Whether it began to fail; else it began to be met."""
    since: Column
    before: Column
    """The last run before it that judged the requirement."""


@dataclass(frozen=True)
class Series:
    """Runs that can be compared: all else the same, the lifecycle or the date differs."""

    name: str
    """What is the same: platform API, text, destinations."""
    columns: tuple[Column, ...]
    turns: tuple[Turn, ...]


def series(columns: Sequence[Column], cells: Cells) -> tuple[Series, ...]:
    """Find runs that can be compared, in the order given, and what changed among them.

    A run that did not judge a requirement, or not fully, says nothing of it, and is skipped.
    """
    alike: dict[str, list[Column]] = {}
    for column in columns:
        alike.setdefault(column.place, []).append(column)
    return tuple(
        Series(name, tuple(those), tuple(_turns(those, cells)))
        for name, those in alike.items()
        if len(those) > 1
    )


def _turns(columns: Sequence[Column], cells: Cells) -> Iterator[Turn]:
    for requirement, of_it in cells.items():
        told = {c: failed for c in columns if (failed := _failed(of_it, c)) is not None}
        judged = list(told)
        for before, since in itertools.pairwise(judged):
            if told[before] != told[since]:
                yield Turn(requirement, told[since], since, before)


def _failed(cells: Sequence[Cell | None], column: Column) -> bool | None:
    """Tell whether a requirement fails in a run; None where the run does not tell."""
    cell = cells[column.number]
    there: Mapping[Outcome, int] = cell.counts if cell is not None else {}
    if any(there.get(each) for each in _FAILS):
        return True
    return False if any(there.get(each) for each in _IS_MET) else None
