"""The table of requirements by phase and target, for a terminal of any width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.report.aggregate import areas, places
from pytest_cnb_report.report.layout import Segment, columns, padded, wrapped
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.values import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_cnb_report.report.aggregate import Area, Cell, Place, Row
    from pytest_cnb_report.report.layout import Line
    from pytest_cnb_report.report.results import Run

_SHORT = {
    "analyzer": "ana",
    "exporter": "exp",
    "creator": "cre",
    "rebaser": "reb",
    "registry": "reg",
    "daemon": "dmn",
}


@dataclass(frozen=True)
class _Form:
    """How roomy the table is."""

    names: bool
    """Whether phases, targets and levels are written out."""
    gap: str
    """Between the sign and the count."""
    counts: bool = True


_FORMS = (
    _Form(names=True, gap=" "),
    _Form(names=False, gap=" "),
    _Form(names=False, gap=""),
    _Form(names=False, gap="", counts=False),
)


def table(run: Run, width: int, *, ascii_only: bool = False) -> list[Line]:
    """Lay out one row for each requirement of `run`, as roomy as `width` columns allow.

    A cell has the sign of the worst outcome and how many cases have it, `✗ 3/12`. Where not even
    signs fit side by side, the places stand below each other.
    """
    found, at = areas(run), places(run.results)
    for form in _FORMS:
        lines = _side_by_side(found, at, form, ascii_only=ascii_only)
        if all(columns("".join(s.text for s in line)) <= width for line in lines):
            return [*lines, (), *_legend(found, run, width, ascii_only=ascii_only)]
    stacked = _stacked(found, width, ascii_only=ascii_only)
    return [*stacked, (), *_legend(found, run, width, ascii_only=ascii_only)]


def cell_text(cell: Cell, *, gap: str = " ", counts: bool = True, ascii_only: bool = False) -> str:
    """Write a cell: `✓ 12`, `✗ 3/12`, or `n/a` where nothing applied."""
    sign = SIGNS[cell.worst]
    glyph = sign.ascii if ascii_only else sign.glyph
    if not counts or (cell.worst is Outcome.NOT_APPLICABLE and not gap):
        return glyph
    if cell.worst is Outcome.NOT_APPLICABLE:
        return f"{glyph}{gap}{sign.word}"
    judged = cell.total - cell.counts.get(Outcome.NOT_APPLICABLE, 0)
    of_all = "" if cell.of_worst == judged and cell.worst is Outcome.PASS else f"/{judged}"
    return f"{glyph}{gap}{cell.of_worst}{of_all}"


def _side_by_side(
    found: Sequence[Area], at: Sequence[Place], form: _Form, *, ascii_only: bool
) -> list[Line]:
    name = {row.requirement: _name(row, form) for area in found for row in area.rows}
    first = max((columns(text) for text in name.values()), default=0)
    level = max(len(each.value) for each in Level) + 2 if form.names else 0
    texts = {
        (row.requirement, each): cell_text(
            row.cells[each], gap=form.gap, counts=form.counts, ascii_only=ascii_only
        )
        for area in found
        for row in area.rows
        for each in at
        if each in row.cells
    }
    widths = [
        max(
            len(_target(each, form)),
            *(columns(text) for (_, place), text in texts.items() if place == each),
        )
        for each in at
    ]
    between = "  " if form.names else " "
    lines = list(_heading(at, widths, form, between, first + level))
    for area in found:
        lines.append((Segment(area.title, ("bold",)),))
        for row in area.rows:
            line = [Segment(padded(name[row.requirement], first))]
            if form.names:
                line.append(Segment(f"  {row.level.value:<{level - 2}}"))
            gap = 0
            for each, room in zip(at, widths, strict=True):
                text = texts.get((row.requirement, each), "")
                gap += len(between)
                if text:
                    line.append(Segment(" " * gap))
                    line.append(Segment(text, SIGNS[row.cells[each].worst].markup))
                gap = gap + room if not text else room - columns(text)
            lines.append(tuple(line))
    return lines


def _heading(
    at: Sequence[Place], widths: Sequence[int], form: _Form, between: str, indent: int
) -> Iterator[Line]:
    phases, targets = " " * indent, " " * indent
    previous = None
    for each, room in zip(at, widths, strict=True):
        shown = _phase(each, form) if each.phase is not previous else ""
        if len(phases) <= len(targets):
            phases = phases.ljust(len(targets)) + between + shown
        targets += between + padded(_target(each, form), room)
        previous = each.phase
    yield (Segment(phases.rstrip()),)
    yield (Segment(targets.rstrip()),)


def _stacked(found: Sequence[Area], width: int, *, ascii_only: bool) -> list[Line]:
    lines: list[Line] = []
    for area in found:
        lines.extend((Segment(piece, ("bold",)),) for piece in wrapped(area.title, width))
        for row in area.rows:
            name = f"{row.requirement} {row.level.value}"
            lines.extend((Segment(piece),) for piece in wrapped(name, width))
            for each, cell in row.cells.items():
                shown = cell_text(cell, ascii_only=ascii_only)
                text = f"{shown} {each.phase.value} {each.target.value}"
                markup = SIGNS[cell.worst].markup
                lines.extend((Segment(f" {p}", markup),) for p in wrapped(text, width - 1))
    return lines


def _legend(found: Sequence[Area], run: Run, width: int, *, ascii_only: bool) -> Iterator[Line]:
    there = {result.outcome for result in run.results}
    signs = [SIGNS[outcome] for outcome in Outcome if outcome in there]
    words = [f"{sign.ascii if ascii_only else sign.glyph} {sign.word}" for sign in signs]
    cells = (cell for area in found for row in area.rows for cell in row.cells.values())
    if any(cell.worst is not Outcome.NOT_APPLICABLE and "/" in cell_text(cell) for cell in cells):
        words.append("3/12: in 3 of 12 scenarios")
    text = ", ".join(words)
    yield from ((Segment(piece, ("light",)),) for piece in wrapped(text, width))


def _name(row: Row, form: _Form) -> str:
    """Without a column for it, a level other than MUST stands behind the name."""
    if form.names or row.level is Level.MUST:
        return row.requirement
    return f"{row.requirement} {row.level.value}"


def _phase(each: Place, form: _Form) -> str:
    return each.phase.value if form.names else _SHORT[each.phase.value]


def _target(each: Place, form: _Form) -> str:
    return each.target.value if form.names else _SHORT[each.target.value]
