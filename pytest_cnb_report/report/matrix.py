"""Many runs side by side: requirements down, lifecycles across, on one page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.report.aggregate import Cell, areas, distinct, listed
from pytest_cnb_report.report.html import environment
from pytest_cnb_report.report.matrix_changes import Series, series
from pytest_cnb_report.report.matrix_columns import Column, Compared, column_of, columns_in_words
from pytest_cnb_report.report.results import RequirementFacts
from pytest_cnb_report.values import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_cnb_report.report.aggregate import Place
    from pytest_cnb_report.report.results import Result

_TOLD = {Outcome.ERROR, Outcome.FAIL, Outcome.UNTESTABLE, Outcome.KNOWN_FAILURE, Outcome.WARN}


@dataclass(frozen=True)
class Message:
    """What is said of a requirement, once for all columns that say it."""

    outcome: Outcome
    text: str
    where: tuple[tuple[tuple[Column, ...], tuple[Place, ...], str], ...]
    """Columns that have it at the same places in the same cases, those places, those cases."""


@dataclass(frozen=True)
class MatrixRow:
    """One requirement over all runs."""

    requirement: str
    level: Level
    facts: RequirementFacts
    cells: tuple[Cell | None, ...]
    """One for each column, over all places; None where the run does not have the requirement."""
    messages: tuple[Message, ...]

    @property
    def differs(self) -> bool:
        """Whether the columns do not all have the same outcome."""
        return len({cell and cell.worst for cell in self.cells}) > 1

    @property
    def met(self) -> bool:
        """Whether no column has anything to say against it."""
        return not any(cell and cell.worst in _TOLD for cell in self.cells)


@dataclass(frozen=True)
class MatrixArea:
    """Requirements about one thing."""

    title: str
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True)
class Matrix:
    """Runs side by side."""

    columns: tuple[Column, ...]
    areas: tuple[MatrixArea, ...]
    series: tuple[Series, ...]

    @property
    def platform_apis(self) -> tuple[str, ...]:
        """Every platform API of a column, in order."""
        return tuple(map(str, sorted({column.run.platform_api for column in self.columns})))

    @property
    def namesakes(self) -> frozenset[str]:
        """Names that several columns have which were given as different lifecycles."""
        given = {(column.name, column.given) for column in self.columns}
        names = Counter(name for name, _ in given)
        return frozenset(name for name, number in names.items() if number > 1)

    @property
    def profiles(self) -> tuple[str, ...]:
        """Every profile of a column."""
        return tuple(dict.fromkeys(column.run.profile.value for column in self.columns))


def matrix(compared: Sequence[Compared]) -> Matrix:
    """Put runs side by side in the order given; they may differ in profile and platform API."""
    columns = tuple(column_of(number, each) for number, each in enumerate(compared))
    names: dict[str, dict[str, Level]] = {}
    for column in columns:
        for area in areas(column.run):
            for row in area.rows:
                names.setdefault(area.title, {}).setdefault(row.requirement, row.level)
    found = tuple(
        MatrixArea(title, tuple(_row(name, level, columns) for name, level in rows.items()))
        for title, rows in names.items()
    )
    cells = {row.requirement: row.cells for area in found for row in area.rows}
    return Matrix(columns, found, series(columns, cells))


def page(compared: Sequence[Compared]) -> str:
    """Write the page of runs, one file that needs nothing else but the reports it links to."""
    made = matrix(compared)
    outcomes = [
        each
        for each in Outcome
        if any(
            cell and cell.worst is each for a in made.areas for row in a.rows for cell in row.cells
        )
    ]
    return (
        environment()
        .get_template("matrix.html.j2")
        .render(matrix=made, outcomes=outcomes, columns_in_words=columns_in_words)
    )


def _row(requirement: str, level: Level, columns: Sequence[Column]) -> MatrixRow:
    by_column = [column.results.get(requirement, ()) for column in columns]
    facts = next(
        (c.run.requirements[requirement] for c in columns if requirement in c.run.requirements),
        RequirementFacts("", ""),
    )
    return MatrixRow(
        requirement,
        level,
        facts,
        tuple(_cell(results) for results in by_column),
        _messages(by_column, columns),
    )


def _cell(results: Sequence[Result]) -> Cell | None:
    counts = {each: sum(r.outcome is each for r in results) for each in Outcome}
    return Cell({each: count for each, count in counts.items() if count}) if results else None


def _messages(
    by_column: Sequence[Sequence[Result]], columns: Sequence[Column]
) -> tuple[Message, ...]:
    found: dict[tuple[Outcome, str], dict[tuple[tuple[Place, ...], str], list[Column]]] = {}
    for column, results in zip(columns, by_column, strict=True):
        for told in distinct(results, _TOLD):
            said = found.setdefault((told.first.outcome, told.first.message), {})
            said.setdefault((told.places, listed(told.cases)), []).append(column)
    return tuple(
        Message(
            outcome,
            text,
            tuple((tuple(those), places, cases) for (places, cases), those in where.items()),
        )
        for (outcome, text), where in found.items()
    )
