"""The further rows: where a mistake needs labels or names to be seen, they are there."""

from __future__ import annotations

import pytest

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios import make_shown
from pytest_cnb_report.scenarios.make_shown import demands, extra_rows
from pytest_cnb_report.scenarios.space import Dimension, Never, Space, Value, where
from pytest_cnb_report.scenarios.tables import RANGES, SPACES, Row, rows_at
from pytest_cnb_report.values import PlatformApi, Target

LABELS = Dimension("labels", "labels", (Value("every-kind", "some"), Value("none", "none")))
TAGS = Dimension("tags", "names", (Value("1", "one"), Value("2", "two")))
GIVEN = Dimension("given", "how it is given", (Value("flag", "a flag"), Value("file", "a file")))
SMALL = Space(
    "build",
    (LABELS, TAGS, GIVEN),
    (Never(where(given="file", tags="2"), "a file has one name"),),
)
PAIRS = [
    Row(Expect.SUCCESS, {"labels": "every-kind", "tags": "1", "given": "flag"}),
    Row(Expect.SUCCESS, {"labels": "none", "tags": "2", "given": "flag"}),
    Row(Expect.SUCCESS, {"labels": "none", "tags": "1", "given": "file"}),
    Row(Expect.SUCCESS, {"labels": "every-kind", "tags": "1", "given": "file"}),
]


def test_a_pair_is_demanded_beside_what_shows_a_mistake() -> None:
    found = [
        (dict(pair), dict(beside.values)) for pair, beside in demands(SMALL, PAIRS, Expect.SUCCESS)
    ]
    with_labels = {"labels": frozenset({"every-kind"})}
    # two names and labels are in no row together: neither as a pair nor beside another
    assert ({"labels": "every-kind", "tags": "2"}, {}) in found
    assert ({"tags": "2", "given": "flag"}, with_labels) in found
    assert not any(pair.get("given") == "file" and pair.get("tags") == "2" for pair, _ in found)


def test_what_is_demanded_is_in_the_rows_that_are_made() -> None:
    extra = extra_rows(SMALL, PAIRS, Expect.SUCCESS)
    assert extra == [Row(Expect.SUCCESS, {"labels": "every-kind", "tags": "2", "given": "flag"})]
    assert demands(SMALL, [*PAIRS, *extra], Expect.SUCCESS) == []
    assert extra_rows(SMALL, [*PAIRS, *extra], Expect.SUCCESS) == []


@pytest.mark.parametrize("api", RANGES, ids=str)
@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("name", SPACES)
def test_nothing_is_missing_in_the_committed_rows(
    name: str, target: Target, api: PlatformApi
) -> None:
    space = SPACES[name].at(target, api)
    rows = rows_at(name, target, api)
    assert demands(space, rows, Expect.SUCCESS) == [], f"run python -m {make_shown.__name__}"
    pairs = rows_at(name, target, api, shown=False)
    assert demands(space, pairs, Expect.SUCCESS) != []
