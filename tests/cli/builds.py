"""Builds that somebody made: an app image, its run image and a report, at a registry or daemon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.drive.build_cases import EXPORTER_CASES
from pytest_cnb_report.drive.hosts import ImageHost
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.finished_build import FinishedBuild
from pytest_cnb_report.planning.check_report import Request, begin
from pytest_cnb_report.planning.results import judge_scenario
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Outcome, Phase, PlatformApi, Profile, Target


@dataclass(frozen=True)
class Made:
    """What a build left behind."""

    report: str
    app: str
    run_image: str
    """As the platform gave it."""
    run_digest: str
    """Of the manifest for this machine; empty at a daemon."""
    index_digest: str | None
    diff_ids: tuple[str, ...]
    run_file: str


def build(
    host: ImageHost,
    folder: Path,
    *,
    case: str = "plain",
    lifecycle: str = "reference",
    api: str = "0.14",
    profile: Profile = Profile.RFC_0129_DRAFT,
    environment: Mapping[str, str] | None = None,
) -> Made:
    """Have a lifecycle export as a case asks, and leave everything as it was then."""
    bench = Bench(
        lifecycle=resolve(lifecycle, phases=tuple(Phase), profile=profile.value),
        platform_api=PlatformApi.parse(api),
        host=host,
        folder=folder,
        timeout=60,
        environment=environment or {},
    )
    observation = carry_out(bench, next(each for each in EXPORTER_CASES if each.name == case))
    asked = observation.asked
    assert asked is not None, observation.blocked
    assert observation.report.content is not None, observation.call
    for name, image in observation.staged.items():
        bench.put(image, name)
    files = {file.path: file.content or b"" for file in observation.inputs}
    digests = (*asked.run_image.digests, None, None)
    return Made(
        report=observation.report.content.decode(),
        app=asked.images[0],
        run_image=asked.given or "",
        run_digest=digests[0] or "",
        index_digest=digests[1],
        diff_ids=asked.run_image.diff_ids,
        run_file=files.get("run.toml", b"").decode(),
    )


def judged(
    report: Path,
    run_image: str,
    *,
    app_image: str | None = None,
    before: str | None = None,
    phase: Phase | None = None,
    target: Target | None = None,
    profile: Profile = Profile.RFC_0129_DRAFT,
    run_file: Path | None = None,
    insecure: bool = False,
    daemon: str = "auto",
    platform_api: str | None = None,
) -> dict[str, Outcome]:
    """Judge a report as `check-report` does; the outcome of each requirement that applies."""
    settings = read_settings(
        {
            "profile": profile.value,
            "target": "auto",
            "registry": "embedded",
            "daemon": daemon,
            "examples": "50",
            "timeout": "10",
            "seed": "0",
            "platform-api": platform_api,
        }
    )
    own = FinishedBuild(
        report=report,
        run_image=run_image,
        phase=phase,
        app_image=app_image,
        before=before,
        run_file=run_file,
    )
    text = load_text(settings.profile)
    _, session, repeat = begin(own, Request(target, insecure), settings, text)
    (scenario,) = session.plan().scenarios
    judged = judge_scenario(scenario, session.carry_out(scenario), text, repeat)
    return {
        each.requirement: each.outcome
        for each in judged.results
        if each.outcome is not Outcome.NOT_APPLICABLE
    }


def failing(outcomes: Mapping[str, Outcome]) -> set[str]:
    """Name what fails."""
    return {key for key, outcome in outcomes.items() if outcome is Outcome.FAIL}
