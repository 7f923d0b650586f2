"""The reference lifecycle meets everything at a daemon too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.daemon.engine import Daemon
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
    *((api, Profile.RFC_0129_DRAFT) for api in PLATFORM_APIS),
    *((NEWEST, profile) for profile in Profile if profile is not Profile.RFC_0129_DRAFT),
]
"""Every platform API, and every profile; all pairs of them are tried at the registry."""


@pytest.mark.parametrize(("api", "profile"), PLACES, ids=str)
def test_everything_is_met(proving: Prover, api: PlatformApi, profile: Profile) -> None:
    trial = proving.right(Place(api, profile, Target.DAEMON))
    assert (trial.errors, trial.trips) == ((), ())
    assert trial.calls > 20
