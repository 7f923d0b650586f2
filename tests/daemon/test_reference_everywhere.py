"""The reference lifecycle meets everything at a daemon too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.scenarios.tables import RANGES, range_of
from pytest_cnb_report.selftest.affected_phases import JUDGED_PHASES
from pytest_cnb_report.selftest.chosen_cases import Place, few_cases
from pytest_cnb_report.selftest.fault_runner import DaemonPlace, Prover, prover
from pytest_cnb_report.values import PLATFORM_APIS, Profile, Target

pytestmark = pytest.mark.daemon


@pytest.fixture(scope="module")
def proving(daemon: Daemon) -> Iterator[Prover]:
    with prover(DaemonPlace(daemon.address, daemon.prefix, daemon.environment)) as proving:
        yield proving


NEWEST = PLATFORM_APIS[-1]
PLACES = [
    Place(api, profile, Target.DAEMON)
    for api, profile in (
        *((api, Profile.RFC_0129_DRAFT) for api in RANGES),
        *((NEWEST, profile) for profile in Profile),
    )
]
"""A platform API for each table of scenarios, and every profile; all pairs of platform APIs and
profiles are tried at the registry."""


@pytest.mark.parametrize("place", PLACES, ids=lambda p: f"{p.platform_api}-{p.profile}")
def test_everything_is_met(proving: Prover, place: Place) -> None:
    same = [each for each in PLACES if range_of(each.platform_api) == range_of(place.platform_api)]
    few = few_cases(place, JUDGED_PHASES)
    # places with the same table share its rows
    trial = proving.right_on(place, few[same.index(place) :: len(same)])
    assert (trial.errors, trial.trips) == ((), ())
    assert trial.calls > 10
