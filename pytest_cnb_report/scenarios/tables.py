"""The committed tables, and the scenarios that they stand for.

A table has the rows of one kind of call, at one kind of target, for a range of platform APIs whose
texts ask for the same scenarios.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources

from pytest_cnb_report.drive.cases import Case, Expect
from pytest_cnb_report.platform_apis import FORCE, PLATFORM_APIS, PREVIOUS_IMAGE
from pytest_cnb_report.scenarios.asked import build_of, rebase_of
from pytest_cnb_report.scenarios.build_space import BUILDS
from pytest_cnb_report.scenarios.compact import read_compact, write_compact
from pytest_cnb_report.scenarios.rebase_space import REBASES
from pytest_cnb_report.scenarios.space import Point, Space
from pytest_cnb_report.values import Phase, PlatformApi, Target

SPACES: Mapping[str, Space] = {space.name: space for space in (BUILDS, REBASES)}


def space_of(phase: Phase) -> Space:
    """Return the space that the scenarios of a phase are in."""
    return REBASES if phase is Phase.REBASER else BUILDS


RANGES: tuple[PlatformApi, ...] = (PLATFORM_APIS[0], PREVIOUS_IMAGE, FORCE)
"""The first platform API of each range in which the same values exist."""


@dataclass(frozen=True)
class Row:
    """A point of a table, and how a call there has to end."""

    expect: Expect
    point: Point


def range_of(api: PlatformApi) -> PlatformApi:
    """Return the first platform API of the range that one is in."""
    return max(first for first in RANGES if first <= api)


def table_name(space: Space, target: Target, api: PlatformApi, strength: int | str) -> str:
    """Return the name of a table's file; `shown` in place of a strength is for the further rows."""
    endings: Mapping[int | str, str] = {2: "pairs.tsv", 3: "triples.txt"}
    ending = endings.get(strength, f"{strength}.tsv")
    return f"{space.name}-{target.value}-{range_of(api)}-{ending}"


def write_table(space: Space, rows: Iterable[Row], strength: int) -> str:
    """Return a table as text: for pairs a line of names, then one of values for each row."""
    if strength > 2:
        return write_compact({"expect": row.expect.value, **row.point} for row in rows)
    names = [each.name for each in space.dimensions]
    lines = ["\t".join(["expect", *names])]
    lines += ["\t".join([row.expect.value, *(row.point[n] for n in names)]) for row in rows]
    return "\n".join(lines) + "\n"


def read_table(text: str) -> tuple[Row, ...]:
    """Read what `write_table` wrote, of either form."""
    if "\n\n" in text:
        return tuple(
            Row(Expect(expect), point)
            for row in read_compact(text)
            for expect, point in [(row["expect"], {n: row[n] for n in row if n != "expect"})]
        )
    head, *lines = text.splitlines()
    names = head.split("\t")[1:]
    rows = []
    for line in lines:
        expect, *values = line.split("\t")
        rows.append(Row(Expect(expect), dict(zip(names, values, strict=True))))
    return tuple(rows)


@functools.cache
def rows_at(
    space: str, target: Target, api: PlatformApi, strength: int = 2, *, shown: bool = True
) -> tuple[Row, ...]:
    """Return the committed rows of a space at a target and platform API.

    With `shown`, a table of pairs has the rows that it lacks for mistakes to be seen.
    """
    sizes: list[int | str] = [strength, "shown"] if shown and strength == 2 else [strength]
    folder = resources.files("pytest_cnb_report.scenarios").joinpath("tables")
    names = [table_name(SPACES[space], target, api, size) for size in sizes]
    files = [folder.joinpath(name) for name in names]
    return tuple(
        row
        for file in files
        if file.is_file()
        for row in read_table(file.read_text(encoding="utf-8"))
    )


@functools.cache
def table_cases(target: Target, api: PlatformApi, strength: int = 2) -> tuple[Case, ...]:
    """Return the scenarios of the tables at a target and platform API."""
    builds = rows_at("build", target, api, strength)
    rebases = rows_at("rebase", target, api, strength)
    return (
        *(table_case(Phase(row.point["phase"]), row, target) for row in builds),
        *(table_case(Phase.REBASER, row, target) for row in rebases),
    )


def table_case(phase: Phase, row: Row, target: Target) -> Case:
    """Return the scenario that a row of the phase's space stands for."""
    space = space_of(phase)
    ask = rebase_of(row.point) if space is REBASES else build_of(row.point)
    return Case(
        name=name_of(space, row.point),
        why=words_of(space, row.point),
        phase=phase,
        ask=ask,
        expect=row.expect,
        targets=(target,),
        point=row.point,
    )


def name_of(space: Space, point: Point) -> str:
    """Return the name of a point: the same one as long as it means the same."""
    differing = [(each.name, value.name) for each, value in space.differences(point)]
    digest = hashlib.sha256(repr(differing).encode()).hexdigest()
    return f"mix-{digest[:6]}"


def words_of(space: Space, point: Point) -> str:
    """Return what is not plain at a point, in words."""
    return "; ".join(
        f"{dimension.name} {value.name}" for dimension, value in space.differences(point)
    )
