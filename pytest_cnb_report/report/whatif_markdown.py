"""A what-if as Markdown for a pull request: a table of who flips, the scenarios folded below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_cnb_report.report.markdown import code, escaped, folded
from pytest_cnb_report.report.whatif import Answer
from pytest_cnb_report.report.whatif_places import groups, told_together
from pytest_cnb_report.report.whatif_words import (
    cell_words,
    change_words,
    level_words,
    short_words,
    summary_words,
    untouched_words,
    with_phases,
)
from pytest_cnb_report.visible_text import inert

if TYPE_CHECKING:
    from pytest_cnb_report.report.whatif import Cell, Row, WhatIf

_ACROSS = 6
"""So many columns of a table can still be read on a page."""


def markdown(found: WhatIf) -> str:
    """Write all answers in GitHub's Markdown."""
    return inert("\n".join(_lines(found)).rstrip() + "\n")


def _lines(found: WhatIf) -> Iterator[str]:
    yield f"### What if: {escaped(found.amendment.text)}"
    yield ""
    yield f"**{escaped(summary_words(found))}**"
    yield ""
    for change in found.amendment.changes:
        yield f"- {code(change.key)}: {escaped(change_words(change))}"
    yield ""
    flipping = [row for row in found.rows if row.flips and not row.follows]
    following = [row for row in found.rows if row.follows]
    if flipping:
        yield from _table(flipping, found)
    yield from _following(following)
    if flipping or following:
        yield from folded("Scenarios", list(_scenarios([*flipping, *following], found))[:-1])
    yield from _without_flips(found)
    yield escaped(untouched_words(found))
    yield ""
    yield f"<sub>{escaped(_source(found))}</sub>"


def _following(rows: Iterable[Row]) -> Iterator[str]:
    """Yield one line for requirements that cannot be tested because of the same others."""
    by_causes: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        by_causes.setdefault(row.causes, []).append(code(row.requirement))
    for causes, names in by_causes.items():
        where = f"where {' or '.join(map(code, causes))} fails" if causes else "any more"
        yield f"Cannot be tested {where}: {', '.join(names)}."
        yield ""


def _table(rows: Sequence[Row], found: WhatIf) -> Iterator[str]:
    """Yield a table of requirements and recorded lifecycles; the lifecycles go down if many."""
    said = [tuple(_cell(row.cells[number]) for row in rows) for number in range(len(found.columns))]
    together = groups(found, said)
    names = [f"{code(row.requirement)}<br>{level_words(row)}" for row in rows]
    if len(together) <= _ACROSS:
        heads = ["<br>".join(map(escaped, each.parts)) for each in together]
        lines = [
            (name, *(said[each.numbers[0]][row] for each in together))
            for row, name in enumerate(names)
        ]
        lines.insert(0, ("requirement", *heads))
    else:
        lines = [("recorded lifecycle", *names)]
        lines += [(escaped(", ".join(each.parts)), *said[each.numbers[0]]) for each in together]
    head, *body = lines
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for line in body:
        yield f"| {' | '.join(line)} |"
    yield ""


def _cell(cell: Cell) -> str:
    text = short_words(cell)
    return f"**{text}**" if cell.answer is Answer.FLIPS else text


def _scenarios(rows: Iterable[Row], found: WhatIf) -> Iterator[str]:
    for row in rows:
        yield f"{code(row.requirement)}: {escaped(row.title)}"
        yield ""
        for parts, cell in told_together(row, found):
            text = cell_words(cell, with_phase=with_phases(row))
            yield f"- {escaped(', '.join(parts))}: {escaped(text)}"
        yield ""


def _without_flips(found: WhatIf) -> Iterator[str]:
    """Yield the requirements that flip nowhere, with what the records say of them, in groups."""
    rows = [row for row in found.rows if not row.flips]
    for answer, title in (
        (Answer.STAYS, "Unchanged"),
        (Answer.CANNOT_TELL, "Cannot tell"),
        (Answer.NOT_APPLICABLE, "Does not apply"),
    ):
        lines = list(_grouped(row for row in rows if _leading(row) is answer) if rows else ())
        if lines:
            yield f"**{title}**"
            yield ""
            yield from lines
            yield ""


def _leading(row: Row) -> Answer:
    """Return the answer under which a requirement that flips nowhere is told."""
    answers = {cell.answer for cell in row.cells}
    return next(each for each in Answer if each in answers)


def _grouped(rows: Iterable[Row]) -> Iterator[str]:
    """Yield one line for requirements of which all records say the same."""
    by_words: dict[str, list[str]] = {}
    for row in rows:
        by_words.setdefault(_in_short(row), []).append(code(row.requirement))
    for words, names in by_words.items():
        yield f"- {', '.join(names)}: {escaped(words)}"


def _in_short(row: Row) -> str:
    """Count what the records say of a requirement; reasons that are equal are told once."""
    if all(cell.unwritten for cell in row.cells):
        return f"no record has it ({row.cells[0].why})"
    said = Counter(_answer_in_short(cell) for cell in row.cells)
    if len(said) == 1:
        return next(iter(said)) + (" in every record" if len(row.cells) > 1 else "")
    return "; ".join(f"{words} in {count} of {len(row.cells)}" for words, count in said.items())


def _answer_in_short(cell: Cell) -> str:
    why = f" ({'missing: ' * cell.unwritten}{cell.why})" if cell.why else ""
    return short_words(cell) + why


def _source(found: WhatIf) -> str:
    records = len({column.record for column in found.columns})
    counted = "1 record" if records == 1 else f"{records} records"
    profiles = " and ".join(dict.fromkeys(column.profile.value for column in found.columns))
    return f"Based on {counted}; {found.suite}, profile {profiles}."
