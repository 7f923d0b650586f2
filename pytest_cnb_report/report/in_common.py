"""What scenarios that fail have in common, and those that pass have not."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

from pytest_cnb_report.report.aggregate import Distinct
from pytest_cnb_report.report.results import Result, Run
from pytest_cnb_report.scenarios.in_words import value_in_words
from pytest_cnb_report.values import Outcome

Value: TypeAlias = "tuple[str, str]"
"""A dimension of the space of scenarios, and the value that a scenario has there."""

FEWEST_FOR_TWO = 3
"""Failing scenarios from which on two values together are told: fewer ones share some by chance."""

MOST_ALTERNATIVES = 4
"""Values of which each failing scenario has one."""


def told_apart(
    failing: Sequence[Mapping[str, str]],
    passing: Sequence[Mapping[str, str]],
    said: Callable[[str, str], str] = "{} {}".format,
) -> str:
    """Say what all failing scenarios have and no passing one has, in the fewest values.

    Either values that all of them have together, or values of which each has one; `said` puts a
    dimension and its value into words. Empty where there are none or where others would do as well,
    as a cause that is guessed is worse than none; and where nothing passed: then everything fails.
    """
    if not failing or not passing:
        return ""
    first, *others = failing
    shared = [item for item in first.items() if all(item in o.items() for o in others)]
    for count in (1, 2) if len(failing) >= FEWEST_FOR_TWO else (1,):
        found = [
            chosen
            for chosen in combinations(shared, count)
            if not any(all(item in point.items() for item in chosen) for point in passing)
        ]
        if found:
            return " and ".join(said(*each) for each in found[0]) if len(found) == 1 else ""
    return " or ".join(said(*each) for each in _one_of(failing, passing))


def _one_of(
    failing: Sequence[Mapping[str, str]], passing: Sequence[Mapping[str, str]]
) -> tuple[Value, ...]:
    """Return a few values of which every failing scenario has one, and that no passing one has."""
    harmless = {item for point in passing for item in point.items()}
    left = [set(point.items()) - harmless for point in failing]
    chosen: list[Value] = []
    while left and len(chosen) < MOST_ALTERNATIVES:
        counts = Counter(sorted(item for items in left for item in items))
        if not counts:
            return ()
        best = counts.most_common(1)[0][0]
        chosen.append(best)
        left = [items for items in left if best not in items]
    return () if left else tuple(chosen)


def in_common(told: Distinct, run: Run) -> str:
    """Say what tells the scenarios of a finding from those on which its requirement is met.

    Only scenarios of the tables count: what is made by hand has no place in the space. Empty where
    nothing tells them apart.
    """
    first = told.first
    places = {(place.phase, place.target) for place in told.places}
    met = [
        result
        for result in run.results
        if result.requirement == first.requirement
        and result.outcome is Outcome.PASS
        and (result.phase, result.target) in places
    ]
    said = functools.partial(value_in_words, first.phase)
    return told_apart(_points(told.results, run), _points(met, run), said)


def _points(results: Iterable[Result], run: Run) -> list[Mapping[str, str]]:
    found = (run.scenarios.get(f"{each.phase.value}/{each.case}") for each in results)
    return [scenario.point for scenario in found if scenario is not None and scenario.point]
