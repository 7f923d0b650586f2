"""What scenarios that fail have in common, and those that pass have not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

from pytest_cnb_report.report.aggregate import Distinct
from pytest_cnb_report.report.results import Result, Run
from pytest_cnb_report.values import Outcome

Value: TypeAlias = "tuple[str, str]"
"""A dimension of the space of scenarios, and the value that a scenario has there."""

MOST_VALUES = 2
"""Values that are looked for together."""


def told_apart(
    failing: Sequence[Mapping[str, str]], passing: Sequence[Mapping[str, str]]
) -> tuple[Value, ...]:
    """Return the fewest values that all failing scenarios have together and no passing one has.

    Empty where there are none, and where nothing passed: then everything fails.
    """
    if not failing or not passing:
        return ()
    first, *others = failing
    shared = [item for item in first.items() if all(item in o.items() for o in others)]
    for count in range(1, MOST_VALUES + 1):
        for chosen in combinations(shared, count):
            if not any(all(item in point.items() for item in chosen) for point in passing):
                return chosen
    return ()


def in_common(told: Distinct, run: Run) -> tuple[Value, ...]:
    """Return what tells the scenarios of a finding from those on which its requirement is met.

    Only scenarios of the tables count: what is made by hand has no place in the space.
    """
    first = told.first
    places = set(told.places)
    met = [
        result
        for result in run.results
        if result.requirement == first.requirement
        and result.outcome is Outcome.PASS
        and (result.phase, result.target) in {(p.phase, p.target) for p in places}
    ]
    return told_apart(_points(told.results, run), _points(met, run))


def in_words(values: Iterable[Value]) -> str:
    """Return values as text, such as `old-history none, force flag`."""
    return ", ".join(f"{dimension} {value}" for dimension, value in values)


def _points(results: Iterable[Result], run: Run) -> list[Mapping[str, str]]:
    found = (run.scenarios.get(f"{each.phase.value}/{each.case}") for each in results)
    return [scenario.point for scenario in found if scenario is not None and scenario.point]
