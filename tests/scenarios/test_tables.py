"""The committed tables show everything that is feasible, counted again with code of its own."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pytest_cnb_report.drive.cases import Build, Case, Expect, Rebase
from pytest_cnb_report.scenarios import tables
from pytest_cnb_report.scenarios.space import Point, Space
from pytest_cnb_report.scenarios.tables import RANGES, SPACES, Row
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi, Target

from .counting import not_shown, sets_of


@dataclass(frozen=True)
class Table:
    """One committed table."""

    name: str
    target: Target
    api: PlatformApi
    strength: int

    def __str__(self) -> str:
        return f"{self.name}-{self.target.value}-{self.api}-{self.strength}"

    @property
    def space(self) -> Space:
        return SPACES[self.name].at(self.target, self.api)

    @property
    def rows(self) -> tuple[Row, ...]:
        return tables.rows_at(self.name, self.target, self.api, self.strength)

    def points(self, expect: Expect) -> list[Point]:
        return [row.point for row in self.rows if row.expect is expect]

    @property
    def ends(self) -> tuple[Expect, ...]:
        """The ways in which a call can have to end."""
        causes = {each.expect for each in self.space.causes}
        return tuple(each for each in Expect if each is Expect.SUCCESS or each in causes)


TABLES = [
    Table(name, target, api, strength)
    for strength in (2, 3)
    for name in SPACES
    for target in Target
    for api in RANGES
]
each_table = pytest.mark.parametrize("table", TABLES, ids=str)


@each_table
def test_every_feasible_set_of_values_is_in_a_row(table: Table) -> None:
    for expect in table.ends:
        missing = not_shown(table.space, expect, table.points(expect), table.strength)
        assert missing == [], f"{expect.value}: run python -m {tables.__package__}.make_tables"


@each_table
def test_every_row_is_a_point_of_its_space_and_ends_as_it_says(table: Table) -> None:
    space = table.space
    values = {each.name: {value.name for value in each.values} for each in space.dimensions}
    for row in table.rows:
        assert row.point.keys() == values.keys()
        assert all(row.point[name] in values[name] for name in values), row
        assert space.excluded(row.point) is None, row
        assert space.expects(row.point) is row.expect, row


@each_table
def test_no_row_stands_there_twice(table: Table) -> None:
    points = [tuple(row.point.items()) for row in table.rows]
    assert len(points) == len(set(points))


@pytest.mark.parametrize("expect", [Expect.SUCCESS, Expect.REFUSAL, Expect.EITHER])
def test_a_row_that_is_gone_is_noticed(expect: Expect) -> None:
    table = Table("rebase", Target.REGISTRY, RANGES[-1], 2)
    rows = tables.rows_at("rebase", Target.REGISTRY, RANGES[-1], shown=False)
    points = [row.point for row in rows if row.expect is expect]
    noticed = 0
    for gone in range(0, len(points), 10):
        left = points[:gone] + points[gone + 1 :]
        missing = not_shown(table.space, expect, left, 2)
        assert all(part.items() <= points[gone].items() for part in missing)
        noticed += bool(missing)
    # now and then the rows after one show everything that it does
    assert noticed >= len(points) / 10 - 2


@pytest.mark.parametrize("name", SPACES)
def test_every_value_is_in_some_table(name: str) -> None:
    shown = {
        value
        for table in TABLES
        if table.name == name and table.strength == 2
        for row in table.rows
        for value in row.point.items()
    }
    everything = {item for part in sets_of(SPACES[name], 1) for item in part.items()}
    assert shown == everything


def test_each_platform_api_has_the_table_of_its_range() -> None:
    for name in SPACES:
        for target in Target:
            for api in PLATFORM_APIS:
                first = SPACES[name].at(target, tables.range_of(api))
                here = SPACES[name].at(target, api)
                assert here.dimensions == first.dimensions, api
                assert here.causes == first.causes, api


@pytest.mark.parametrize("strength", [2, 3])
@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("api", RANGES, ids=str)
def test_every_row_is_a_case_that_can_be_asked_for(
    api: PlatformApi, target: Target, strength: int
) -> None:
    cases = tables.table_cases(target, api, strength)
    for phase in (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER):
        names = [case.name for case in cases if case.phase is phase]
        assert len(names) == len(set(names))
        assert all(re.fullmatch(r"mix-[0-9a-f]{6}", name) for name in names)
    for case in cases:
        assert list(wrong(case.ask)) == [], case.name


def test_what_no_phase_can_be_asked_is_noticed() -> None:
    ask = dataclasses.replace(Build(), given=typing.cast(typing.Any, "by-pigeon"))
    assert list(wrong(ask)) == ["Build.given is 'by-pigeon'"]


def wrong(value: Build | Rebase | object) -> Iterator[str]:
    """The fields whose values their annotations do not permit."""
    hints = typing.get_type_hints(type(value))
    for field in dataclasses.fields(typing.cast(typing.Any, value)):
        found = getattr(value, field.name)
        if not _fits(found, hints[field.name]):
            yield f"{type(value).__name__}.{field.name} is {found!r}"
        if dataclasses.is_dataclass(found):
            yield from wrong(found)


def _fits(value: object, hint: object) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return value in arguments
    if origin in {typing.Union, types.UnionType}:
        return any(_fits(value, each) for each in arguments)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, typing.cast(type, origin or hint))


def test_a_name_stays_as_long_as_it_means_the_same() -> None:
    space = SPACES["rebase"]
    one: Point = {**space.plain, "force": "flag", "images": "2"}
    assert tables.name_of(space, one) == tables.name_of(space, dict(reversed(list(one.items()))))
    assert tables.name_of(space, one) == "mix-37613a"
    assert tables.words_of(space, one) == "force flag; images 2"


def test_a_table_is_read_as_it_was_written() -> None:
    rows = tables.rows_at("rebase", Target.REGISTRY, RANGES[-1])
    for strength in (2, 3):
        text = tables.write_table(SPACES["rebase"], rows, strength)
        assert tables.read_table(text) == rows


def test_a_case_of_a_table_says_where_it_is() -> None:
    case: Case = tables.table_cases(Target.REGISTRY, RANGES[-1])[0]
    assert case.phase is Phase(case.point["phase"])
    assert case.name == tables.name_of(SPACES["build"], case.point)
