"""The words that every form of a what-if shares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_cnb_report.report.whatif import Answer, untold
from pytest_cnb_report.values import Outcome

if TYPE_CHECKING:
    from pytest_cnb_report.judge.text import Change
    from pytest_cnb_report.report.whatif import Cell, Row, ScenarioName, Transition, WhatIf

SHOWN_SCENARIOS = 3


def transition_words(transition: Transition, cell: Cell, *, with_phase: bool) -> str:
    """Say what becomes of how many scenarios, and of which."""
    count = len(transition.scenarios)
    change = f"{_word(transition.before)} → {_word(transition.after)}"
    if transition.cause is not None:
        change += f" because of {transition.cause}"
    if count == cell.judged > SHOWN_SCENARIOS:
        return f"{change}, all {count} scenarios"
    names = scenario_names(transition.scenarios, with_phase=with_phase)
    shown = ", ".join(names[:SHOWN_SCENARIOS])
    more = f" and {count - SHOWN_SCENARIOS} more" if count > SHOWN_SCENARIOS else ""
    scenarios = "scenario" if cell.judged == 1 else "scenarios"
    return f"{change}, {count} of {cell.judged} {scenarios}: {shown}{more}"


def scenario_names(scenarios: Iterable[ScenarioName], *, with_phase: bool) -> list[str]:
    """Name scenarios by their cases, and by their phases where those differ."""
    return [f"{s.phase.value}/{s.case}" if with_phase else s.case for s in scenarios]


def cell_words(cell: Cell, *, with_phase: bool) -> str:
    """Say what one record says of one requirement."""
    if cell.answer is Answer.FLIPS:
        said = (transition_words(t, cell, with_phase=with_phase) for t in cell.transitions)
        return "; ".join(said)
    if cell.answer is Answer.STAYS and not cell.outcomes:
        return f"unchanged: {cell.why}"
    if cell.answer is Answer.STAYS:
        outcomes = ", ".join(f"{_word(o)} {n}" for o, n in cell.outcomes.items())
        if len(cell.outcomes) == 1:
            outcomes = _word(next(iter(cell.outcomes)))
        exercise = "exercises" if cell.judged == 1 else "exercise"
        counted = f"{cell.asked} of {cell.judged} {_scenarios(cell)} {exercise} it"
        return f"unchanged ({outcomes}), {counted}"
    word = "cannot tell" if cell.answer is Answer.CANNOT_TELL else "does not apply"
    return f"{word}: {'this record does not have it: ' * cell.unwritten}{cell.why}"


def short_words(cell: Cell) -> str:
    """Say the same in a few words, for the cell of a table."""
    if cell.answer is Answer.FLIPS:
        return "; ".join(
            f"{_word(t.before)} → {_word(t.after)}, {len(t.scenarios)} of {cell.judged}"
            f" {_scenarios(cell)}"
            for t in cell.transitions
        )
    if cell.answer is Answer.STAYS and not cell.outcomes:
        return "unchanged"
    if cell.answer is Answer.STAYS:
        return f"unchanged ({'/'.join(_word(outcome) for outcome in cell.outcomes)})"
    return "cannot tell" if cell.answer is Answer.CANNOT_TELL else "does not apply"


def change_words(change: Change) -> str:
    """Say what one key of the amendment changes."""
    if not change.changes:
        return f"{change.was} (no change: the text already says so)"
    return f"{change.was} → {change.becomes}"


def with_phases(row: Row) -> bool:
    """Whether scenarios have to be named with their phases."""
    return len(row.phases) > 1


def level_words(row: Row) -> str:
    """Say the level of a requirement, and what it becomes."""
    same = row.level is row.becomes
    return row.level.value if same else f"{row.level.value} → {row.becomes.value}"


def summary_words(found: WhatIf) -> str:
    """Say in a sentence who flips, and what no record can tell."""
    flipping = len(found.flipping)
    following = sum(row.follows for row in found.rows)
    rows = sum(row.flips for row in found.rows) - following
    if not found.rows:
        return f"Nothing flips: no requirement depends on the change ({_recorded(found)})."
    telling = any(cell.tells for row in found.rows for cell in row.cells)
    if not telling:
        return f"The records cannot tell: no scenario of {_recorded(found)} shows a difference."
    if flipping == 0:
        return f"Nothing flips in {_recorded(found)}{_untold(found)}."
    requirements = "1 requirement flips" if rows == 1 else f"{rows} requirements flip"
    more = f"; {following} more cannot be tested because of it" if following else ""
    return f"{requirements}, in {flipping} of {_recorded(found)}{more}{_untold(found)}."


def _recorded(found: WhatIf) -> str:
    """Count what was recorded; one lifecycle may be there at several platform APIs or targets."""
    columns, lifecycles = len(found.columns), len({each.lifecycle for each in found.columns})
    named = "1 lifecycle" if lifecycles == 1 else f"{lifecycles} lifecycles"
    if lifecycles < columns:
        return f"{columns} recordings of {named}"
    return f"{lifecycles} recorded {named.partition(' ')[2]}"


def _untold(found: WhatIf) -> str:
    """Say how many recordings cannot tell and, where nothing flips, of what no record can."""
    silent = len(found.untelling)
    rows = 0 if found.flipping else sum(untold(row.cells) for row in found.rows)
    said = f"; {silent} cannot tell" if silent else ""
    among = f"{rows} of the {len(found.rows)} requirements that depend on the change"
    return said + (f"; no record can tell for {among}" if rows else "")


def untouched_words(found: WhatIf) -> str:
    """Say how many requirements cannot change."""
    count = found.untouched
    if count == 1:
        return "The verdicts of the other requirement do not depend on the change."
    return f"The verdicts of the other {count} requirements do not depend on the change."


def _scenarios(cell: Cell) -> str:
    return "scenario" if cell.judged == 1 else "scenarios"


def _word(outcome: Outcome) -> str:
    return "does not apply" if outcome is Outcome.NOT_APPLICABLE else outcome.value
