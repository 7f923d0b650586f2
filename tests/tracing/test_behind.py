"""Which recorded runs say something of a sentence."""

from __future__ import annotations

from pytest_cnb_report.trace.behind import RunOutcomes, judged_by_text
from pytest_cnb_report.values import Outcome, PlatformApi, Profile, Target

OLD, NEW = PlatformApi(0, 9), PlatformApi(0, 14)
DRAFT, APPROVED = Profile.RFC_0129_DRAFT, Profile.RFC_0129


def run(api: PlatformApi, profile: Profile) -> RunOutcomes:
    counts = {Outcome.PASS: 1}
    return RunOutcomes("a", api, profile, (Target.REGISTRY,), "2025-11-21T10:04:00Z", counts)


RUNS = (run(OLD, DRAFT), run(NEW, DRAFT), run(NEW, APPROVED))


def test_runs_at_a_platform_api_whose_text_has_it() -> None:
    assert judged_by_text(RUNS, (NEW,), None) == RUNS[1:]
    assert judged_by_text(RUNS, (), None) == RUNS


def test_runs_by_the_profile_that_a_text_belongs_to() -> None:
    assert judged_by_text(RUNS, (), APPROVED) == RUNS[2:]
    assert judged_by_text(RUNS, (), DRAFT) == RUNS[:2]
