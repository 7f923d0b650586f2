"""The page of `python -m benchmarks` says what was measured, how it varied, and what was not."""

from __future__ import annotations

import sys
from pathlib import Path

from pytest_cnb_report.drive.rebase_cases import REBASER_CASES
from pytest_cnb_report.drive.situation import planned
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.record.model import RecordedLifecycle, RecordedRun, RepeatCommand
from pytest_cnb_report.values import PLATFORM_APIS, Phase, Profile, Target

sys.path.append(str(Path(__file__).parents[2]))  # behind all that is installed

from benchmarks.bare import BareCall, shares
from benchmarks.page import Figure, Machine, page

RUN = RecordedRun(
    "suite",
    RecordedLifecycle("given", "directory", version="0.20.20"),
    PLATFORM_APIS[-1],
    Profile.PLATFORM_SPEC,
    {},
    (Phase.REBASER,),
    seed=0,
    examples=50,
    started="2026-11-25T10:04:00Z",
    wall_s=1.0,
    repeat=RepeatCommand({}),
)


def machine(load: float) -> Machine:
    return Machine("a processor", 2, 8.2, "Linux 6.1", "3.11.7", load)


def test_a_figure_has_its_median_spread_and_aim() -> None:
    met = Figure("one", "a run ÷ its calls", "", 1.08, values=[1.02, 1.04, 1.2])
    missed = Figure("files", "files", "s", 2.0, "two files", values=[3.0])
    text = page(RUN, machine(0.1), [met, missed], {})
    assert "| a run ÷ its calls | 1.04 | 1.02 | 1.20 | 3 | ≤ 1.08 ✓ |" in text
    assert "| files | 3.00 s | 3.00 s | 3.00 s | 1 | ≤ 2 s ✗ |" in text
    assert "- files: two files." in text
    assert "Not measured" not in text
    assert "lifecycle 0.20.20, platform API 0.15, profile platform-spec" in text
    assert "busy" not in text


def test_what_was_not_measured_is_named_and_a_busy_machine_too() -> None:
    figure = Figure("one", "a run ÷ its calls", "", values=[1.0])
    text = page(RUN, machine(7.0), [figure], {"`docker-registry`": "there is no such program"})
    assert "- `docker-registry`: there is no such program." in text
    assert "busy: take these figures for upper bounds" in text


def test_calls_at_one_registry_stay_in_one_loop() -> None:
    case = REBASER_CASES[0]
    situation = planned(case, Target.REGISTRY, RUN.platform_api)
    observation = Observation(case.name, situation)
    calls = [BareCall(observation, port, 1.0, 0) for port in (1, 1, 1, 2, 3, 3)]
    ports = [{each.port for each in loop} for loop in shares(calls, 2)]
    assert ports == [{1}, {2, 3}]
    assert [len(loop) for loop in shares(calls, 8)] == [3, 2, 1]
