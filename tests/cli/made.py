"""Runs made up for tests, and their results files."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from pytest_cnb_report.report.record import dumps
from pytest_cnb_report.report.results import (
    LifecycleFacts,
    RequirementFacts,
    Result,
    Run,
    SuiteFacts,
    TargetFacts,
    Timing,
)
from pytest_cnb_report.values import Level, Outcome, Phase, PlatformApi, Profile, Target

RUN = Run(
    suite=SuiteFacts("pytest-cnb-report", "0.1.0"),
    lifecycle=LifecycleFacts("/opt/lifecycle", "directory", "0.20.20", "0" * 64),
    platform_api=PlatformApi(0, 14),
    profile=Profile.RFC_0129_DRAFT,
    targets={
        Target.REGISTRY: TargetFacts(judged=True, why="embedded registry"),
        Target.DAEMON: TargetFacts(judged=False, why="no Docker daemon answers"),
    },
    timing=Timing(1.0, 0.5, 3),
    started="2025-11-21T10:04:00Z",
    seed=0,
    strict=False,
    results=(),
)


def result(requirement: str, outcome: Outcome = Outcome.PASS, *, message: str = "") -> Result:
    """Make a result of the exporter at the registry."""
    return Result(
        requirement=requirement,
        level=Level.MUST,
        phase=Phase.EXPORTER,
        target=Target.REGISTRY,
        case="plain",
        outcome=outcome,
        message=message,
    )


def run(*results: Result, **changes: object) -> Run:
    """Make a run of results, with what a test wants different."""
    facts = {each.requirement: RequirementFacts("A statement.", "A source") for each in results}
    made = dataclasses.replace(RUN, results=results, requirements=facts)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def written(folder: Path, made: Run, name: str = "report.json") -> Path:
    """Write the results file of a run into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(dumps(made), encoding="utf-8")
    return path
