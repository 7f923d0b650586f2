"""The reference lifecycle meets everything, at each platform API and in each profile there is.

The suite itself is carried out on all scenarios of one place, by tox. Here each place has its share
of the rows of the tables, and together they have every row.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.scenarios.tables import range_of
from pytest_cnb_report.selftest.affected_phases import JUDGED_PHASES
from pytest_cnb_report.selftest.chosen_cases import Judged, Place, every_case
from pytest_cnb_report.selftest.fault_runner import Prover, prover
from pytest_cnb_report.values import PLATFORM_APIS, Profile, Target


@pytest.fixture(scope="module")
def proving() -> Iterator[Prover]:
    with prover() as proving:
        yield proving


PLACES = [Place(api, profile, Target.REGISTRY) for api in PLATFORM_APIS for profile in Profile]
SHARES = 15
"""The rows of a table are shared by so many places, or by fewer where fewer have that table."""
PROFILES = tuple(Profile)


def share(place: Place) -> tuple[Judged, ...]:
    """Return the place's share of the rows, and its platform API's of what no table covers."""
    every = every_case(place, JUDGED_PHASES, examples=2)
    same = [each for each in PLACES if range_of(each.platform_api) == range_of(place.platform_api)]
    shares = min(SHARES, len(same))
    first = same.index(place) % shares
    by_hand = tuple(each for each in every if not (each.case.point or each.case.covered))
    third = by_hand[PROFILES.index(place.profile) :: len(PROFILES)]
    return third + tuple(each for each in every if each.case.point)[first::shares]


@pytest.mark.parametrize("place", PLACES, ids=lambda p: f"{p.platform_api}-{p.profile}")
def test_at_the_registry(proving: Prover, place: Place) -> None:
    trial = proving.right_on(place, share(place))
    assert (trial.errors, trial.trips) == ((), ())
    assert trial.calls > 20
