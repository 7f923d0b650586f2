"""A record that is written while the run goes on is the same as one that is written at its end."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_cnb_report.drive.build_cases import EXPORTER_CASES
from pytest_cnb_report.drive.situation import planned
from pytest_cnb_report.planning.gathered import Gathered, Gathering
from pytest_cnb_report.planning.plan import Scenario
from pytest_cnb_report.planning.record_ahead import RecordAhead
from pytest_cnb_report.planning.results import JudgedScenario
from pytest_cnb_report.record.file import read_record
from pytest_cnb_report.record.model import (
    RecordedLifecycle,
    RecordedRun,
    RecordedScenario,
    RepeatCommand,
)
from pytest_cnb_report.values import PLATFORM_APIS, Phase, Profile, Target

API = PLATFORM_APIS[-1]
RUN = RecordedRun(
    "suite",
    RecordedLifecycle("given", "directory"),
    API,
    Profile.RFC_0129_DRAFT,
    {},
    (Phase.EXPORTER,),
    seed=0,
    examples=1,
    started="2026-11-25T10:04:00Z",
    wall_s=1.0,
    repeat=RepeatCommand({}),
)


def gathered(number: int, error: str = "") -> Gathered:
    case = EXPORTER_CASES[number]
    scenario = Scenario(case, Target.REGISTRY, planned(case, Target.REGISTRY, API), ())
    recorded = RecordedScenario(case, Target.REGISTRY, (), error=error or None)
    return Gathering().take(JudgedScenario(scenario, recorded, (), {}))


PLANNED = tuple(gathered(number) for number in range(4))


def written(path: Path, order: Sequence[Gathered], came: Sequence[Gathered]) -> Sequence[Gathered]:
    """Write what came, and return the scenarios of the record, each as what came last of it."""
    latest = {each.scenario.id: each for each in came}
    in_order = [latest[each.scenario.id] for each in PLANNED if each.scenario.id in latest]
    with contextlib.closing(RecordAhead(each.scenario.id for each in order)) as ahead:
        for each in came:
            ahead.add(each)
        ahead.save(path, RUN, in_order)
        ahead.save(path.with_suffix(".copy"), RUN, in_order)
    assert path.read_bytes() == path.with_suffix(".copy").read_bytes()
    record = read_record(path)
    assert record.run == RUN
    assert [each.id for each in record.scenarios] == [each.scenario.id for each in in_order]
    assert [each.error for each in record.scenarios] == [each.load().error for each in in_order]
    return in_order


@pytest.mark.parametrize(
    "came",
    [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3), ()],
    ids=["in order", "the other way round", "not all of them", "none"],
)
def test_scenarios_are_in_the_order_of_the_plan(came: Sequence[int], tmp_path: Path) -> None:
    written(tmp_path / "record.xz", PLANNED, [PLANNED[number] for number in came])


def test_what_comes_again_takes_the_place_of_what_came_before(tmp_path: Path) -> None:
    again = gathered(1, error="it went wrong later")
    in_order = written(tmp_path / "record.xz", PLANNED, [*PLANNED, again])
    assert in_order[1] is again


def test_what_was_not_expected_is_in_it_too(tmp_path: Path) -> None:
    assert len(written(tmp_path / "record.xz", PLANNED[:2], PLANNED)) == len(PLANNED)


def test_it_can_be_left_before_anything_is_saved() -> None:
    with contextlib.closing(RecordAhead(each.scenario.id for each in PLANNED)) as ahead:
        ahead.add(PLANNED[1])
