"""Make the tables that cover the space: `python -m pytest_cnb_report.scenarios.make_tables`.

Greedy: each row begins with what is not covered yet and takes, dimension by dimension, the value
that covers most. The app image of a rebase is dear, because the lifecycle has to export it; so a
rebase takes its old run image from a build of the table. A general library cannot be told that:
covertable 3.2 covers the same pairs in as many rows, and needs 20 more exports and minutes for each
table. What comes out is committed, and a test counts it again with code of its own.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from pathlib import Path

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios.build_space import BUILDS
from pytest_cnb_report.scenarios.rebase_space import OLD_DIMENSIONS, REBASES
from pytest_cnb_report.scenarios.space import Cause, Point, Space
from pytest_cnb_report.scenarios.tables import RANGES, SPACES, Row, table_name, write_table
from pytest_cnb_report.values import PlatformApi, Target

CANDIDATES = 24
"""Rows that are tried for each one that is taken."""

ATTEMPTS = 80
"""Completions of a few values that are tried before they are left out as impossible together."""

EXPORT = 2
"""Calls that it takes to export an app image."""

DEAR = 8
"""What a value has to cover more than another where it costs a call of its own."""

CAUSE = "(cause)"
"""A dimension of the maker's own: which cause keeps a call from having to succeed."""

TRIES = {2: 4, 3: 1}
"""Tables that are made, by strength; the shortest is taken."""

_Clause = Mapping[str, frozenset[str]]


class _Maker:
    """Makes the rows of one table."""

    def __init__(self, space: Space, expect: Expect, strength: int, seed: int) -> None:
        self.space, self.expect, self.strength = space, expect, strength
        causes = [each for each in space.causes if each.expect is expect]
        self.values = {d.name: tuple(v.name for v in d.values) for d in space.dimensions}
        if len(causes) > 1:
            self.values[CAUSE] = tuple(str(number) for number in range(len(causes)))
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        clauses = [*(n.combination.values for n in space.nevers if not n.automatic)]
        for cause in space.causes:
            clauses += self._clauses(cause, causes)
        self.clauses: dict[str, list[_Clause]] = {name: [] for name in self.values}
        for clause in clauses:
            for name in clause:
                self.clauses[name].append(clause)
        self.dear = {(d.name, v.name) for d in space.dimensions for v in d.values if v.dear}
        names = list(self.values)
        self.ids = {
            (n, v): i for i, (n, v) in enumerate((n, v) for n in names for v in self.values[n])
        }
        self.left: dict[tuple[int, ...], int] = {}
        self._fill([name for name in names if name != CAUSE])

    def _fill(self, names: Sequence[str]) -> None:
        """Note every set of values that is to be covered, as a bit for its last value."""
        for chosen in combinations(names, self.strength):
            for picked in product(*([(n, v) for v in self.values[n]] for n in chosen)):
                if self._allowed(dict(picked)):
                    ids = [self.ids[each] for each in picked]
                    for number, one in enumerate(ids):
                        key = tuple(sorted(ids[:number] + ids[number + 1 :]))
                        self.left[key] = self.left.get(key, 0) | 1 << one

    def _clauses(self, cause: Cause, own: Sequence[Cause]) -> list[_Clause]:
        held = dict(cause.combination.values)
        unlifted: dict[str, frozenset[str]] = {}
        if cause.lifted is not None:
            for name, wanted in cause.lifted.values.items():
                unlifted[name] = frozenset(self.values[name]) - wanted
        if cause.expect is not self.expect:
            return [{**held, **unlifted}]
        mine: dict[str, frozenset[str]] = {}
        clauses: list[_Clause] = []
        if len(own) > 1:
            number = str(own.index(cause))
            mine = {CAUSE: frozenset([number])}
            others = frozenset(self.values[CAUSE]) - {number}
            clauses.append({CAUSE: others, **held, **unlifted})
        for name, wanted in {**held, **unlifted}.items():
            rest = frozenset(self.values[name]) - wanted
            if rest:
                clauses.append({**mine, name: rest})
        return clauses

    def _allowed(self, point: Point) -> bool:
        return all(self._allows(point, name) for name in point)

    def _allows(self, point: Point, name: str) -> bool:
        return not any(
            all(n in point and point[n] in w for n, w in clause.items())
            for clause in self.clauses[name]
        )

    def gain(self, row: Sequence[int], value: int, mask: int) -> int:
        """How much a value covers beside those that a row has already."""
        if self.strength == 2:
            return (self.left.get((value,), 0) & mask).bit_count()
        return sum(
            (self.left.get((min(one, value), max(one, value)), 0) & mask).bit_count() for one in row
        )

    def seed(self) -> dict[str, str] | None:
        """Return a set of values that is not covered yet; None where everything is."""
        keys = [key for key, bits in self.left.items() if bits]
        if not keys:
            return None
        key = self.random.choice(keys)
        bits = self.left[key]
        last = (bits & -bits).bit_length() - 1
        names = {i: each for each, i in self.ids.items()}
        return dict(names[i] for i in (*key, last))

    def drop(self, part: Mapping[str, str]) -> None:
        """Leave out a set of values that no row can have."""
        self._clear([self.ids[each] for each in part.items()])

    def _clear(self, ids: Iterable[int]) -> None:
        for chosen in combinations(sorted(ids), self.strength):
            for number, one in enumerate(chosen):
                key = chosen[:number] + chosen[number + 1 :]
                bits = self.left.get(key, 0) & ~(1 << one)
                if bits:
                    self.left[key] = bits
                else:
                    self.left.pop(key, None)

    def complete(
        self, part: Mapping[str, str], pool: Sequence[Point], tries: int
    ) -> dict[str, str] | None:
        """Complete a row greedily; None where it comes to a dead end."""
        best: tuple[int, dict[str, str]] | None = None
        for _ in range(tries):
            found = self._once(dict(part), pool)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        return None if best is None else best[1]

    def _once(
        self, point: dict[str, str], pool: Sequence[Point]
    ) -> tuple[int, dict[str, str]] | None:
        total = 0
        if CAUSE in self.values and CAUSE not in point and not self._choose_cause(point):
            return None
        if pool:
            fitting = [each for each in pool if all(point.get(n, v) == v for n, v in each.items())]
            tried = self.random.sample(fitting, min(8, len(fitting)))
            tried = [each for each in tried if self._allowed({**point, **each})]
            if not tried:
                return None
            point.update(max(tried, key=lambda each: self._worth({**point, **each})))
        row = [self.ids[each] for each in point.items()]
        mask = sum(1 << i for i in row)
        left = [name for name in self.values if name not in point]
        self.random.shuffle(left)
        for name in left:
            options = []
            for value in self.values[name]:
                point[name] = value
                if self._allows(point, name):
                    i = self.ids[name, value]
                    gain = self.gain(row, i, mask)
                    worth = gain - DEAR * ((name, value) in self.dear)
                    options.append((worth, self.random.random(), value, i))
            if not options:
                return None
            gained, _, value, i = max(options)
            point[name] = value
            row.append(i)
            mask |= 1 << i
            total += gained
        return total, point

    def _choose_cause(self, point: dict[str, str]) -> bool:
        """Give a point a cause at random; whether there is one that it can have."""
        causes = list(self.values[CAUSE])
        self.random.shuffle(causes)
        for cause in causes:
            point[CAUSE] = cause
            if self._allows(point, CAUSE):
                return True
        return False

    def _worth(self, point: Point) -> int:
        ids = [self.ids[each] for each in point.items()]
        mask = sum(1 << i for i in ids)
        return sum(self.gain(ids, i, mask) for i in ids)

    def rows(self, pool: list[Point]) -> list[Point]:
        """Return rows that cover everything that can be; old images from the pool where it may.

        Where it may not, the row's own old image goes into the pool.
        """
        table: list[Point] = []
        shared = set(pool[0]) if pool else set()
        while (part := self.seed()) is not None:
            if not any(self._once(dict(part), ()) for _ in range(ATTEMPTS)):
                self.drop(part)
                continue
            row = self.complete(part, pool, CANDIDATES) if pool else None
            row = row or self.complete(part, (), ATTEMPTS)
            if row is None:
                continue
            self._clear([self.ids[each] for each in row.items()])
            table.append({name: value for name, value in row.items() if name != CAUSE})
            own = {name: value for name, value in row.items() if name in shared}
            if own and own not in pool:
                pool.append(own)
        return table


def make(
    space: Space,
    expect: Expect,
    strength: int,
    *,
    pool: list[Point] | None = None,
    tries: int,
) -> list[Point]:
    """Return the cheapest of a few tables; `pool` gets the old images that it has besides."""
    made = []
    for seed in range(tries):
        pooled = list(pool or ())
        rows = _Maker(space, expect, strength, seed).rows(pooled)
        made.append((len(rows) + EXPORT * len(pooled), seed, rows, pooled))
    _, _, rows, pooled = min(made)
    if pool is not None:
        pool[:] = pooled
    return rows


def pool_of(space: Space, names: Sequence[str]) -> list[Point]:
    """Return values for a few dimensions that cover every pair of them."""
    part = Space(
        "pool",
        tuple(space.dimension(name) for name in names),
        tuple(n for n in space.nevers if set(n.combination.values) <= set(names)),
    )
    return make(part, Expect.SUCCESS, 2, tries=TRIES[2] * 4)


def rows_for(target: Target, api: PlatformApi, strength: int) -> dict[str, list[Row]]:
    """Return the rows of both spaces at a target and platform API."""
    builds, rebases = BUILDS.at(target, api), REBASES.at(target, api)
    pool = pool_of(rebases, OLD_DIMENSIONS)
    tables = {
        "build": [
            Row(Expect.SUCCESS, point)
            for point in make(builds, Expect.SUCCESS, strength, tries=TRIES[strength])
        ],
        "rebase": [],
    }
    for expect in (Expect.SUCCESS, Expect.REFUSAL, Expect.EITHER):
        if expect is Expect.SUCCESS or any(each.expect is expect for each in rebases.causes):
            points = make(rebases, expect, strength, pool=pool, tries=TRIES[strength])
            tables["rebase"] += [Row(expect, point) for point in points]
    return tables


def main(arguments: Sequence[str]) -> None:
    """Write the tables of every target and range of platform APIs; `arguments` are strengths."""
    folder = Path(__file__).parent / "tables"
    folder.mkdir(exist_ok=True)
    for strength in [int(each) for each in arguments] or [2]:
        for target in Target:
            for api in RANGES:
                for name, rows in rows_for(target, api, strength).items():
                    path = folder / table_name(SPACES[name], target, api, strength)
                    path.write_text(write_table(SPACES[name], rows), encoding="utf-8")
                    sys.stdout.write(f"{path.name}: {len(rows)} rows\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
