"""Whether an effect would be noticed under every condition: which pairs of values leave a gap.

Rules judge scenario by scenario. So a lifecycle that makes a mistake under a condition alone is
caught where, and only where, at least one scenario in which the condition holds is failed by the
lifecycle that makes it always (and is met by the right one). Nothing has to be run again for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pytest_cnb_report.drive.cases import Expect

Point: TypeAlias = Mapping[str, str]
"""The name of a value for each dimension, by the dimension's name; part of it is a condition."""

Condition: TypeAlias = frozenset[tuple[str, str]]
"""One dimension with a value, or two of them."""


@dataclass(frozen=True)
class Space:
    """What can vary: the values of each dimension, and which of them go together.

    `feasible` says of part of a point whether there is a scenario that has these values and has to
    end so.
    """

    dimensions: Mapping[str, Sequence[str]]
    feasible: Callable[[Point, Expect], bool]
    rare: frozenset[tuple[str, str]] = frozenset()
    """Values that no table has beside each of the others: they are conditions alone."""

    def conditions(self) -> Iterator[Condition]:
        """Return every value, and every pair of values of two dimensions, feasible or not.

        Without the pairs of rare values.
        """
        for one, values in self.dimensions.items():
            yield from (frozenset({(one, value)}) for value in values)
        for one, other in itertools.combinations(self.dimensions, 2):
            for pair in itertools.product(self.dimensions[one], self.dimensions[other]):
                condition = frozenset(zip((one, other), pair, strict=True))
                if not condition & self.rare:
                    yield condition


@dataclass(frozen=True)
class ShowsOnly:
    """An effect shows for sure only where a dimension has one of these values, and why that is.

    Where it `may_elsewhere`, it is no contradiction that it was caught with another value.
    """

    dimension: str
    values: frozenset[str]
    because: str
    may_elsewhere: bool = False


@dataclass(frozen=True)
class HiddenAt:
    """A value, or a pair of values, under which an effect does not show, and why that is."""

    values: Point
    because: str


@dataclass(frozen=True)
class Coverage:
    """Under which conditions an effect is caught, under which it is not, and where it cannot be.

    `hidden` are the conditions that are feasible and under which the effect cannot show, with the
    reason; of a value with which it cannot, the pairs are left out. `contradicted` are conditions
    and scenarios at which it was caught all the same.
    """

    caught: frozenset[Condition]
    gaps: frozenset[Condition]
    hidden: Mapping[Condition, str]
    contradicted: tuple[str, ...] = ()

    def counts(self, size: int) -> tuple[int, int]:
        """Return of how many conditions of so many values it is caught, and of how many not."""
        return sum(len(c) == size for c in self.caught), sum(len(c) == size for c in self.gaps)


def conditions_at(point: Point) -> Iterator[Condition]:
    """Return the conditions of one and of two values that hold at a point."""
    for size in (1, 2):
        yield from map(frozenset, itertools.combinations(point.items(), size))


def coverage(
    space: Space,
    caught_at: Mapping[str, Point],
    *,
    ends: Expect,
    only: Sequence[ShowsOnly] = (),
    hidden: Sequence[HiddenAt] = (),
) -> Coverage:
    """Compare the scenarios at which an effect was caught, by name, with what has to be covered.

    `ends` is how a call has to end for the effect to show.
    """
    unknown = {each.dimension for each in only} - set(space.dimensions)
    if unknown:
        raise ValueError(f"the space has no dimension {', '.join(sorted(unknown))}")
    excused = {frozenset(each.values.items()): each.because for each in hidden}
    every = tuple(space.conditions())
    held = {condition for point in caught_at.values() for condition in conditions_at(point)}
    gaps: set[Condition] = set()
    cannot: dict[Condition, str] = {}
    out: set[tuple[str, str]] = set()
    for condition in every:  # values first: what cannot be with one, cannot be with its pairs
        if condition in held or condition & out:
            continue
        if space.feasible(dict(condition), ends):
            because = excused.get(condition) or _why_hidden(condition, only, space, ends)
            if not because:
                gaps.add(condition)
                continue
            cannot[condition] = because
        if len(condition) == 1:
            out |= condition
    return Coverage(
        frozenset(every) & held, frozenset(gaps), cannot, _contradicted(caught_at, only, hidden)
    )


def _why_hidden(
    condition: Condition,
    only: Sequence[ShowsOnly],
    space: Space,
    ends: Expect,
) -> str:
    """Say why an effect cannot show under a condition; empty where it can."""

    def shows(where: Sequence[ShowsOnly]) -> bool:
        given = dict(condition)
        choices = (
            [
                (each.dimension, value)
                for value in space.dimensions[each.dimension]
                if value in each.values and given.get(each.dimension, value) == value
            ]
            for each in where
        )
        ways = map(condition.union, itertools.product(*choices))
        return any(space.feasible(dict(way), ends) for way in ways)

    if shows(only):
        return ""
    alone = [each.because for each in only if not shows([each])]
    return " and ".join(alone or [each.because for each in only])


def _contradicted(
    caught_at: Mapping[str, Point], only: Sequence[ShowsOnly], hidden: Sequence[HiddenAt]
) -> tuple[str, ...]:
    """Say where an effect was caught although it is said not to show there."""

    def told() -> Iterator[str]:
        for name, point in caught_at.items():
            for each in only:
                if not each.may_elsewhere and point.get(each.dimension) not in each.values:
                    yield f"{name}, although {each.because}"
            for excuse in hidden:
                if excuse.values.items() <= point.items():
                    yield f"{name}, although {excuse.because}"

    return tuple(told())


def in_words(condition: Iterable[tuple[str, str]]) -> str:
    """Write a condition for a reader."""
    return " and ".join(f"{dimension} = {value}" for dimension, value in sorted(condition))
