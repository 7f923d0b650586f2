"""Judge recorded runs by a text and by the changed one, and compare: who flips?

Judged are the requirements that the change can touch by what they say of themselves; where one of
them flips, everything on that scenario, because others may depend on it (but generated scenarios,
which are many in one). A rule is a pure function
of an observation and of what it asks the text, and a `WatchedText` notes what that is: a verdict
that rests on nothing that changes is not judged twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer as Found
from pytest_cnb_report.judge.verdict import Verdict
from pytest_cnb_report.judge.watched_text import FIELDS_PART, WatchedText, forms_part, reading_part
from pytest_cnb_report.planning.judge_record import recorded_plan
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.plan import Scenario
from pytest_cnb_report.planning.results import judge_recorded
from pytest_cnb_report.record.codec import RecordError
from pytest_cnb_report.record.file import Record
from pytest_cnb_report.record.model import RecordedLifecycle, RecordedScenario
from pytest_cnb_report.report.whatif import Answer, Cell, Column, Row, ScenarioName, Transition
from pytest_cnb_report.requirements.catalogue import Catalogue, Requirement, load_catalogue
from pytest_cnb_report.requirements.judging import Judgement
from pytest_cnb_report.requirements.rules import RULES
from pytest_cnb_report.values import Extent, Outcome, Target

_NOWHERE = Outcome.NOT_APPLICABLE
_FIELDS_AREA = "report-run-image"
_REPORT_REFERENCE = "report.run-image.reference"
_LABEL_REFERENCES = ("export.metadata.reference", "rebase.metadata.reference")
_UNMOVED = Cell(Answer.STAYS, why="nothing that it depends on flips")


@dataclass(frozen=True)
class Change:
    """Two texts, and the parts in which they differ."""

    before: Text
    after: Text

    @property
    def parts(self) -> frozenset[str]:
        """The parts that differ and that a rule may ask for, as a `WatchedText` names them."""
        before, after = self.before, self.after
        readings = {
            reading_part(question)
            for question, choice in after.readings.items()
            if before.readings[question] != choice
        }
        forms = {
            forms_part(key[0])
            for key in {*before.reference_forms, *after.reference_forms}
            if before.reference_forms.get(key) != after.reference_forms.get(key)
        }
        fields = {FIELDS_PART} if before.fields != after.fields else set()
        return frozenset(readings | forms | fields)

    def redefines(self, requirement: Requirement) -> bool:
        """Whether level, platform API or destinations of a requirement differ."""
        before, after = self.before, self.after
        return (
            requirement.level_in(before) is not requirement.level_in(after)
            or requirement.since_in(before) != requirement.since_in(after)
            or requirement.targets_in(before) != requirement.targets_in(after)
        )

    def touches(self, requirement: Requirement) -> bool:
        """Whether a requirement rests on what differs, by what the catalogue says of it."""
        readings = map(reading_part, requirement.readings)
        parts = self.parts
        return (
            self.redefines(requirement)
            or bool(parts.intersection(readings))
            or (FIELDS_PART in parts and requirement.area == _FIELDS_AREA)
            or (forms_part("report") in parts and requirement.id == _REPORT_REFERENCE)
            or (forms_part("label") in parts and requirement.id in _LABEL_REFERENCES)
        )

    @property
    def catalogue(self) -> Catalogue:
        """The requirements that the change touches."""
        return _only(each for each in load_catalogue() if self.touches(each))


def _only(requirements: Iterable[Requirement]) -> Catalogue:
    return replace(load_catalogue(), requirements=tuple(requirements))


@dataclass(frozen=True)
class Compared:
    """One requirement on one scenario by both texts.

    `asked` is whether the verdict rests on what differs. `before` and `after` are None where the
    text does not ask for the requirement there.
    """

    requirement: str
    target: Target
    scenario: ScenarioName
    asked: bool
    before: Judgement | None
    after: Judgement | None
    error: str | None = None

    @property
    def outcomes(self) -> tuple[Outcome, Outcome]:
        """The outcome by each text."""
        if self.error is not None:
            return Outcome.ERROR, Outcome.ERROR
        before, after = self.before, self.after
        return before.outcome if before else _NOWHERE, after.outcome if after else _NOWHERE

    @property
    def judged(self) -> bool:
        """Whether at least one text asks for the requirement there."""
        return self.outcomes != (_NOWHERE, _NOWHERE)

    @property
    def flips(self) -> bool:
        """Whether the outcomes differ."""
        before, after = self.outcomes
        return before is not after

    @property
    def unwritten(self) -> bool:
        """Whether what the requirement is about is not there at all, so that nothing can flip."""
        return (
            self.before is not None
            and self.after is not None
            and _missing(self.before.verdict)
            and _missing(self.after.verdict)
        )

    @property
    def untold(self) -> str | None:
        """Why equal outcomes say nothing of the change; None where they do."""
        if self.error is not None:
            return f"the suite could not judge it: {self.error}"
        verdict = self.after.verdict if self.after is not None else None
        if verdict is None or verdict.answer is Found.UNTESTABLE or self.unwritten:
            return verdict.message if verdict is not None else "it is not asked for"
        return None


def _missing(verdict: Verdict) -> bool:
    """Whether a requirement is not met because what it is about is not there at all."""
    return verdict.answer is Found.BROKEN and verdict.actual is None


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
    columns = tuple(
        _column(path, record, target, change)
        for target, where in record.run.targets.items()
        if where.judged
    )
    flipped = {name for (name, _), pairs in compared.items() if any(p.flips for p in pairs)}
    return RecordAnswers(
        columns,
        {
            requirement.id: tuple(
                _cell(requirement, compared.get((requirement.id, c.target), []), c, record, change)
                for c in columns
            )
            for requirement in load_catalogue()
            if requirement.id in flipped or change.touches(requirement)
        },
    )


def _compared(record: Record, change: Change, *, every: bool) -> Iterator[Compared]:
    """Judge what the change touches, and everything else on the scenarios where that flips."""
    if every:
        yield from compare_texts(record, change, load_catalogue())
        return
    flipping: set[str] = set()
    touched = change.catalogue
    for each in compare_texts(record, change, touched):
        if each.flips:
            flipping.add(f"{each.scenario.phase.value}-{each.target.value}-{each.scenario.case}")
        yield each
    if flipping:
        there = tuple(
            each for each in record.scenarios if each.id in flipping and each.case.generated is None
        )
        others = _only(each for each in load_catalogue() if each not in touched.requirements)
        yield from compare_texts(replace(record, scenarios=there), change, others)


def _column(path: str, record: Record, target: Target, change: Change) -> Column:
    run = record.run
    quick = "run with --quick" if run.extent is Extent.QUICK else ""
    return Column(
        record=path,
        lifecycle=_named(run.lifecycle),
        given=run.lifecycle.given,
        platform_api=run.platform_api,
        target=target,
        profile=change.before.profile,
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


def compare_texts(record: Record, change: Change, catalogue: Catalogue) -> Iterator[Compared]:
    """Judge the requirements of a catalogue on every recorded scenario, by both texts."""
    if not record.scenarios:
        return  # of no phase that these requirements are about
    recorded = {each.id: each for each in record.scenarios}
    before, after = (
        {each.id: each for each in recorded_plan(record, text, catalogue).scenarios}
        for text in (change.before, change.after)
    )
    watched, parts = WatchedText.of(change.before), change.parts
    judgements = Judgements(watched.text), Judgements(change.after)
    for identifier in dict.fromkeys((*before, *after)):
        if identifier not in recorded:
            continue
        scenario = before.get(identifier) or after[identifier]
        by_texts = [
            plan[identifier].requirements if identifier in plan else () for plan in (before, after)
        ]
        for requirement in dict.fromkeys((*by_texts[0], *by_texts[1])):
            if requirement not in catalogue.requirements:
                continue  # of a build that was made elsewhere, everything is planned
            watched.take()
            yield _compare(
                requirement,
                scenario,
                recorded[identifier],
                change,
                applies=(requirement in by_texts[0], requirement in by_texts[1]),
                judgements=judgements,
                watched=watched,
                parts=parts,
            )
        for each in judgements:
            each.forget()


def _compare(
    requirement: Requirement,
    scenario: Scenario,
    recorded: RecordedScenario,
    change: Change,
    *,
    applies: tuple[bool, bool],
    judgements: tuple[Judgements, Judgements],
    watched: WatchedText,
    parts: frozenset[str],
) -> Compared:
    name = ScenarioName(scenario.phase, scenario.case.name)
    if recorded.error is not None or not recorded.observations:
        problem = recorded.error or "nothing was observed"
        return Compared(requirement.id, scenario.target, name, False, None, None, problem)
    before = after = None
    if applies[0]:
        before, _ = judge_recorded(requirement, recorded, judgements[0])
    asked = bool(watched.take() & parts) or change.redefines(requirement)
    if applies[1] and applies[0] and not asked:
        after = before
    elif applies[1]:
        after, _ = judge_recorded(requirement, recorded, judgements[1])
    return Compared(requirement.id, scenario.target, name, asked or not applies[0], before, after)


def _cell(
    requirement: Requirement,
    pairs: Sequence[Compared],
    column: Column,
    record: Record,
    change: Change,
) -> Cell:
    judged = [pair for pair in pairs if pair.judged]
    asked = [pair for pair in judged if pair.asked]
    if any(pair.flips for pair in judged):
        return Cell(Answer.FLIPS, len(judged), len(asked), transitions=tuple(_transitions(judged)))
    if not judged:
        return _not_judged(requirement, pairs, column, record, change)
    if not asked:
        return Cell(Answer.CANNOT_TELL, len(judged), why=_unasked(len(judged), column))
    told = [pair for pair in asked if pair.untold is None]
    if not told:
        reasons = Counter(pair.untold or "" for pair in asked)
        why, _ = reasons.most_common(1)[0]
        unwritten = all(pair.unwritten for pair in asked)
        return Cell(Answer.CANNOT_TELL, len(judged), len(asked), why=why, unwritten=unwritten)
    outcomes = Counter(pair.outcomes[1] for pair in told)
    return Cell(Answer.STAYS, len(judged), len(told), outcomes=dict(outcomes))


def _transitions(pairs: Iterable[Compared]) -> Iterator[Transition]:
    kinds: dict[tuple[Outcome, Outcome, str | None], list[ScenarioName]] = {}
    for pair in pairs:
        if pair.flips:
            untestable = pair.outcomes[1] is Outcome.UNTESTABLE and pair.after is not None
            cause = pair.after.verdict.cause if untestable and pair.after is not None else None
            kinds.setdefault((*pair.outcomes, cause), []).append(pair.scenario)
    for (before, after, cause), scenarios in kinds.items():
        yield Transition(before, after, tuple(scenarios), cause)


def _unasked(judged: int, column: Column) -> str:
    scenarios = "its one scenario does" if judged == 1 else f"none of its {judged} scenarios does"
    said = f"{scenarios} not ask it" if judged == 1 else scenarios.replace("does", "asks it")
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
    about = f"no scenario of this record is about it at platform API {record.run.platform_api}"
    part = f" ({column.in_part})" if column.in_part else ""
    return Cell(Answer.CANNOT_TELL, why=said[0] if said else never or about + part)


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
