"""Judge recorded runs by a text and by the changed one, and compare: who flips?

Judged are the requirements that the change can touch by what they say of themselves; where one of
them flips, everything on that scenario, because others may depend on it (but generated scenarios,
which are many in one).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_cnb_report.judge.watched_text import reading_part
from pytest_cnb_report.planning.text_comparison import Change, Compared, Comparison, only
from pytest_cnb_report.record.codec import RecordError
from pytest_cnb_report.record.file import Record
from pytest_cnb_report.record.model import RecordedLifecycle
from pytest_cnb_report.report.whatif import Answer, Cell, Column, Row, ScenarioName, Transition
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.requirements.rules import RULES
from pytest_cnb_report.values import Extent, Outcome, Profile, Target

_UNTOLD = frozenset({Outcome.UNTESTABLE, Outcome.ERROR})
_UNMOVED = Cell(Answer.STAYS, why="nothing that it depends on changes")


@dataclass(frozen=True)
class RecordAnswers:
    """What one record says, with a cell for each of its destinations.

    By requirement: those that the change touches, and others that flip with them.
    """

    columns: tuple[Column, ...]
    cells: Mapping[str, tuple[Cell, ...]]


def answers_of(path: str, record: Record, change: Change, *, every: bool = False) -> RecordAnswers:
    """Compare both texts on a record; with `every`, also what the change cannot touch.

    Raises RecordError where it cannot be judged.
    """
    compared: dict[tuple[str, Target], list[Compared]] = {}
    try:
        for each in _compared(record, change, every=every):
            compared.setdefault((each.requirement, each.target), []).append(each)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        # a record is somebody's file: what no run could have written is not judged
        raise RecordError(f"cannot be judged: {type(problem).__name__}: {problem}") from problem
    columns = columns_of(path, record, change.before.profile)
    flipped = {name for (name, _), pairs in compared.items() if any(p.flips for p in pairs)}
    return RecordAnswers(
        columns,
        {
            requirement.id: tuple(
                cell_of(
                    requirement, compared.get((requirement.id, c.target), []), c, record, change
                )
                for c in columns
            )
            for requirement in load_catalogue()
            if requirement.id in flipped or change.touches(requirement)
        },
    )


def _compared(record: Record, change: Change, *, every: bool) -> Iterator[Compared]:
    """Judge what the change touches, and everything else on the scenarios where that flips."""
    comparison = Comparison(change)
    if every:
        yield from comparison.of_record(record, load_catalogue())
        return
    flipping: set[str] = set()
    touched = change.catalogue
    for each in comparison.of_record(record, touched):
        if each.flips:
            flipping.add(f"{each.scenario.phase.value}-{each.target.value}-{each.scenario.case}")
        yield each
    if flipping:
        there = tuple(
            each for each in record.scenarios if each.id in flipping and each.case.generated is None
        )
        others = only(each for each in load_catalogue() if each not in touched.requirements)
        yield from comparison.of_record(replace(record, scenarios=there), others)


def columns_of(path: str, record: Record, profile: Profile) -> tuple[Column, ...]:
    """Return a column for each destination of a record, judged by a profile."""
    targets = (target for target, where in record.run.targets.items() if where.judged)
    return tuple(_column(path, record, target, profile) for target in targets)


def _column(path: str, record: Record, target: Target, profile: Profile) -> Column:
    run = record.run
    quick = "run with --quick" if run.extent is Extent.QUICK else ""
    return Column(
        record=path,
        lifecycle=_named(run.lifecycle),
        given=run.lifecycle.given,
        platform_api=run.platform_api,
        target=target,
        profile=profile,
        started=run.started,
        in_part=run.cut_short or quick,
    )


def _named(lifecycle: RecordedLifecycle) -> str:
    """Name a lifecycle as its releases are called: without the commit that it was built from."""
    if lifecycle.kind == "reference":
        return f"{lifecycle.given} (the suite's own)"
    if lifecycle.version is None:
        return lifecycle.given
    return f"v{lifecycle.version.partition('+')[0].removeprefix('v')}"


def cell_of(
    requirement: Requirement,
    pairs: Sequence[Compared],
    column: Column,
    record: Record,
    change: Change,
) -> Cell:
    """Say what a record says of a requirement, of which `pairs` are all comparisons there."""
    judged = [pair for pair in pairs if pair.judged]
    asked = [pair for pair in judged if pair.asked]
    if any(pair.flips for pair in judged):
        return Cell(Answer.FLIPS, len(judged), len(asked), transitions=tuple(_transitions(judged)))
    if not judged:
        return _not_judged(requirement, pairs, column, record, change)
    if all(pair.outcomes[1] in _UNTOLD for pair in judged):
        return _untestable(judged, asked)
    if not asked:
        why = _no_effect(requirement, change) or _unasked(len(judged), column)
        return Cell(Answer.CANNOT_TELL, len(judged), why=why)
    told = [pair for pair in asked if pair.untold is None]
    if not told:
        return _untestable(judged, asked)
    outcomes = Counter(pair.outcomes[1] for pair in told)
    return Cell(Answer.STAYS, len(judged), len(told), outcomes=dict(outcomes))


def _untestable(judged: Sequence[Compared], asked: Sequence[Compared]) -> Cell:
    """Say why nothing can be told, by the reason that most scenarios have."""
    among = asked or judged
    why, _ = Counter(pair.untold or "" for pair in among).most_common(1)[0]
    unwritten = all(pair.unwritten for pair in among)
    return Cell(Answer.CANNOT_TELL, len(judged), len(asked), why=why, unwritten=unwritten)


def _transitions(pairs: Iterable[Compared]) -> Iterator[Transition]:
    kinds: dict[tuple[Outcome, Outcome, str | None], list[ScenarioName]] = {}
    for pair in pairs:
        if pair.flips:
            untestable = pair.outcomes[1] is Outcome.UNTESTABLE and pair.after is not None
            cause = pair.after.verdict.cause if untestable and pair.after is not None else None
            kinds.setdefault((*pair.outcomes, cause), []).append(pair.scenario)
    for (before, after, cause), scenarios in kinds.items():
        yield Transition(before, after, tuple(scenarios), cause)


def _no_effect(requirement: Requirement, change: Change) -> str | None:
    """Say why no record could tell; None where a scenario could ask what was changed."""
    behind = load_register().behind(requirement)
    effects = [r.no_effect for r in behind if reading_part(r.id) in change.parts]
    if not effects or None in effects or change.redefines(requirement):
        return None
    return " ".join(str(effects[0]).split())


def _unasked(judged: int, column: Column) -> str:
    if judged == 1:
        said = "its only scenario does not exercise it"
    else:
        said = f"none of its {judged} scenarios exercises it"
    return f"{said} ({column.in_part})" if column.in_part else said


def _not_judged(
    requirement: Requirement,
    pairs: Sequence[Compared],
    column: Column,
    record: Record,
    change: Change,
) -> Cell:
    """Tell a requirement that is not asked there from one that no scenario is about."""
    reasons = [
        requirement.why_not_applicable(phase, column.target, record.run.platform_api, text)
        for text in (change.before, change.after)
        for phase in requirement.phases
        if phase in record.run.phases
    ]
    if reasons and None not in reasons:
        return Cell(Answer.NOT_APPLICABLE, why=str(reasons[-1]))
    said = [pair.after.verdict.message for pair in pairs if pair.after is not None]
    never = RULES[requirement.id].why_not
    about = f"no scenario of this record tests it at platform API {record.run.platform_api}"
    part = f" ({column.in_part})" if column.in_part else ""
    return Cell(Answer.CANNOT_TELL, why=never or (said[0] if said else about + part))


def rows_of(answers: Sequence[RecordAnswers], change: Change) -> tuple[Row, ...]:
    """Put the answers of all records side by side, the requirements that flip first.

    Levels are those of the texts in `change`.
    """
    touched = {requirement for each in answers for requirement in each.cells}
    rows = (
        Row(
            requirement.id,
            requirement.title,
            requirement.level_in(change.before),
            requirement.level_in(change.after),
            tuple(
                cell
                for each in answers
                for cell in each.cells.get(requirement.id, (_UNMOVED,) * len(each.columns))
            ),
        )
        for requirement in load_catalogue()
        if requirement.id in touched
    )
    return tuple(sorted(rows, key=lambda row: (not row.flips, row.follows)))
