"""The reference lifecycle meets everything, at each platform API and in each profile there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.selftest.chosen_cases import Place
from pytest_cnb_report.selftest.fault_runner import Prover, prover
from pytest_cnb_report.values import PLATFORM_APIS, PlatformApi, Profile, Target


@pytest.fixture(scope="module")
def proving() -> Iterator[Prover]:
    with prover() as proving:
        yield proving


@pytest.mark.parametrize("profile", Profile, ids=str)
@pytest.mark.parametrize("api", PLATFORM_APIS, ids=str)
def test_at_the_registry(proving: Prover, api: PlatformApi, profile: Profile) -> None:
    trial = proving.right(Place(api, profile, Target.REGISTRY))
    assert (trial.errors, trial.trips) == ((), ())
    assert trial.calls > 90
