"""A requirement is there with its rule, its cases and its fault, or not at all."""

from __future__ import annotations

import functools

import pytest

from pytest_cnb_report.planning.plan import Plan, plan
from pytest_cnb_report.planning.settings import JUDGED_PHASES
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.requirements.rules import RULES
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Level, PlatformApi, Profile, Target

PROVEN_BY_VECTORS = {"report.run-image.coherent"}
"""Judged only where the run image is not the suite's own, on `check-report`'s path."""

REQUIREMENTS = tuple(load_catalogue())


OLDER = {"rebase.unlisted.permitted": PlatformApi(0, 11)}
"""The newest platform API of those that ask for what newer ones forbid."""


@functools.cache
def everything(profile: Profile, api: PlatformApi) -> Plan:
    return plan(
        load_catalogue(),
        phases=JUDGED_PHASES,
        targets=tuple(Target),
        platform_api=api,
        text=load_text(profile),
    )


def test_every_requirement_has_a_rule_and_every_rule_a_requirement() -> None:
    assert sorted(RULES) == sorted(requirement.id for requirement in REQUIREMENTS)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.id)
def test_every_requirement_is_judged_on_a_case_wherever_it_applies(
    requirement: Requirement,
) -> None:
    api = OLDER.get(requirement.id, PlatformApi(0, 15))
    judged = {
        (scenario.phase, scenario.target)
        for profile in Profile
        for scenario in everything(profile, api).scenarios
        if requirement in scenario.requirements
    }
    if requirement.id in PROVEN_BY_VECTORS:
        assert judged == set()
        return
    expected = {(p, t) for p in requirement.phases for t in requirement.targets}
    assert judged == expected


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.id)
def test_every_requirement_has_a_fault_that_it_must_catch(requirement: Requirement) -> None:
    catching = [fault.name for fault in FAULTS.values() if requirement.id in fault.trips]
    assert catching or requirement.id in PROVEN_BY_VECTORS


def test_faults_name_requirements_that_there_are() -> None:
    known = {requirement.id for requirement in REQUIREMENTS}
    assert {name for fault in FAULTS.values() for name in fault.trips} <= known


@pytest.mark.parametrize(
    "requirement",
    [r for r in REQUIREMENTS if r.level is not Level.MAY],
    ids=lambda requirement: requirement.id,
)
def test_every_must_has_a_fault_that_only_it_catches(requirement: Requirement) -> None:
    observing = {r.id for r in REQUIREMENTS if r.level is Level.MAY}
    assert requirement.id in PROVEN_BY_VECTORS or any(
        fault.trips - observing == {requirement.id} for fault in FAULTS.values()
    )
