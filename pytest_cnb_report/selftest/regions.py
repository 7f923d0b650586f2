"""Where conditions are proven: the spaces of scenarios at each place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_cnb_report.drive.cases import Case, Expect
from pytest_cnb_report.platform_apis import STACK_COMPARED_UNTIL
from pytest_cnb_report.scenarios import space as scenarios
from pytest_cnb_report.scenarios.build_space import BUILDS
from pytest_cnb_report.scenarios.feasible import completed
from pytest_cnb_report.scenarios.rebase_space import REBASES
from pytest_cnb_report.selftest.chosen_cases import Place, every_case
from pytest_cnb_report.selftest.condition_proof import Region
from pytest_cnb_report.selftest.conditions import Condition, Point, Space, conditions_at
from pytest_cnb_report.values import PLATFORM_APIS, Phase, Profile, Target

PLACES = tuple(
    Place(api, Profile.RFC_0129_DRAFT, Target.REGISTRY)
    for api in (PLATFORM_APIS[-1], STACK_COMPARED_UNTIL)
)
"""The newest platform API, and the last one before run.toml and a rebaser's refusals."""

SPACES = {(Phase.EXPORTER, Phase.CREATOR): BUILDS, (Phase.REBASER,): REBASES}
"""In which space the scenarios of these phases are."""


def regions() -> tuple[Region, ...]:
    """Return both spaces at every place."""
    return tuple(
        region_of(place, phases, _space_at(place, space), lambda case: case.point)
        for place in PLACES
        for phases, space in SPACES.items()
    )


def _space_at(place: Place, whole: scenarios.Space) -> Space:
    """Return what exists of a space at a place."""
    space = whole.at(place.target, place.platform_api)
    dimensions = {
        each.name: tuple(value.name for value in each.values) for each in space.dimensions
    }

    def feasible(part: Point, ends: Expect) -> bool:
        return completed(space, part, ends) is not None

    return Space(dimensions, feasible, space.rare)


def region_of(
    place: Place, phases: tuple[Phase, ...], space: Space, point_of: Callable[[Case], Point]
) -> Region:
    """Return the space of some phases with those of its cases at a place that have a point in it.

    What a scenario has is feasible without a search, and what was searched for is remembered.
    """
    cases = [each.case for each in every_case(place, phases) if point_of(each.case)]
    known: dict[tuple[Condition, Expect], bool] = {
        (condition, case.expect): True
        for case in cases
        for condition in conditions_at(point_of(case))
    }

    def feasible(part: Point, ends: Expect) -> bool:
        key = (frozenset(part.items()), ends)
        if key not in known:
            known[key] = space.feasible(part, ends)
        return known[key]

    points = {case.name: point_of(case) for case in cases}
    return Region(place, phases, replace(space, feasible=feasible), points)
