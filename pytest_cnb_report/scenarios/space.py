"""What a space of scenarios is: dimensions, what excludes what, and what has to come of a point.

A point gives every dimension one value. Whatever is said about points is data: a `Never` excludes
a combination, and a `Cause` makes a refusal of what would have been a success.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pytest_cnb_report.drive.cases import EVERY_TARGET, Expect
from pytest_cnb_report.values import PlatformApi, Target

Point: TypeAlias = Mapping[str, str]
"""The name of a value for each dimension, by the dimension's name."""


@dataclass(frozen=True)
class Value:
    """One value of a dimension, with a few words on it for the reader.

    `since` and `until` (both inclusive) bound the platform APIs at which it means something.
    """

    name: str
    words: str
    since: PlatformApi | None = None
    until: PlatformApi | None = None
    targets: tuple[Target, ...] = EVERY_TARGET
    dear: bool = False
    """Whether it is used no more than needed: it costs a call, or leaves less to be seen."""
    rare: bool = False
    """Whether some rows of each table have it, but not one beside each value of the others."""

    def exists_at(self, target: Target, api: PlatformApi) -> bool:
        """Whether it means something at this target and platform API."""
        return (
            target in self.targets
            and (self.since is None or self.since <= api)
            and (self.until is None or api <= self.until)
        )


@dataclass(frozen=True)
class Dimension:
    """Something that can vary; its first value is the plain one."""

    name: str
    words: str
    values: tuple[Value, ...]

    @property
    def plain(self) -> str:
        """The value that a plain scenario has."""
        return self.values[0].name

    def value(self, name: str) -> Value:
        """Return the value of this name; raises KeyError where there is none."""
        for value in self.values:
            if value.name == name:
                return value
        raise KeyError(f"{self.name} has no value {name!r}")


def seldom(name: str, words: str, *values: Value) -> Dimension:
    """Return a dimension whose values are all rare: its values take turns, whatever the others."""
    return Dimension(name, words, tuple(replace(value, rare=True) for value in values))


@dataclass(frozen=True)
class Combination:
    """A conjunction: every dimension that is named has one of these values."""

    values: Mapping[str, frozenset[str]]

    def holds(self, point: Point) -> bool:
        """Whether a point is in it; a dimension that the point leaves open is in nothing."""
        for name, wanted in self.values.items():  # noqa: SIM110 - a draw asks this 100,000 times
            if point.get(name) not in wanted:
                return False
        return True

    def __and__(self, other: Combination) -> Combination:
        """Return the points that are in both."""
        both = dict(self.values)
        for name, wanted in other.values.items():
            both[name] = both[name] & wanted if name in both else wanted
        return Combination(both)


def where(**values: str | Iterable[str]) -> Combination:
    """Return a combination; `old_layers="1"` names the value 1 of the dimension `old-layers`."""
    return Combination(
        {
            name.replace("_", "-"): frozenset([wanted] if isinstance(wanted, str) else wanted)
            for name, wanted in values.items()
        }
    )


@dataclass(frozen=True)
class Never:
    """A combination that no scenario has, and why."""

    combination: Combination
    because: str
    automatic: bool = False
    """Whether it follows from the causes: two of them never come together."""
    since: PlatformApi | None = None
    """The first platform API at which it does."""


@dataclass(frozen=True)
class Cause:
    """A combination that keeps a call from having to succeed, unless `lifted` holds too."""

    name: str
    combination: Combination
    expect: Expect
    lifted: Combination | None = None
    since: PlatformApi | None = None
    """The first platform API at which it does."""


@dataclass(frozen=True)
class Space:
    """Dimensions, the combinations that are excluded, and the causes of other ends than success."""

    name: str
    dimensions: tuple[Dimension, ...]
    nevers: tuple[Never, ...]
    causes: tuple[Cause, ...] = ()
    _by_name: dict[str, Dimension] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {each.name: each for each in self.dimensions})

    def dimension(self, name: str) -> Dimension:
        """Return the dimension of this name."""
        return self._by_name[name]

    @property
    def plain(self) -> Point:
        """The point at which nothing is special."""
        return {each.name: each.plain for each in self.dimensions}

    @property
    def rare(self) -> frozenset[tuple[str, str]]:
        """The dimension and name of each rare value."""
        return frozenset((d.name, v.name) for d in self.dimensions for v in d.values if v.rare)

    def at(self, target: Target, api: PlatformApi) -> Space:
        """Return the part of the space that exists at a target and platform API."""
        kept = tuple(
            Dimension(
                each.name,
                each.words,
                tuple(value for value in each.values if value.exists_at(target, api)),
            )
            for each in self.dimensions
        )
        alive = {each.name: {value.name for value in each.values} for each in kept}

        def possible(combination: Combination) -> bool:
            return all(alive[name] & wanted for name, wanted in combination.values.items())

        def said(about: Never | Cause) -> bool:
            return possible(about.combination) and (about.since is None or about.since <= api)

        return Space(
            self.name,
            kept,
            tuple(each for each in self.nevers if said(each)),
            tuple(each for each in self.causes if said(each)),
        )

    def expects(self, point: Point) -> Expect:
        """Return how a call at a point has to end."""
        for cause in self.causes:
            lifted = cause.lifted is not None and cause.lifted.holds(point)
            if cause.combination.holds(point) and not lifted:
                return cause.expect
        return Expect.SUCCESS

    def excluded(self, point: Point) -> Never | None:
        """Return what excludes a point, complete or not; None where nothing does."""
        return next((each for each in self.nevers if each.combination.holds(point)), None)

    def differences(self, point: Point) -> tuple[tuple[Dimension, Value], ...]:
        """Return what is not plain at a point."""
        return tuple(
            (each, each.value(point[each.name]))
            for each in self.dimensions
            if each.name in point and point[each.name] != each.plain
        )


def pairs_of(space: Space) -> Iterator[Point]:
    """Return every pair of values of two dimensions, feasible or not, without the rare ones."""
    for number, one in enumerate(space.dimensions):
        for other in space.dimensions[number + 1 :]:
            for first, second in itertools.product(one.values, other.values):
                if not (first.rare or second.rare):
                    yield {one.name: first.name, other.name: second.name}
