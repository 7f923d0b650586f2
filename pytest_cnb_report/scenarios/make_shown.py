"""Make the rows that the tables lack where mistakes are to be seen (see `scenarios.shown`).

`python -m pytest_cnb_report.scenarios.make_shown`, after the tables of pairs. Greedy: a row begins
with a pair that is missing and takes every other one that still goes with it. The old run image of
a rebase is taken from a row of the table where it can be, because an export is dear.
"""

from __future__ import annotations

import itertools
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product
from pathlib import Path

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios.feasible import completed
from pytest_cnb_report.scenarios.rebase_space import OLD_DIMENSIONS
from pytest_cnb_report.scenarios.shown import SHOWN
from pytest_cnb_report.scenarios.space import (
    Combination,
    Point,
    Space,
    pairs_of,
)
from pytest_cnb_report.scenarios.tables import RANGES, SPACES, Row, rows_at, table_name, write_table
from pytest_cnb_report.values import PlatformApi, Target

TRIES, CANDIDATES = 4, 4
"""Sets of rows that are made, of which the shortest is taken; rows that each is chosen from."""

WHOLE = 20
"""What a pair counts that a value makes whole, against one that it only begins."""

Demand = tuple[Point, Combination]
"""A pair of values, or a rare one alone, and what has to hold beside them."""


def ways(demand: Demand) -> Iterator[dict[str, str]]:
    """Return the parts of points that a demand is met by."""
    pair, beside = demand
    for values in product(*(sorted(wanted) for wanted in beside.values.values())):
        part = dict(zip(beside.values, values, strict=True))
        if all(pair.get(name, value) == value for name, value in part.items()):
            yield {**part, **pair}


def demands(space: Space, rows: Iterable[Row], expect: Expect) -> list[Demand]:
    """Return the pairs that can be shown beside a combination, and that no row of this end does."""
    points = [row.point for row in rows if row.expect is expect]
    found: list[Demand] = []
    for beside in _besides(space, expect):
        shown = [point for point in points if beside.holds(point)]
        for pair in itertools.chain(_singles(space), pairs_of(space)):
            if any(pair.items() <= point.items() for point in shown):
                continue
            if any(completed(space, way, expect) for way in ways((pair, beside))):
                found.append((pair, beside))
    return found


def _singles(space: Space) -> Iterator[Point]:
    """Return the rare values, which need no pair, but have to be shown as well."""
    return (dict([value]) for value in sorted(space.rare))


def _besides(space: Space, expect: Expect) -> list[Combination]:
    """Return what has to hold beside a pair, in values that the space has."""
    if expect is not Expect.SUCCESS:
        return [Combination({})]  # to be seen is only that it is refused
    values = {each.name: {value.name for value in each.values} for each in space.dimensions}
    return [
        Combination({name: wanted & values[name] for name, wanted in beside.values.items()})
        for beside in SHOWN[space.name]
    ]


def extra_rows(space: Space, rows: Sequence[Row], expect: Expect) -> list[Row]:
    """Return rows that show what the others do not."""
    old = [{name: row.point[name] for name in OLD_DIMENSIONS if name in row.point} for row in rows]
    pool = [each for number, each in enumerate(old) if each and each not in old[:number]]
    missing = demands(space, rows, expect)
    return min((_rows(space, missing, pool, expect, seed) for seed in range(TRIES)), key=len)


def _rows(
    space: Space, missing: Sequence[Demand], pool: Sequence[Point], expect: Expect, seed: int
) -> list[Row]:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    left = list(missing)
    extra: list[Row] = []
    while left:
        chance.shuffle(left)
        points = [_row(space, left[at:] + left[:at], pool, expect) for at in range(CANDIDATES)]
        point = max(points, key=lambda each: sum(_meets(each, demand) for demand in left))
        extra.append(Row(expect, point))
        left = [each for each in left if not _meets(point, each)]
    return extra


def _row(space: Space, left: Sequence[Demand], pool: Sequence[Point], expect: Expect) -> Point:
    """Return a point that meets the first demand, and as many of the others as go with it."""
    part = next(way for way in ways(left[0]) if completed(space, way, expect))
    # what can be seen there at all comes first, so that each further pair counts for all of it
    for beside in _besides(space, expect):
        for way in ways((part, beside)):
            if completed(space, way, expect):
                part = way
                break
    fitting = [{**part, **old} for old in pool if _together(part, old)]
    for with_old in sorted(fitting, key=lambda each: -_worth(each, left)):
        if completed(space, with_old, expect):
            part = with_old
            break
    while (value := _best(space, part, left, expect)) is not None:
        part = {**part, **dict([value])}
    point = completed(space, part, expect)
    if point is None:
        raise AssertionError(f"{part} could be completed before")
    return {each.name: point[each.name] for each in space.dimensions}


def _best(
    space: Space, part: Point, left: Sequence[Demand], expect: Expect
) -> tuple[str, str] | None:
    """Return the value that meets most pairs with those that a part has; None without one."""
    worth: Counter[tuple[str, str]] = Counter()
    for pair, _ in left:
        for one, other in permutations(pair.items(), 2):
            if one[0] not in part and part.get(other[0], other[1]) == other[1]:
                worth[one] += WHOLE if other[0] in part else 1
    for value, _ in worth.most_common():
        if completed(space, {**part, **dict([value])}, expect):
            return value
    return None


def _together(one: Point, other: Point) -> bool:
    return all(one.get(name, value) == value for name, value in other.items())


def _worth(part: Point, left: Iterable[Demand]) -> int:
    return sum(pair.items() <= part.items() for pair, _ in left)


def _meets(point: Point, demand: Demand) -> bool:
    pair, beside = demand
    return pair.items() <= point.items() and beside.holds(point)


def make_shown(name: str, target: Target, api: PlatformApi) -> list[Row]:
    """Return the rows that the table of a space lacks, at a target and platform API."""
    space = SPACES[name].at(target, api)
    rows = rows_at(name, target, api, shown=False)
    return [
        row
        for expect in dict.fromkeys([Expect.SUCCESS, *(each.expect for each in space.causes)])
        for row in extra_rows(space, rows, expect)
    ]


def main() -> None:
    """Write the rows for every space, target and range of platform APIs."""
    folder = Path(__file__).parent / "tables"
    for name, target, api in product(SPACES, Target, RANGES):
        path = folder / table_name(SPACES[name], target, api, "shown")
        rows = make_shown(name, target, api)
        path.write_text(write_table(SPACES[name], rows, 2), encoding="utf-8")
        sys.stdout.write(f"{path.name}: {len(rows)} rows\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
