"""What a space says about points, against trying every one of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.platform_apis import PlatformApi
from pytest_cnb_report.scenarios.clauses import Clauses
from pytest_cnb_report.scenarios.compact import read_compact, write_compact
from pytest_cnb_report.scenarios.covering import Covering
from pytest_cnb_report.scenarios.feasible import completed
from pytest_cnb_report.scenarios.space import (
    Cause,
    Combination,
    Dimension,
    Never,
    Point,
    Space,
    Value,
    where,
)
from pytest_cnb_report.values import Target

from .counting import not_shown, sets_of

ENDS = (Expect.SUCCESS, Expect.REFUSAL, Expect.EITHER)
SIZES = {"a": 2, "b": 3, "c": 2, "d": 3}

UNLIFTED = {
    0: [Combination({})],
    1: [where(d=("0", "2"))],
    2: [where(d=("1", "2")), where(c="0")],
}
"""Where no cause is lifted, by how many dimensions it takes to lift one."""

combinations = st.dictionaries(
    st.sampled_from(list(SIZES)), st.frozensets(st.sampled_from("01"), min_size=1), min_size=1
).map(Combination)
ends = st.sampled_from(ENDS[1:])
points = st.fixed_dictionaries({name: st.sampled_from("012"[:n]) for name, n in SIZES.items()})


def _dimensions(cause: tuple[Combination, Expect]) -> frozenset[str]:
    """The dimensions that a cause is about: one with more of them can lie within another."""
    return frozenset(cause[0].values)


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """A space of a few dimensions, with anything excluded, in which no two causes hold at once."""
    dimensions = tuple(
        Dimension(name, name, tuple(Value(value, value) for value in "012"[:size]))
        for name, size in SIZES.items()
    )
    nevers = draw(st.lists(st.builds(Never, combinations, st.just("")), max_size=3))
    lifted = draw(st.sampled_from([None, where(d="1"), where(d="0", c="1")]))
    held = draw(st.lists(st.tuples(combinations, ends), max_size=3, unique_by=_dimensions))
    held = [each for each in held if not any(_dimensions(each) > _dimensions(o) for o in held)]
    causes = tuple(Cause("", each, expect, lifted) for each, expect in held)
    nevers += [
        Never(one.combination & other.combination & unlifted, "", automatic=True)
        for one, other in itertools.combinations(causes, 2)
        for unlifted in UNLIFTED[len(lifted.values) if lifted else 0]
    ]
    return Space("small", dimensions, tuple(nevers), causes)


def every_point(space: Space, expect: Expect) -> list[Point]:
    """The points that have to end so, found by trying all of them."""
    names = [each.name for each in space.dimensions]
    values = itertools.product(*([v.name for v in each.values] for each in space.dimensions))
    made = (dict(zip(names, each, strict=True)) for each in values)
    return [p for p in made if space.excluded(p) is None and space.expects(p) is expect]


@given(combinations, combinations, points)
def test_a_combination_of_two_holds_where_both_do(
    one: Combination, other: Combination, point: Point
) -> None:
    assert (one & other).holds(point) == (one.holds(point) and other.holds(point))


@given(combinations, points, st.sampled_from(list(SIZES)))
def test_what_is_left_open_is_in_nothing(combination: Combination, point: Point, name: str) -> None:
    part = {each: value for each, value in point.items() if each != name}
    assert combination.holds(part) == (name not in combination.values and combination.holds(point))


@given(spaces(), points)
def test_a_part_of_what_is_not_excluded_is_not_either(space: Space, point: Point) -> None:
    if space.excluded(point) is None:
        for name in SIZES:
            part = {each: value for each, value in point.items() if each != name}
            assert space.excluded(part) is None


@settings(deadline=None, max_examples=50)
@given(spaces(), st.sampled_from(ENDS))
def test_what_is_feasible_is_found_and_nothing_else(space: Space, expect: Expect) -> None:
    there = every_point(space, expect)
    for part in (*sets_of(space, 1), *sets_of(space, 2)):
        found = completed(space, part, expect)
        fitting = [point for point in there if part.items() <= point.items()]
        assert (found is not None) == bool(fitting), part
        assert found is None or found in fitting


@settings(deadline=None, max_examples=50)
@given(spaces(), st.sampled_from(ENDS), st.sampled_from([2, 3]))
def test_a_table_shows_every_feasible_set_of_values(
    space: Space, expect: Expect, strength: int
) -> None:
    ends = {each.expect for each in space.causes}
    there = every_point(space, expect) if expect is Expect.SUCCESS or expect in ends else []
    rows = Covering(space, expect, strength, seed=0).rows([]) if there else []
    assert all(row in there for row in rows)
    shown = {
        frozenset(each) for row in rows for each in itertools.combinations(row.items(), strength)
    }
    feasible = {
        frozenset(each)
        for point in there
        for each in itertools.combinations(point.items(), strength)
    }
    assert shown == feasible
    assert not_shown(space, expect, rows, strength) == []
    without = not_shown(space, expect, (), strength)
    assert {frozenset(each.items()) for each in without} == feasible


@given(spaces(), points)
def test_clauses_say_the_same_as_the_space(space: Space, point: Point) -> None:
    clauses = Clauses(space, Expect.SUCCESS)
    taken = [clauses.numbers[each] for each in point.items()]
    is_success = space.excluded(point) is None and space.expects(point) is Expect.SUCCESS
    assert (clauses.solve(taken) is not None) == is_success


def test_parts_come_from_a_pool_that_grows_by_what_it_lacks() -> None:
    two = (Value("0", ""), Value("1", ""))
    space = Space("small", tuple(Dimension(name, "", two) for name in "abcd"), ())
    pool: list[Point] = [{"a": "0", "b": "0"}]
    rows = Covering(space, Expect.SUCCESS, 2, seed=0).rows(pool)
    assert {(row["a"], row["b"]) for row in rows} == {(p["a"], p["b"]) for p in pool}
    assert len(pool) == 4


@pytest.mark.parametrize(("api", "there"), [("0.11", ["0", "1"]), ("0.12", ["0", "2"])])
def test_a_space_has_the_values_of_a_platform_api(api: str, there: list[str]) -> None:
    first, last = PlatformApi.parse("0.12"), PlatformApi.parse("0.11")
    values = (Value("0", ""), Value("1", "", until=last), Value("2", "", since=first))
    never, late = Never(where(a="2"), ""), Never(where(a="0"), "", since=first)
    cause = Cause("late", where(a="0"), Expect.REFUSAL, since=first)
    space = Space("small", (Dimension("a", "", values),), (never, late), (cause,))
    here = space.at(Target.REGISTRY, PlatformApi.parse(api))
    assert [value.name for value in here.dimension("a").values] == there
    assert here.nevers == ((never, late) if "2" in there else ())
    assert here.causes == ((cause,) if api == "0.12" else ())


@given(st.lists(points, min_size=1))
def test_the_short_form_is_read_as_it_was_written(rows: list[Point]) -> None:
    assert list(read_compact(write_compact(rows))) == rows
