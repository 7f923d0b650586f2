"""Which few of all scenarios a fault is tried on.

Those that its requirements are about, and rows in which nearly every value of the space occurs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from pytest_cnb_report.selftest.chosen_cases import Judged
from pytest_cnb_report.values import Phase

MOST = 20
"""Scenarios that a fault is tried on, the generated ones among them."""

MOST_AT_DAEMON = 8
"""The same at a daemon, where a rebase takes twenty times as long."""

FEW = 4
"""A requirement that is judged on no more cases than this has them to itself."""

Key: TypeAlias = tuple[Phase, str]
"""The phase and the name of a scenario."""

Trait: TypeAlias = Hashable
"""Something about a scenario that another one has not."""


def chosen_for_fault(
    every: Sequence[Judged],
    trips: Collection[str],
    named: Collection[str] = (),
    *,
    most: int = MOST,
) -> tuple[Judged, ...]:
    """Return at most so many scenarios for a fault that breaks the requirements `trips`.

    Generated scenarios stay, and those that are `named`. Of the cases made by hand to which the
    requirements apply, and which few others are about, all are taken; then rows of the tables until
    every value of every dimension occurs, those with the most new values first; then cases made by
    hand that differ in what is judged on them, one case for everything else that is judged, and
    further ones made by hand, the most different first. The order is kept.
    """
    about = [each for each in every if _judged(each) & set(trips)]
    by_hand = [each for each in about if not each.case.point and not each.drawn]
    rows = [each for each in about if each.case.point and not each.drawn]
    first = [each for each in every if each.drawn or each.case.name in named]
    first += _rarely_judged(by_hand, trips)
    chosen = dict(list({each.id: each for each in first}.items())[:most])
    _add_different(chosen, most, rows, _values, among=about)
    _add_different(chosen, most, by_hand, _requirements, among=about)
    # what else the fault might break shows where something else is judged
    _add_different(chosen, most, every, _requirements, among=every)
    _add_different(chosen, most, by_hand, _asked, among=by_hand)
    return tuple(each for each in every if each.id in chosen)


def _add_different(
    chosen: dict[Key, Judged],
    most: int,
    more: Sequence[Judged],
    traits: Callable[[Judged], Iterable[Trait]],
    *,
    among: Sequence[Judged],
) -> None:
    """Add scenarios greedily as long as they have traits that none of the chosen `among` has."""
    counted = (each for each in among if each.id in chosen)
    seen = {trait for each in counted for trait in traits(each)}
    left = {each.id: (each, set(traits(each)) - seen) for each in more}
    while left and len(chosen) < most:
        key, (best, new) = max(left.items(), key=lambda item: len(item[1][1]))
        if not new:
            return
        chosen[key] = best
        left = {k: (each, rest - new) for k, (each, rest) in left.items() if k != key}


def _judged(each: Judged) -> frozenset[str]:
    return frozenset(requirement.id for requirement in each.requirements)


def _rarely_judged(cases: Sequence[Judged], trips: Collection[str]) -> list[Judged]:
    """Return every case of those requirements that have few."""
    number = {trip: sum(trip in _judged(each) for each in cases) for trip in trips}
    rare = {trip for trip in trips if number[trip] <= FEW}
    return [each for each in cases if _judged(each) & rare]


def _requirements(each: Judged) -> Iterable[Trait]:
    return {(each.case.phase, requirement) for requirement in _judged(each)}


def _values(each: Judged) -> Iterable[Trait]:
    # exporter and creator share a space, and what a fault of both is about shows in either
    space = "rebase" if each.case.phase is Phase.REBASER else "build"
    return {(space, *item) for item in each.case.point.items()}


def _asked(each: Judged) -> Iterable[Trait]:
    return {(each.case.phase, *leaf) for leaf in _leaves("", each.case.ask)}


def _leaves(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Return everything that is asked, field by field."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _leaves(f"{name}.{field.name}", getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{name}.{key}", item)
    else:
        yield name, repr(value)
