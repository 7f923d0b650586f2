"""Turn what was judged into results, and into what pytest shows of one."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Iterable, Mapping

from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.judge.catalogue import Requirement
from pytest_cnb_report.judge.readings import load_register
from pytest_cnb_report.observe.image import AppImage, ImageState
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.report import bounds
from pytest_cnb_report.report.known_failures import KnownFailures
from pytest_cnb_report.report.results import Evidence, RequirementFacts, Result, WireRequest
from pytest_cnb_report.suite.ground import Ground
from pytest_cnb_report.suite.plan import Item, is_generated
from pytest_cnb_report.suite.session import Judged
from pytest_cnb_report.suite.settings import Settings
from pytest_cnb_report.values import Outcome

_QUIET = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})


def result_of(judged: Judged, settings: Settings, ground: Ground) -> Result:
    """Return the result of a judged item, before known failures and `--strict`."""
    item, verdict = judged.item, judged.judgement.verdict
    return Result(
        requirement=item.requirement.id,
        level=item.requirement.level,
        phase=item.phase,
        target=item.target,
        case=item.case_name,
        outcome=judged.judgement.outcome,
        message=verdict.message,
        expected=bounds.bounded(verdict.expected),
        actual=bounds.bounded(verdict.actual),
        reproduce=None if judged.judgement.outcome in _QUIET else reproduce(item, settings, ground),
        cause=verdict.cause,
        readings=verdict.readings,
        evidence=None if judged.observation is None else item.group,
    )


def error_result(item: Item, problem: str, settings: Settings, ground: Ground) -> Result:
    """Return the result of an item that the suite itself could not judge."""
    return Result(
        requirement=item.requirement.id,
        level=item.requirement.level,
        phase=item.phase,
        target=item.target,
        case=item.case_name,
        outcome=Outcome.ERROR,
        message=problem,
        reproduce=reproduce(item, settings, ground),
    )


def reproduce(item: Item, settings: Settings, ground: Ground) -> str:
    """Return the command that judges this one requirement on this one case again."""
    if ground.repeat:
        return shlex.join([*ground.repeat, "--requirement", item.requirement.id])
    words = [
        "cnb-conformance",
        "run",
        *("--lifecycle", ground.lifecycle.given),
        *("--platform-api", str(ground.platform_api)),
        *("--profile", settings.profile.value),
        *("--target", item.target.value),
        *("--requirement", item.requirement.id),
        *settings.other_words(item.target),
    ]
    if item.case is not None and is_generated(item.case):
        words += ["--seed", str(settings.seed), "--examples", str(settings.examples)]
    return shlex.join([*words, "--", "-k", f"[{item.name}]"])


def excused(
    result: Result, known: KnownFailures | None, *, strict: bool, today: datetime.date
) -> Result:
    """Apply `--strict` and the known failures to one result."""
    from pytest_cnb_report.report import known_failures, verdict  # noqa: PLC0415

    firm = verdict.strict(result) if strict else result
    if known is None:
        return firm
    (after,), _ = known_failures.apply(known, [firm], today)
    return after


def evidence_of(key: str, observation: Observation) -> Evidence | None:
    """Return what a reader needs to see of one call, or of a build that was made elsewhere."""
    call = observation.call or (observation.steps[-1] if observation.steps else None)
    if call is None and not observation.after:
        return None
    files = _files(observation, call)
    if call is None:
        return bounds.evidence(
            key, command=(), environment={}, exit_code=None, duration_s=0.0, files=files
        )
    return bounds.evidence(
        key,
        command=(call.command.name, *call.command.arguments, *call.arguments),
        environment=call.environment,
        exit_code=call.exit_code,
        duration_s=round(call.duration, 4),
        stdout=call.stdout,
        stderr=call.stderr,
        requests=[WireRequest(r.method, r.path, r.status) for r in observation.requests],
        files=files,
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


def facts_of(requirement: Requirement, area: str) -> RequirementFacts:
    """Return what a report says of a requirement itself; `area` is its heading."""
    return RequirementFacts(
        statement=" ".join(requirement.text.split()),
        source="; ".join(dict.fromkeys(str(source) for source in requirement.sources)),
        url=requirement.sources[0].link if requirement.sources else None,
        readings=requirement.readings,
        title=requirement.title,
        hint=requirement.gist,
        derived=requirement.derived,
        area=area,
    )


def readings_of(identifiers: Iterable[str]) -> dict[str, str]:
    """Return each open question with the reading that is judged by, in words."""
    register = load_register()
    return {identifier: register[identifier].verdict for identifier in sorted(set(identifiers))}


def told(result: Result, requirement: Requirement) -> str:
    """Say in a few lines what failed, for pytest's own failure section."""
    lines = [
        f"{result.requirement} ({result.level.value}) is not met: {result.message}",
        f"  expected: {bounds.text(str(result.expected), 400)}",
        f"  found:    {bounds.text(str(result.actual), 400)}",
        f"  source:   {requirement.sources[0] if requirement.sources else '-'}",
    ]
    if result.reproduce:
        lines.append(f"  repeat:   {result.reproduce}")
    return "\n".join(lines)
