"""The reference lifecycle meets everything at a daemon too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.scenarios.tables import RANGES
from pytest_cnb_report.selftest.chosen_cases import Place
from pytest_cnb_report.selftest.fault_runner import DaemonPlace, Prover, prover
from pytest_cnb_report.values import PLATFORM_APIS, PlatformApi, Profile, Target

pytestmark = pytest.mark.daemon


@pytest.fixture(scope="module")
def proving(daemon: Daemon) -> Iterator[Prover]:
    with prover(DaemonPlace(daemon.address, daemon.prefix, daemon.environment)) as proving:
        yield proving


NEWEST = PLATFORM_APIS[-1]
PLACES = [
    *((api, Profile.RFC_0129_DRAFT) for api in RANGES),
    *((NEWEST, profile) for profile in Profile if profile is not Profile.RFC_0129_DRAFT),
]
"""A platform API for each table of scenarios, and every profile but the one that tox runs in
full; all pairs of platform APIs and profiles are tried at the registry."""


@pytest.mark.parametrize(("api", "profile"), PLACES, ids=str)
def test_everything_is_met(proving: Prover, api: PlatformApi, profile: Profile) -> None:
    trial = proving.right(Place(api, profile, Target.DAEMON))
    assert (trial.errors, trial.trips) == ((), ())
    assert trial.calls > 20
