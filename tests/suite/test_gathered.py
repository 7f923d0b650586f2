"""Large scenarios wait on disk for the files of the run, and come back as they were."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from pytest_cnb_report.planning.gathered import Gathering, bytes_in
from pytest_cnb_report.planning.results import JudgedScenario
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.values import Target
from requirements.observations import recorded

ONE = recorded("draft", "rebaser-plain")
TWO = replace(ONE, case="another")


def judged() -> JudgedScenario:
    case: Any = None  # nothing looks at it
    scenario = RecordedScenario(case, Target.REGISTRY, (ONE, TWO), calls=(0.5, 0.25))
    return JudgedScenario(case, scenario, (), {"key/1": TWO})


def test_a_small_scenario_stays_in_memory() -> None:
    size = bytes_in(ONE) + bytes_in(TWO)
    gathered = Gathering(large=size).take(judged())
    assert gathered.load().observations[0] is ONE
    assert gathered.shown()["key/1"] is TWO


def test_a_large_scenario_is_loaded_each_time() -> None:
    gathering = Gathering(large=bytes_in(ONE))
    first, second = gathering.take(judged()), gathering.take(judged())
    for gathered in (second, first, second):
        loaded = gathered.load()
        assert loaded == judged().recorded
        assert loaded.observations[0] is not ONE
        assert gathered.shown() == {"key/1": TWO}
        assert gathered.calls == (0.5, 0.25)


def test_one_is_loaded_while_others_are_stored() -> None:
    """The record is written in another thread while the run goes on."""
    gathering = Gathering(large=0)
    first = gathering.take(judged())
    with ThreadPoolExecutor(2) as threads:
        loads = [threads.submit(first.load) for _ in range(100)]
        others = [gathering.take(judged()) for _ in range(100)]
    expected = judged().recorded
    assert all(load.result() == expected for load in loads)
    assert all(other.load() == expected for other in others)


def test_without_room_on_disk_it_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert Gathering(large=0).take(judged()).load().observations[0] is ONE
