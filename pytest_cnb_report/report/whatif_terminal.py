"""A what-if as a terminal shows it: who flips, who stays, and who cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_cnb_report.report.layout import Line, Segment, entry, fitted, to_ascii, wrapped
from pytest_cnb_report.report.whatif import Answer
from pytest_cnb_report.report.whatif_places import told_together
from pytest_cnb_report.report.whatif_words import (
    cell_words,
    change_words,
    level_words,
    summary_words,
    untouched_words,
    with_phases,
)

if TYPE_CHECKING:
    from pytest_cnb_report.report.whatif import Row, WhatIf

_COLOURS = {
    Answer.FLIPS: ("red", "bold"),
    Answer.STAYS: ("green",),
    Answer.CANNOT_TELL: ("yellow",),
    Answer.NOT_APPLICABLE: ("light",),
}
_HANG = 36


def render(found: WhatIf, *, width: int, ascii_only: bool = False) -> tuple[Line, ...]:
    """Give all answers in lines of at most `width` columns."""
    lines = tuple(_lines(found, width))
    if not ascii_only:
        return lines
    spelt = (tuple(Segment(to_ascii(s.text), s.markup) for s in line) for line in lines)
    return tuple(piece for line in spelt for piece in fitted(line, width))


def _lines(found: WhatIf, width: int) -> Iterator[Line]:
    yield from _plain(f"what if: {found.amendment.text}", width, "bold")
    for change in found.amendment.changes:
        yield from entry(f"  {change.key}", change_words(change), width=width, hang=_HANG)
    for row in found.rows:
        yield ()
        yield from _row(row, found, width)
    yield ()
    yield from _plain(untouched_words(found), width)
    yield from _plain(summary_words(found), width, "bold")


def _row(row: Row, found: WhatIf, width: int) -> Iterator[Line]:
    yield from _plain(f"{row.requirement}  {level_words(row)}  {row.title}", width, "bold")
    for parts, cell in told_together(row, found):
        text = cell_words(cell, with_phase=with_phases(row))
        yield from entry(
            f"  {', '.join(parts)}", text, width=width, hang=_HANG, markup=_COLOURS[cell.answer]
        )


def _plain(text: str, width: int, *markup: str) -> Iterator[Line]:
    yield from ((Segment(piece, markup),) for piece in wrapped(text, width))
