"""One seed draws the same scenarios, whoever has them drawn, and there is something to them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from pytest_cnb_report.drive.cases import Case, Expect, Generated, Rebase
from pytest_cnb_report.drive.generated_cases import GENERATED, DrawnScenario, generated_cases
from pytest_cnb_report.drive.label_sets import LabelSet
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.drive.situation import planned
from pytest_cnb_report.planning.generated import case_for, draw_scenarios
from pytest_cnb_report.scenarios.rebase_space import OLD_DIMENSIONS, REBASES
from pytest_cnb_report.scenarios.space import Point
from pytest_cnb_report.scenarios.tables import rows_at
from pytest_cnb_report.strategies import CHARACTERS, rebases
from pytest_cnb_report.values import PLATFORM_APIS, PlatformApi, Target

NEWEST = PLATFORM_APIS[-1]
PLACES = [(target, api) for target in Target for api in (PLATFORM_APIS[0], NEWEST)]

PROGRAM = """
import {modules}
from pytest_cnb_report.drive.generated_cases import generated_cases
from pytest_cnb_report.planning.generated import draw_scenarios
from pytest_cnb_report.values import PLATFORM_APIS, Target
for case in generated_cases():
    for each in draw_scenarios(
        case.generated, Target.REGISTRY, PLATFORM_APIS[-1], examples=60, seed=3
    ):
        labels = each.labels
        print(sorted(each.point.items()), sorted(labels.app.items()), labels.run_image)
"""


def draw(
    generated: Generated,
    *,
    examples: int = 20,
    number: int = 0,
) -> tuple[DrawnScenario, ...]:
    return draw_scenarios(generated, *PLACES[1], examples=examples, seed=number)


def drawn_by(modules: str, folder: Path) -> str:
    """Draw in a process of its own, whose module `theirs` is somebody's project."""
    folder.mkdir()
    strings = [f"telling {number}" for number in range(50)]
    # Hypothesis leaves numbers up to a hundred alone
    (folder / "theirs.py").write_text(f"STRINGS = {strings}\nNUMBERS = {list(range(400))}\n")
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(modules=modules)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_what_a_project_has_loaded_changes_nothing(tmp_path: Path) -> None:
    plain = drawn_by("sys", tmp_path / "plain")
    assert plain.count("\n") > 40
    assert drawn_by("theirs", tmp_path / "project") == plain


@pytest.mark.parametrize("generated", GENERATED, ids=lambda each: f"{each.strategy}-{each.part}")
def test_another_seed_draws_other_scenarios(generated: Generated) -> None:
    one, same, other = (draw(generated, number=number) for number in (1, 1, 2))
    assert one == same
    assert one != other


def test_text_is_of_all_characters_and_no_others() -> None:
    small = [each for each in GENERATED if each.strategy == "small"]
    drawn = [scenario for each in small for scenario in draw(each, examples=800)]
    text = "".join(value for each in drawn for value in each.labels.run_image.values())
    assert set(text) == set(CHARACTERS)


def points_at(place: tuple[Target, PlatformApi], *, examples: int) -> list[Point]:
    points: list[Point] = []

    @seed(0)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(rebases(*place))
    def each(point: Point) -> None:
        points.append(point)

    each()
    return points


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0].value}-{place[1]}")
def test_every_value_comes_up_and_nothing_that_is_excluded(
    place: tuple[Target, PlatformApi],
) -> None:
    space = REBASES.at(*place)
    points = points_at(place, examples=3600)
    assert [point for point in points if space.excluded(point) is not None] == []
    exported_on = {tuple(row.point[n] for n in OLD_DIMENSIONS) for row in rows_at("rebase", *place)}
    plain = tuple(space.plain[name] for name in OLD_DIMENSIONS)
    old = [tuple(point[name] for name in OLD_DIMENSIONS) for point in points]
    assert set(old) == exported_on | {plain}
    assert old.count(plain) > len(old) / 4, "most of the others cost two more calls, once each"
    for dimension in space.dimensions:
        if dimension.name not in {"labels", *OLD_DIMENSIONS}:
            values = {point[dimension.name] for point in points}
            assert values == {value.name for value in dimension.values}


def test_most_rebases_that_are_drawn_have_to_succeed() -> None:
    space = REBASES.at(*PLACES[1])
    points = points_at(PLACES[1], examples=200)
    ends = [space.expects(point) for point in points]
    assert len(ends) * 0.6 < ends.count(Expect.SUCCESS) < len(ends) * 0.95
    assert {Expect.REFUSAL, Expect.EITHER} < set(ends)


def case_of(
    changes: dict[str, str], labels: LabelSet, place: tuple[Target, PlatformApi] = PLACES[1]
) -> Case:
    point = {k: v for k, v in REBASES.at(*place).plain.items() if k != "labels"}
    drawn = DrawnScenario({**point, **changes}, labels)
    return case_for(generated_cases()[0], drawn, *place)


def test_a_plain_scenario_has_only_the_labels_that_were_drawn() -> None:
    case = case_of({}, LabelSet({"one": "1"}, {"two": "2"}))
    assert isinstance(case.ask, Rebase)
    assert case.ask.old == Shape(), "the app image that cases by hand start from"
    assert {k: v for k, v in case.ask.app.labels.items() if v is not None} == {
        "io.buildpacks.rebasable": "true",
        "com.example.build": "17",
        "one": "1",
    }
    assert case.ask.new.labels == {"io.buildpacks.rebasable": "true", "two": "2"}
    situation = planned(case, *PLACES[1])
    assert (situation.expect, situation.lost_named_labels) == (Expect.SUCCESS, False)


@pytest.mark.parametrize(
    ("changes", "expect"),
    [
        ({"named": "unlisted"}, Expect.REFUSAL),
        ({"named": "unlisted", "force": "flag"}, Expect.SUCCESS),
        ({"app-rebasable": "absent"}, Expect.EITHER),
    ],
)
def test_a_scenario_has_to_end_as_the_space_says(changes: dict[str, str], expect: Expect) -> None:
    assert case_of(changes, LabelSet()).expect is expect
    assert case_of({"named": "unlisted"}, LabelSet(), PLACES[0]).expect is Expect.SUCCESS
