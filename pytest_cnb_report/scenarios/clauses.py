"""What a space excludes, as clauses over bits, and the search for what is feasible by them.

Only for making tables: the tables are counted again by `scenarios.feasible`, which shares nothing
with this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios.space import Cause, Combination, Point, Space

CAUSE = "(cause)"
"""A dimension of the maker's own: which cause keeps a call from having to succeed."""

_Forbidden = Mapping[str, frozenset[str]]
"""Values, by dimension, of which a point must not have one of each."""


def bits_of(mask: int) -> Iterator[int]:
    """Return the numbers of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Clauses:
    """A space and how its points have to end, as clauses.

    A clause has a mask for each of its dimensions: a point has to have a value of at least one.
    """

    def __init__(self, space: Space, expect: Expect) -> None:
        own = [each for each in space.causes if each.expect is expect]
        values = {d.name: tuple(v.name for v in d.values) for d in space.dimensions}
        if len(own) > 1:
            values[CAUSE] = tuple(str(number) for number in range(len(own)))
        self.names = [(dimension, value) for dimension in values for value in values[dimension]]
        """The dimension and name of each value, by its number."""
        self.numbers = {name: number for number, name in enumerate(self.names)}
        self._masks = {name: self._mask_of(name, values[name]) for name in values}
        self.dimensions = tuple(self._masks.values())
        self.cause = self._masks.get(CAUSE)
        self.everything = sum(self.dimensions)
        """The values that are not excluded by themselves."""
        self._dimension = [self._masks[name] for name, _ in self.names]
        forbidden = [each.combination.values for each in space.nevers if not each.automatic]
        for cause in space.causes:
            forbidden += _forbidden(cause, own, values, expect)
        self._clauses: dict[int, list[tuple[int, ...]]] = {mask: [] for mask in self.dimensions}
        for each in forbidden:
            clause = tuple(
                self._masks[name] & ~self._mask_of(name, without) for name, without in each.items()
            )
            if not clause[1:]:
                self.everything &= ~self._mask_of(*next(iter(each.items())))
            for name in each:
                self._clauses[self._masks[name]].append(clause)
        self._bound = sum(mask for mask, clauses in self._clauses.items() if clauses)
        """The values of the dimensions that something is said about."""
        self.partners = self._partners()
        """For each value, those that it can come together with."""

    def _mask_of(self, dimension: str, values: Iterable[str]) -> int:
        there = ((dimension, value) for value in values)
        return sum(1 << self.numbers[each] for each in there if each in self.numbers)

    def mask(self, point: Point) -> int:
        """Return the bits of a point's values."""
        return sum(1 << self.numbers[each] for each in point.items())

    def of_dimensions(self, names: Iterable[str]) -> int:
        """Return the bits of every value of these dimensions."""
        return sum(self._masks[name] for name in names)

    def point(self, mask: int) -> Point:
        """Return the point that has these values."""
        named = (self.names[value] for value in bits_of(mask))
        return {dimension: value for dimension, value in named if dimension != CAUSE}

    def assign(self, opened: int, values: Iterable[int]) -> int | None:
        """Return what is still open once values are taken; None where they exclude each other."""
        changed = []
        for value in values:
            if not opened >> value & 1:
                return None
            dimension = self._dimension[value]
            if opened & dimension != 1 << value:
                opened = opened & ~dimension | 1 << value
                changed.append(dimension)
        while changed:
            for clause in self._clauses[changed.pop()]:
                possible = [mask for mask in clause if opened & mask]
                if not possible:
                    return None
                if not possible[1:]:
                    dimension = self._dimension[possible[0].bit_length() - 1]
                    kept = opened & (~dimension | possible[0])
                    if kept != opened:
                        opened = kept
                        changed.append(dimension)
        return opened

    def solve(self, values: Sequence[int]) -> int | None:
        """Return the bits of a point with these values; None where there is none."""
        return self._search(self.assign(self.everything, values))

    def _search(self, opened: int | None) -> int | None:
        if opened is None:
            return None
        undecided = [d for d in self.dimensions if (opened & d & self._bound).bit_count() > 1]
        if not undecided:
            return sum(opened & d & -(opened & d) for d in self.dimensions)
        # once the cause is known, little is left to try
        dimension = min(undecided, key=lambda d: (d != self.cause, (opened & d).bit_count()))
        for value in bits_of(opened & dimension):
            found = self._search(self.assign(opened, (value,)))
            if found is not None:
                return found
        return None

    def _partners(self) -> list[int]:
        cause = self.cause or 0
        partners = [0] * len(self.names)
        for first in bits_of(self.everything & ~cause):
            others = self.everything & ~cause & ~self._dimension[first] & -(2 << first)
            for second in bits_of(others & ~partners[first]):
                found = self.solve((first, second))
                if found is not None:
                    for value in bits_of(found & ~cause):
                        partners[value] |= found & ~cause & ~self._dimension[value]
        return partners

    def triples(self) -> Iterator[tuple[int, int, int]]:
        """Return every two values, and the bits of the later ones that form a triple with both."""
        known: dict[tuple[int, int], int] = {}
        for first, partners in enumerate(self.partners):
            for second in bits_of(partners & -(2 << first)):
                thirds = partners & self.partners[second] & -(2 << second)
                if self._bound >> first & self._bound >> second & 1:
                    for third in bits_of(thirds & self._bound):
                        if known.get((first, second), 0) >> third & 1:
                            continue
                        found = self.solve((first, second, third))
                        if found is None:
                            thirds ^= 1 << third
                            continue
                        has = list(bits_of(found & self._bound))
                        for number, one in enumerate(has):
                            for other in has[number + 1 :]:
                                known[one, other] = known.get((one, other), 0) | found
                yield first, second, thirds


def _forbidden(
    cause: Cause, own: Sequence[Cause], values: Mapping[str, tuple[str, ...]], expect: Expect
) -> list[_Forbidden]:
    """Return what a cause forbids to points that have to end so.

    The cause of another end must not hold. One of their own has to: the one that `CAUSE` names,
    and no other.
    """
    held, lifted = cause.combination, cause.lifted
    holds = [held.values]
    if lifted is not None:
        unlifted = (_where_not(name, wanted, values) for name, wanted in lifted.values.items())
        holds = [(held & each).values for each in unlifted]
    if cause.expect is not expect:
        return holds
    mine: dict[str, frozenset[str]] = {}
    forbidden: list[_Forbidden] = []
    if len(own) > 1:
        number = str(own.index(cause))
        mine = {CAUSE: frozenset([number])}
        others = frozenset(values[CAUSE]) - {number}
        forbidden += [{CAUSE: others, **each} for each in holds]
    for name, wanted in held.values.items():
        forbidden.append({**mine, **_where_not(name, wanted, values).values})
    if lifted is not None:
        forbidden.append({**mine, **lifted.values})
    return [each for each in forbidden if all(each.values())]


def _where_not(
    name: str, wanted: frozenset[str], values: Mapping[str, tuple[str, ...]]
) -> Combination:
    """Return the points at which a dimension has none of these values."""
    return Combination({name: frozenset(values[name]) - wanted})
