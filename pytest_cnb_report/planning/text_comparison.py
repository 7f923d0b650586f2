"""Judge recorded scenarios by two texts: which verdicts rest on the difference, and which flip.

A rule is a pure function of an observation and of what it asks the text, and a `WatchedText` notes
what that is: a verdict that rests on nothing that differs is not judged twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pytest_cnb_report.drive.situation import Situation
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.judge.watched_text import (
    FIELDS_PART,
    WatchedText,
    forms_part,
    reading_part,
    since_part,
)
from pytest_cnb_report.planning.judge_record import recorded_situation
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.results import judge_recorded
from pytest_cnb_report.record.file import Record
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.report.whatif import ScenarioName
from pytest_cnb_report.requirements.catalogue import Catalogue, Requirement, load_catalogue
from pytest_cnb_report.requirements.judging import Judgement, applies
from pytest_cnb_report.values import Outcome, Target

_NOWHERE = Outcome.NOT_APPLICABLE
_FIELDS_AREA = "report-run-image"
_REPORT_REFERENCE = "report.run-image.reference"
_LABEL_REFERENCES = ("export.metadata.reference", "rebase.metadata.reference")


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
        since = {
            since_part(requirement)
            for requirement in {*before.since, *after.since}
            if before.since.get(requirement) != after.since.get(requirement)
        }
        fields = {FIELDS_PART} if before.fields != after.fields else set()
        return frozenset(readings | forms | since | fields)

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
        return only(each for each in load_catalogue() if self.touches(each))


def only(requirements: Iterable[Requirement]) -> Catalogue:
    """Return the catalogue with these requirements alone."""
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
            return f"error of the suite: {self.error}"
        verdict = self.after.verdict if self.after is not None else None
        if verdict is None or verdict.answer is Answer.UNTESTABLE or self.unwritten:
            return verdict.message if verdict is not None else "it is not required"
        return None


def _missing(verdict: Verdict) -> bool:
    """Whether a requirement is not met because what it is about is not there at all."""
    return verdict.answer is Answer.BROKEN and verdict.actual is None


class Comparison:
    """Judges recorded scenarios by both texts of a change."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self._parts = change.parts
        self._watched = WatchedText.of(change.before)
        self._before = Judgements(self._watched.text)
        self._after = Judgements(change.after)

    def of_record(self, record: Record, catalogue: Catalogue) -> Iterator[Compared]:
        """Compare the requirements of a catalogue on every recorded scenario."""
        for recorded in record.scenarios:
            situation = recorded_situation(recorded, record)
            for requirement in catalogue:
                compared = self.of(requirement, recorded, situation)
                if compared is not None:
                    yield compared
            self.forget()

    def of(
        self, requirement: Requirement, recorded: RecordedScenario, situation: Situation
    ) -> Compared | None:
        """Compare a requirement on a scenario; None where neither text asks for it there."""
        applied = [
            applies_to(requirement, recorded, situation, text)
            for text in (self.change.before, self.change.after)
        ]
        if not any(applied):
            return None
        name = ScenarioName(recorded.case.phase, recorded.case.name)
        if recorded.error is not None or not recorded.observations:
            problem = recorded.error or "nothing was observed"
            return Compared(requirement.id, recorded.target, name, False, None, None, problem)
        before = after = None
        self._watched.take()
        if applied[0]:
            before, _ = judge_recorded(requirement, recorded, self._before)
        asked = bool(self._watched.take() & self._parts) or self.change.redefines(requirement)
        if all(applied) and not asked:
            after = before
        elif applied[1]:
            after, _ = judge_recorded(requirement, recorded, self._after)
        asked = asked or not applied[0]
        return Compared(requirement.id, recorded.target, name, asked, before, after)

    def forget(self) -> None:
        """Let go of what was judged."""
        self._before.forget()
        self._after.forget()


def applies_to(
    requirement: Requirement, recorded: RecordedScenario, situation: Situation, text: Text
) -> bool:
    """Whether a text asks for a requirement on a recorded scenario."""
    if recorded.case.generated is not None:
        # whether it applies is looked at for each scenario that was drawn
        place = (situation.phase, situation.target, situation.platform_api)
        return requirement.why_not_applicable(*place, text) is None
    return applies(requirement, situation, text)
