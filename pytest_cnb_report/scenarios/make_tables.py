"""Make the tables that cover the space: `python -m pytest_cnb_report.scenarios.make_tables`.

The app image of a rebase is dear, because the lifecycle has to export it; so a rebase takes its old
run image from a pool of a few. A general library cannot be told that: covertable 3.2 covers the
same pairs in as many rows, and needs 20 more exports and minutes for each table. What comes out is
committed, and a test counts it again with code of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios.build_space import BUILDS
from pytest_cnb_report.scenarios.covering import Covering
from pytest_cnb_report.scenarios.rebase_space import OLD_DIMENSIONS, REBASES
from pytest_cnb_report.scenarios.space import Point, Space
from pytest_cnb_report.scenarios.tables import RANGES, SPACES, Row, table_name, write_table
from pytest_cnb_report.values import PlatformApi, Target

EXPORT = 2
"""Calls that it takes to export an app image."""

TRIES = {2: 6, 3: 1}
"""Tables that are made, by strength; the shortest is taken."""


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
        rows = Covering(space, expect, strength, seed).rows(pooled)
        made.append((len(rows) + EXPORT * len(pooled), seed, rows, pooled))
    _, _, rows, pooled = min(made)
    if pool is not None:
        pool[:] = pooled
    return rows


def pool_of(space: Space, names: Sequence[str], strength: int) -> list[Point]:
    """Return values for a few dimensions that cover every set of them."""
    part = Space(
        "pool",
        tuple(space.dimension(name) for name in names),
        tuple(n for n in space.nevers if set(n.combination.values) <= set(names)),
    )
    return make(part, Expect.SUCCESS, strength, tries=TRIES[strength] * 4)


def rows_for(target: Target, api: PlatformApi, strength: int) -> dict[str, list[Row]]:
    """Return the rows of both spaces at a target and platform API."""
    builds, rebases = BUILDS.at(target, api), REBASES.at(target, api)
    pool = pool_of(rebases, OLD_DIMENSIONS, strength)
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
                    path.write_text(write_table(SPACES[name], rows, strength), encoding="utf-8")
                    sys.stdout.write(f"{path.name}: {len(rows)} rows\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
