"""The reference lifecycle meets everything at a daemon too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.scenarios.tables import RANGES
from pytest_cnb_report.selftest.affected_phases import JUDGED_PHASES
from pytest_cnb_report.selftest.chosen_cases import Place, every_case
from pytest_cnb_report.selftest.fault_runner import DaemonPlace, Prover, prover
from pytest_cnb_report.selftest.trial import Trial
from pytest_cnb_report.values import PLATFORM_APIS, PlatformApi, Profile, Target

pytestmark = pytest.mark.daemon


@pytest.fixture(scope="module")
def proving(daemon: Daemon) -> Iterator[Prover]:
    with prover(DaemonPlace(daemon.address, daemon.prefix, daemon.environment)) as proving:
        yield proving


NEWEST = PLATFORM_APIS[-1]
SHARE = 4
"""Where the lifecycle only writes another layout, one row of so many is tried."""


def everything_met(trial: Trial) -> None:
    assert (trial.errors, trial.trips) == ((), ())
    assert trial.calls > 20


@pytest.mark.parametrize("api", RANGES, ids=str)
def test_each_table_of_scenarios_is_met(proving: Prover, api: PlatformApi) -> None:
    everything_met(proving.right(Place(api, Profile.RFC_0129_DRAFT, Target.DAEMON)))


@pytest.mark.parametrize("profile", [p for p in Profile if p is not Profile.RFC_0129_DRAFT])
def test_each_profile_is_met(proving: Prover, profile: Profile) -> None:
    place = Place(NEWEST, profile, Target.DAEMON)
    every = every_case(place, JUDGED_PHASES, examples=2)
    rows = tuple(each for each in every if each.case.point)[::SHARE]
    everything_met(proving.right_on(place, rows))
