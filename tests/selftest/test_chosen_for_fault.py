"""The few scenarios of a fault: those that it is about, and nearly every value of the space."""

from __future__ import annotations

import pytest

from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.scenarios.tables import SPACES
from pytest_cnb_report.selftest.affected_phases import phases_reached
from pytest_cnb_report.selftest.chosen_cases import Judged, every_case
from pytest_cnb_report.selftest.chosen_for_fault import MOST, chosen_for_fault
from pytest_cnb_report.selftest.fault_runner import FEW_EXAMPLES, place_of
from pytest_cnb_report.values import Phase

SOME = ("run-image-moved", "report-cut-short", "old-base-kept", "unlisted-accepted")


def about(name: str) -> tuple[Judged, ...]:
    fault = FAULTS[name]
    return every_case(place_of(fault), phases_reached(fault.part), FEW_EXAMPLES)


@pytest.mark.parametrize("name", SOME)
def test_they_are_few_and_have_nearly_every_value(name: str) -> None:
    every, trips = about(name), FAULTS[name].trips
    chosen = chosen_for_fault(every, trips)
    assert 0 < len(chosen) <= MOST < len(every)
    assert [each for each in every if each in chosen] == list(chosen)
    possible = values(judged_by(every, trips))
    assert len(possible - values(chosen)) <= len(possible) / 20


def judged(each: Judged) -> set[str]:
    return {requirement.id for requirement in each.requirements}


def judged_by(cases: tuple[Judged, ...], trips: frozenset[str]) -> tuple[Judged, ...]:
    return tuple(each for each in cases if trips & judged(each) and not each.drawn)


RARE = frozenset[tuple[str, str]]().union(*(space.rare for space in SPACES.values()))


def values(cases: tuple[Judged, ...]) -> set[tuple[object, ...]]:
    return {
        (each.case.phase is Phase.REBASER, *item)
        for each in cases
        for item in each.case.point.items()
        if item not in RARE
    }


def test_what_few_cases_are_about_is_judged_on_all_of_them() -> None:
    trips = {"report.replaces-existing"}
    every = about("report-not-truncated")
    by_hand = [each for each in judged_by(every, frozenset(trips)) if not each.case.point]
    chosen = chosen_for_fault(every, trips)
    assert all(each in chosen for each in by_hand[:4])


def test_generated_scenarios_stay() -> None:
    every = about("old-base-kept")
    drawn = [each for each in every if each.drawn]
    assert len(drawn) == 2 * FEW_EXAMPLES
    assert set(map(id, drawn)) <= set(map(id, chosen_for_fault(every, {"rebase.layers"})))


def test_where_nothing_is_about_it_everything_is_judged_once() -> None:
    every = about("old-base-kept")
    chosen = chosen_for_fault(every, {"no.such.requirement"})
    assert {r for each in chosen for r in judged(each)} == {
        r for each in every for r in judged(each)
    }
