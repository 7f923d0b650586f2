"""Judge an observation by a requirement, and say whether one applies to a call at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.situation import EVIDENCE_IN_WORDS, Situation
from pytest_cnb_report.judge.applicability import lacking
from pytest_cnb_report.judge.preconditions import NotTestableError
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict, declined, not_applicable
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.catalogue import Requirement
from pytest_cnb_report.requirements.rules import RULES
from pytest_cnb_report.values import Level, Outcome

_OUTCOMES = {
    Answer.MET: Outcome.PASS,
    Answer.OBSERVED: Outcome.OBSERVED,
    Answer.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    Answer.UNTESTABLE: Outcome.UNTESTABLE,
}
_NOT_MET = {
    Level.MUST: Outcome.FAIL,
    Level.SHOULD: Outcome.WARN,
    Level.MAY: Outcome.OBSERVED,
}


@dataclass(frozen=True)
class Judgement:
    """What became of one requirement on one observation."""

    requirement: Requirement
    outcome: Outcome
    verdict: Verdict


def why_not(requirement: Requirement, situation: Situation, text: Text) -> str | None:
    """Say why a requirement does not apply to a call; None where it applies.

    The suite's plan, the fixtures and `check-report` all ask this function and no other. Where it
    is left open how the call ends, a requirement applies that applies to one of the two ends.
    """
    place = requirement.why_not_applicable(
        situation.phase, situation.target, situation.platform_api, text
    )
    return _why_not_asked(requirement, _ends(situation)) if place is None else place


def _ends(situation: Situation) -> tuple[Situation, ...]:
    """Return the situation by each end that the call may have."""
    if situation.expect is not Expect.EITHER:
        return (situation,)
    return tuple(replace(situation, expect=end) for end in (Expect.SUCCESS, Expect.REFUSAL))


def _why_not_asked(requirement: Requirement, ends: Iterable[Situation]) -> str | None:
    """Say why a call does not ask for what a requirement is about; the requirement is of a place.

    That is `why_not` for one that is judged at the phase, target and platform API.
    """
    first: str | None = None
    for end in ends:
        reason = _why_not_at_end(requirement, end)
        if reason is None:
            return None
        first = reason if first is None else first
    return first


def _why_not_at_end(requirement: Requirement, situation: Situation) -> str | None:
    rule = RULES[requirement.id]
    missing = lacking(rule.needs, situation)
    if missing:
        return f"unknown here: {', '.join(EVIDENCE_IN_WORDS[each] for each in missing)}"
    if not rule.when(situation):
        return rule.why_not or "the requirement does not apply to this call"
    return None


def applies(requirement: Requirement, situation: Situation, text: Text) -> bool:
    """Whether a requirement applies to a call."""
    return why_not(requirement, situation, text) is None


def applicable(
    requirements: Iterable[Requirement], situation: Situation, text: Text
) -> tuple[Requirement, ...]:
    """Return those of the requirements that apply to a call."""
    place = (situation.phase, situation.target, situation.platform_api)
    ends = _ends(situation)
    return tuple(
        each
        for each in requirements
        if each.why_not_applicable(*place, text) is None and _why_not_asked(each, ends) is None
    )


def _verdict(requirement: Requirement, observation: Observation, text: Text) -> Verdict:
    if observation.declined is not None:
        return declined(observation.declined)
    if observation.situation.expect is not Expect.EITHER:
        return RULES[requirement.id].judge(observation, text)
    settled = _settled(observation)
    if applies(requirement, settled.situation, text):
        return RULES[requirement.id].judge(settled, text)
    did = "did" if settled.situation.expect is Expect.SUCCESS else "refused"
    return not_applicable(f"the {observation.phase.value} {did} what it may do or refuse")


def _settled(observation: Observation) -> Observation:
    """Return an observation of a call that may end either way as one that had to end as it did."""
    call = observation.call
    ended = Expect.SUCCESS if call is None or call.exit_code == 0 else Expect.REFUSAL
    asked = observation.asked
    return replace(
        observation,
        situation=replace(observation.situation, expect=ended),
        asked=None if asked is None else replace(asked, expect=ended),
    )


def judge(requirement: Requirement, observation: Observation, text: Text) -> Judgement:
    """Judge one requirement on what was observed; nothing is run and nothing is read."""
    try:
        verdict = _verdict(requirement, observation, text)
    except NotTestableError as not_testable:
        verdict = not_testable.verdict
    if verdict.answer is Answer.BROKEN:
        outcome = _NOT_MET[requirement.level_in(text)]
    else:
        outcome = _OUTCOMES[verdict.answer]
    return Judgement(requirement, outcome, verdict)


def deciding_readings(
    requirement: Requirement, observation: Observation, text: Text
) -> tuple[str, ...]:
    """Return the open questions that the outcome depends on: read otherwise, it is another one."""
    outcome = _outcome(requirement, observation, text)
    return tuple(
        question
        for question in requirement.readings
        if any(
            _outcome(requirement, observation, other) is not outcome
            for other in text.read_otherwise(question)
        )
    )


def _outcome(requirement: Requirement, observation: Observation, text: Text) -> Outcome:
    if not applies(requirement, observation.situation, text):
        return Outcome.NOT_APPLICABLE
    return judge(requirement, observation, text).outcome
