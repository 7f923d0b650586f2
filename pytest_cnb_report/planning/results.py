"""Judge recorded scenarios: the results, and the evidence that a reader is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_cnb_report.drive.generated_cases import DrawnScenario
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.drive.situation import GIVEN_BY
from pytest_cnb_report.drive.situation import Evidence as Given
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.image import AppImage, ImageState
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.drawn_words import in_words, weight
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.plan import NO_CASE, Scenario, Unjudged
from pytest_cnb_report.record.model import RecordedScenario, RepeatCommand, label_weight
from pytest_cnb_report.report import truncate
from pytest_cnb_report.report.results import SMALLEST, Evidence, Result, WireRequest
from pytest_cnb_report.requirements.catalogue import Requirement
from pytest_cnb_report.requirements.judging import Judgement, deciding_readings
from pytest_cnb_report.values import Outcome, PlatformApi

_QUIET = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})
"""Outcomes of which nobody asks how to repeat them, or which readings they depend on."""


@dataclass(frozen=True)
class JudgedScenario:
    """A scenario with its results, and what was observed of it.

    `shown` are the observations that results refer to, by the key of their evidence. Known failures
    and `--strict` are not applied yet.
    """

    scenario: Scenario
    recorded: RecordedScenario
    results: tuple[Result, ...]
    shown: Mapping[str, Observation]


def judge_scenario(
    scenario: Scenario,
    recorded: RecordedScenario,
    text: Text,
    repeat: RepeatCommand,
    judgements: Judgements | None = None,
) -> JudgedScenario:
    """Judge everything that applies to a scenario on what was observed of it.

    `judgements` are by the same text, and may have the answers already.
    """
    if recorded.error is not None or not recorded.observations:
        problem = recorded.error or "nothing was observed"
        errors = tuple(
            _result(scenario, each, text, Outcome.ERROR, problem, repeat)
            for each in scenario.requirements
        )
        return JudgedScenario(scenario, recorded, errors, {})
    results: list[Result] = []
    shown: dict[str, Observation] = {}
    for requirement in scenario.requirements:
        judgement, number = judge_recorded(requirement, recorded, judgements or Judgements(text))
        key = scenario.evidence_key if number == 0 else f"{scenario.evidence_key}/{number}"
        shown.setdefault(key, recorded.observations[number])
        verdict = judgement.verdict
        results.append(
            _result(
                scenario,
                requirement,
                text,
                judgement.outcome,
                verdict.message,
                repeat,
                verdict=verdict,
                readings=()
                if judgement.outcome in _QUIET
                else deciding_readings(requirement, recorded.observations[number], text),
                evidence=key,
            )
        )
    return JudgedScenario(scenario, recorded, tuple(results), shown)


def judge_recorded(
    requirement: Requirement, recorded: RecordedScenario, answers: Judgements
) -> tuple[Judgement, int]:
    """Judge one requirement; also return the number of the observation that the verdict is from.

    At least one was observed. Of a generated case that fails it is the smallest that was found.
    """
    if recorded.case.generated is None:
        return answers.judge(requirement, recorded.observations[0]), 0
    judgements = [answers.judge_drawn(requirement, each) for each in recorded.observations]
    drawn = judgements[: recorded.drawn]
    if any(each.verdict.answer is Answer.BROKEN for each in drawn):
        failing = [
            number for number, each in enumerate(judgements) if each.verdict.answer is Answer.BROKEN
        ]
        smallest = min(failing, key=lambda number: _weight(recorded, number))
        return _shown(judgements[smallest], recorded, smallest), smallest
    for answer in (Answer.MET, Answer.OBSERVED, Answer.UNTESTABLE, Answer.NOT_APPLICABLE):
        # what an adapter declined comes before what nobody asked
        numbers = sorted(range(len(drawn)), key=lambda n: not drawn[n].verdict.declined)
        for number in numbers if answer is Answer.NOT_APPLICABLE else range(len(drawn)):
            each = drawn[number]
            if each.verdict.answer is answer:
                return _counted(each, drawn, recorded.left_out), number
    raise ValueError(f"nothing was observed that {requirement.id} could be judged on")


def _weight(recorded: RecordedScenario, number: int) -> tuple[int, int]:
    drawn = _drawn(recorded, number)
    return label_weight(recorded.observations[number]) if drawn is None else weight(drawn)


def _drawn(recorded: RecordedScenario, number: int) -> DrawnScenario | None:
    """Return the scenario of an observation; None in an older record, which does not say it."""
    return recorded.scenarios[number] if number < len(recorded.scenarios) else None


def _shown(judgement: Judgement, recorded: RecordedScenario, number: int) -> Judgement:
    """Say on which scenario a requirement of a generated case failed.

    Behind a colon: it is how the failure showed in one case, and not what is wrong.
    """
    drawn = _drawn(recorded, number)
    if drawn is None:
        return judgement
    said = judgement.verdict.message
    message = f"{said}{'; ' if ': ' in said else ': '}{SMALLEST}{in_words(drawn)}"
    return replace(judgement, verdict=replace(judgement.verdict, message=message))


def _counted(judgement: Judgement, drawn: Sequence[Judgement], left_out: int) -> Judgement:
    """Say on how many scenarios a requirement of a generated case was met, or why on none."""
    number = Counter(each.verdict.answer for each in drawn)
    verdict = judgement.verdict
    if verdict.answer is Answer.NOT_APPLICABLE:
        kept = " in the record" if left_out else ""
        told = f"in none of {len(drawn)} generated scenarios{kept}: {verdict.message}"
        verdict = replace(verdict, message=told)
    elif verdict.answer is Answer.MET:
        said = f"in {number[Answer.MET]} generated scenarios"
        if number[Answer.UNTESTABLE]:
            cause = next(e.verdict for e in drawn if e.verdict.answer is Answer.UNTESTABLE)
            said += f", and not testable in {number[Answer.UNTESTABLE]}: {cause.message}"
        declined = [each.verdict for each in drawn if each.verdict.declined]
        if declined:
            said += f"; {len(declined)} more: {declined[0].message}"
        if left_out:
            said += f"; none of {left_out} more, which are not in the record, failed"
        verdict = Verdict(Answer.MET, said)
    return replace(judgement, verdict=verdict)


def _result(  # noqa: PLR0917 - one result, spelled out
    scenario: Scenario,
    requirement: Requirement,
    text: Text,
    outcome: Outcome,
    message: str,
    repeat: RepeatCommand,
    *,
    verdict: Verdict | None = None,
    readings: tuple[str, ...] = (),
    evidence: str | None = None,
) -> Result:
    return Result(
        requirement=requirement.id,
        level=requirement.level_in(text),
        phase=scenario.phase,
        target=scenario.target,
        case=scenario.case.name,
        outcome=outcome,
        message=message,
        expected=None if verdict is None else truncate.bounded(verdict.expected),
        actual=None if verdict is None else truncate.bounded(verdict.actual),
        reproduce=None
        if outcome in _QUIET
        else repeat.line(
            requirement.id,
            scenario.target,
            scenario.id,
            profile=text.profile,
            amendment=None if text.amended is None else text.amended.file,
            generated=scenario.case.generated is not None,
        ),
        cause=None if verdict is None else verdict.cause,
        readings=readings,
        evidence=evidence,
        missing=None if verdict is None else _given_by(verdict.missing),
        declined=verdict is not None and verdict.declined,
    )


def unjudged_result(unjudged: Unjudged, text: Text) -> Result:
    """Return the result of a requirement that no scenario is for."""
    return Result(
        requirement=unjudged.requirement.id,
        level=unjudged.requirement.level_in(text),
        phase=unjudged.phase,
        target=unjudged.target,
        case=NO_CASE,
        outcome=Outcome.NOT_APPLICABLE,
        message=unjudged.why,
        missing=_given_by(unjudged.missing),
    )


def _given_by(missing: Given | None) -> str | None:
    return None if missing is None else GIVEN_BY[missing]


def evidence_of(key: str, observation: Observation) -> Evidence | None:
    """Return what a reader needs to see of one call, or of a build that was made elsewhere."""
    call = observation.call or (observation.steps[-1] if observation.steps else None)
    if call is None and not observation.after:
        return None
    files = _files(observation, call)
    if call is None:
        return truncate.evidence(
            key, command=(), environment={}, exit_code=None, duration_s=0.0, files=files
        )
    calls = (*observation.steps, call)
    return truncate.evidence(
        key,
        command=(call.command.name, *call.command.arguments, *call.arguments),
        environment=call.environment,
        exit_code=call.exit_code,
        duration_s=round(call.duration, 4),
        stdout=call.stdout,
        stderr=call.stderr,
        requests=[WireRequest(r.method, r.path, r.status, at=r.at) for r in observation.requests],
        files=files,
        unkilled=tuple(dict.fromkeys(left for each in calls for left in each.unkilled)),
    )


def _files(observation: Observation, call: Invocation | None) -> dict[str, bytes | str]:
    files: dict[str, bytes | str] = {}
    if observation.report.content is not None:
        files["report.toml"] = observation.report.content
    elif observation.report.problem is not None:
        files["report.toml"] = f"({observation.report.problem})"
    for when, states in (("before", observation.before), ("after", observation.after)):
        for name, state in _told_once(states).items():
            if state.manifest is not None:
                files[f"manifest {when}: {name}"] = state.manifest
            files[f"config {when}: {name}"] = state.config
    for step in observation.steps:
        if step is not call:
            files[f"step before: {_phase(step)}"] = f"{step.shell}\n{step.stdout}{step.stderr}"
    return files


def _told_once(states: Mapping[str, ImageState]) -> dict[str, AppImage]:
    """Leave out names that are absent, and those that lead to an image that is told already."""
    told: dict[str, AppImage] = {}
    seen: set[str] = set()
    for name, state in states.items():
        if isinstance(state, AppImage) and state.image_id not in seen:
            seen.add(state.image_id)
            told[name.rpartition("/")[2]] = state
    return told


def _phase(step: Invocation) -> str:
    return (step.command.arguments or (step.command.name,))[-1].rpartition("/")[2]


def told(results: Sequence[Result], scenario: Scenario) -> str:
    """Say in a few lines each what failed on one scenario, for pytest's own failure section."""
    requirements = {each.id: each for each in scenario.requirements}
    return "\n".join(
        line
        for each in results
        for line in _told(each, requirements[each.requirement], scenario.situation.platform_api)
    )


def _told(result: Result, requirement: Requirement, api: PlatformApi) -> list[str]:
    lines = [
        f"{result.requirement} ({result.level.value}) failed: {result.message}",
        f"  expected:  {truncate.text(str(result.expected), 400)}",
        f"  actual:    {truncate.text(str(result.actual), 400)}",
        f"  source:    {requirement.sources[0].at(api)}",
    ]
    return lines + ([f"  reproduce: {result.reproduce}"] if result.reproduce else [])
