"""Where conditions are proven: the space of scenarios at each place, phase by phase."""

from __future__ import annotations

from collections.abc import Callable

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.selftest.chosen_cases import Place, every_case
from pytest_cnb_report.selftest.condition_proof import Region
from pytest_cnb_report.selftest.conditions import Point, Space
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi, Profile, Target

PLACES = tuple(
    Place(api, Profile.RFC_0129_DRAFT, Target.REGISTRY)
    for api in (PLATFORM_APIS[-1], PlatformApi(0, 11))
)
"""The newest platform API, and the last one at which a rebase refuses nothing."""


def regions() -> tuple[Region, ...]:
    """Return every phase's space at every place; none while no case has a point in one."""
    return ()


def region_of(
    place: Place, phase: Phase, space: Space, point_of: Callable[[Case], Point]
) -> Region:
    """Return the space of a phase with those of its cases at a place that have a point in it."""
    points = {each.case.name: point_of(each.case) for each in every_case(place, (phase,))}
    return Region(place, phase, space, {name: point for name, point in points.items() if point})
