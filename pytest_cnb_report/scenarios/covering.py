"""Make the rows of one table: as few as can be had that together show every feasible set of values.

Greedy: a row begins with a set of values that no row shows yet and takes, dimension by dimension,
the value that shows most. What a combination of values excludes is propagated at once, so a row
seldom comes to a dead end; and whether a set of values is feasible is decided by search, not by
chance. Sets of values are integers here, with a bit for each value of each dimension.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios.clauses import Clauses, bits_of
from pytest_cnb_report.scenarios.space import Point, Space

CANDIDATES = 24
"""Rows that are tried for each one that is taken."""

POOL_SAMPLE = 8
"""Parts of the pool that are compared for each row that is tried."""

RARE = {2: 6, 3: 40}
"""Sets that a rare value counts for, as long as no row has it, by strength."""

DEAR = {2: 8, 3: 96}
"""Sets that a dear value has to show more than another one to be taken, by strength."""


@dataclass
class _Row:
    """A row that is being made: what it can still have, what it has, and what it shows."""

    open: int
    has: int = 0
    sets: int = 0
    """The sets of one value fewer than the strength that it has, as bits."""
    gain: int = 0


class Covering:
    """Makes the rows of one table; the same seed makes the same rows."""

    def __init__(self, space: Space, expect: Expect, strength: int, seed: int) -> None:
        self.clauses = Clauses(space, expect)
        self.count = len(self.clauses.names)
        self.strength = strength
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        dear = {(d.name, v.name) for d in space.dimensions for v in d.values if v.dear}
        self.cost = [DEAR[strength] * (name in dear) for name in self.clauses.names]
        rare = space.rare
        self.common = sum(1 << n for n, name in enumerate(self.clauses.names) if name not in rare)
        """The values of which every set is wanted."""
        self.seldom = {
            value
            for value in range(self.count)
            if self.clauses.names[value] in rare and self.clauses.partners[value]
        }
        """The rare values that no row has yet, and one has to have."""
        self.used = [0] * self.count
        self.left = self._pairs() if strength == 2 else self._triples()
        """For each value, the sets that no row shows together with it yet."""

    def _pairs(self) -> list[int]:
        return [
            self.clauses.partners[value] & self.common if self.common >> value & 1 else 0
            for value in range(self.count)
        ]

    def _triples(self) -> list[int]:
        """Pack the feasible triples: the bit of a pair is that of its second value in its block."""
        left = [0] * self.count
        for first, second, every in self.clauses.triples():
            thirds = every & self.common
            if not (self.common >> first & self.common >> second & 1):
                continue
            left[first] |= thirds << second * self.count
            left[second] |= thirds << first * self.count
            for third in bits_of(thirds):
                pair = 1 << first * self.count + second | 1 << second * self.count + first
                left[third] |= pair
        return left

    def rows(self, pool: list[Point]) -> list[Point]:
        """Return rows that show everything that can be, with parts from the pool where it has them.

        Where it has none that fits, the row's own part goes into the pool.
        """
        parts = {self.clauses.mask(each) for each in pool}
        shared = self.clauses.of_dimensions(pool[0]) if pool else 0
        table: list[Point] = []
        while (wanted := self._not_shown()) is not None:
            row = self._best(wanted, sorted(parts)) if parts else None
            row = row or self._best(wanted, ())
            has = row.has if row is not None else self._any(wanted)
            self._show(has)
            table.append(self.clauses.point(has))
            if shared and has & shared not in parts:
                parts.add(has & shared)
                pool.append(self.clauses.point(has & shared))
        return table

    def _not_shown(self) -> tuple[int, ...] | None:
        """Return a set of values that no row shows yet, drawn at random."""
        values = [value for value, left in enumerate(self.left) if left]
        if not values:
            return next(((value,) for value in sorted(self.seldom)), None)
        value = self.random.choice(values)
        left = self.left[value]
        above = left >> self.random.randrange(left.bit_length())
        shift = left.bit_length() - above.bit_length()
        others = shift + (above & -above).bit_length() - 1
        if self.strength == 2:
            return value, others
        return value, *divmod(others, self.count)

    def _show(self, has: int) -> None:
        """Note what a row shows."""
        sets = has
        if self.strength == 3:
            sets = sum(has << value * self.count for value in bits_of(has))
        for value in bits_of(has):
            self.left[value] &= ~sets
            self.used[value] += 1
        self.seldom.difference_update(bits_of(has))

    def _best(self, wanted: Sequence[int], parts: Sequence[int]) -> _Row | None:
        tried = (self._complete(wanted, parts) for _ in range(CANDIDATES))
        return max(
            (row for row in tried if row is not None), key=lambda row: row.gain, default=None
        )

    def _any(self, wanted: Sequence[int]) -> int:
        found = self.clauses.solve(wanted)
        assert found is not None, "only feasible sets are wanted"  # noqa: S101
        return found

    def _complete(self, wanted: Sequence[int], parts: Sequence[int]) -> _Row | None:
        """Complete a row greedily; None where it comes to a dead end."""
        row: _Row | None = self._with(_Row(self.clauses.everything), wanted)
        if row is not None and self.clauses.cause is not None and not row.has & self.clauses.cause:
            row = self._with_a_cause(row)
        if row is not None and parts:
            row = self._with_a_part(row, parts)
        if row is None:
            return None
        left = [mask for mask in self.clauses.dimensions if not row.has & mask]
        self.random.shuffle(left)
        # what is rare takes what the others leave
        left.sort(key=lambda dimension: not dimension & self.common)
        for dimension in left:
            row = self._with(row, (self._best_value(row, dimension),))
            if row is None:
                return None
        return row

    def _best_value(self, row: _Row, dimension: int) -> int:
        return max(
            bits_of(row.open & dimension),
            key=lambda value: (self._gain(row, value), self._turn(value), self.random.random()),
        )

    def _gain(self, row: _Row, value: int) -> int:
        shown = (self.left[value] & row.sets).bit_count()
        rare = RARE[self.strength] if value in self.seldom else 0
        return shown + rare - self.cost[value]

    def _turn(self, value: int) -> int:
        """Let the values of a dimension that are all rare take turns."""
        return 0 if self.common >> value & 1 else -self.used[value]

    def _with(self, row: _Row, values: Iterable[int]) -> _Row | None:
        """Return a row with further values; None where it cannot have them."""
        opened = self.clauses.assign(row.open, values)
        if opened is None:
            return None
        made = _Row(opened, row.has, row.sets, row.gain)
        for value in values:
            made.gain += self._gain(made, value)
            if self.strength == 3:
                made.sets |= made.has << value * self.count
            else:
                made.sets |= 1 << value
            made.has |= 1 << value
        return made

    def _with_a_cause(self, row: _Row) -> _Row | None:
        causes = list(bits_of(row.open & (self.clauses.cause or 0)))
        self.random.shuffle(causes)
        made = (self._with(row, (cause,)) for cause in causes)
        return next((each for each in made if each is not None), None)

    def _with_a_part(self, row: _Row, parts: Sequence[int]) -> _Row | None:
        fitting = [part for part in parts if part & row.open == part]
        sample = self.random.sample(fitting, min(POOL_SAMPLE, len(fitting)))
        made = (self._with(row, tuple(bits_of(part & ~row.has))) for part in sample)
        return max((each for each in made if each), key=lambda each: each.gain, default=None)
