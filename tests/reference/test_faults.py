"""Every fault is one mistake, said in one sentence, that known requirements catch."""

from __future__ import annotations

import inspect
import re

import pytest

from pytest_cnb_report.reference.entry import run
from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.reference.lifecycle import Lifecycle
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.values import Level

from .lab import Lab

NOT_BY_RUNNING = {"report.run-image.coherent"}
"""Judged where the run image is not the suite's own: no fault can show it."""


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_it_is_one_mistake(fault: Fault) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fault.name)
    assert fault.mistake.endswith(".")
    assert ". " not in fault.mistake
    overridden = [name for name, _ in inspect.getmembers(fault.part, inspect.isfunction)]
    own = [name for name in overridden if name in vars(fault.part) and not name.startswith("_")]
    assert len(own) <= 1, own
    usual, faulty = Lifecycle(), Lifecycle().with_part(fault.part)
    assert sum(one is not other for one, other in zip(usual, faulty, strict=True)) == 1


def test_there_are_as_many_as_were_promised() -> None:
    assert len(FAULTS) >= 120


def test_every_requirement_has_a_fault() -> None:
    known = {requirement.id for requirement in load_catalogue()}
    tripped = {identifier for fault in FAULTS.values() for identifier in fault.trips}
    assert tripped <= known
    assert known - tripped == NOT_BY_RUNNING


def test_every_must_has_a_fault_of_its_own_or_of_a_small_group() -> None:
    """What only a big group of requirements catches would leave open which of them works."""
    for requirement in load_catalogue():
        if requirement.level is Level.MUST and requirement.id not in NOT_BY_RUNNING:
            groups = [len(f.trips) for f in FAULTS.values() if requirement.id in f.trips]
            assert min(groups) <= 2, requirement.id


def test_a_fault_is_chosen_by_name(lab: Lab) -> None:
    lab.run_image("run/fault:1")
    lab.exported("app/fault:1", "run/fault:1")
    env = {"CNB_REFERENCE_FAULT": "no-report-after-rebase"}
    lab.report_path.unlink()
    assert lab.rebase("app/fault:1", env=env) == 0
    assert not lab.report_path.exists()
    assert lab.rebase("app/fault:1") == 0
    assert lab.report_path.exists()


def test_every_fault_still_speaks_its_platform_api() -> None:
    for name in FAULTS:
        assert run(["rebaser"], {"CNB_PLATFORM_API": "0.14", "CNB_REFERENCE_FAULT": name}) == 3
