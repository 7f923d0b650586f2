"""A mistake under a condition is caught exactly where the records of two lifecycles tell it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from pytest_cnb_report.cli.main import main
from pytest_cnb_report.drive.cases import Case, Expect, Rebase
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.selftest import regions
from pytest_cnb_report.selftest.chosen_cases import Judged
from pytest_cnb_report.selftest.condition_proof import Region, prove_conditions
from pytest_cnb_report.selftest.conditions import (
    Condition,
    Point,
    ShowsOnly,
    Space,
    conditions_at,
    coverage,
)
from pytest_cnb_report.selftest.effect_runner import (
    EffectRunner,
    Observed,
    Where,
    effect_runner,
    not_met,
)
from pytest_cnb_report.selftest.effects import Effect
from pytest_cnb_report.selftest.regions import PLACES, region_of
from pytest_cnb_report.values import Phase

PLACE = PLACES[0]
SCENARIOS = frozenset(
    {
        *("plain", "several-images", "new-name", "mirror", "unlisted", "forced-unlisted"),
        *("forced", "force-by-environment", "run-image-by-environment", "default-run-image"),
        *("longer-report-before", "report-by-environment", "rebasable-false"),
    }
)
"""A few of the cases that there are, in place of a table of scenarios."""


def point_of(case: Case) -> Point:
    ask = case.ask
    if case.name not in SCENARIOS or not isinstance(ask, Rebase):
        return {}
    return {
        "given": ask.given,
        "named": ask.run_name,
        "force": str(ask.force),
        "images": str(ask.images),
        "previous": str(ask.previous_image),
        "before": str(ask.report.longer_before),
    }


def made_up_region() -> Region:
    """A space in which just that is feasible of which there is a scenario."""
    region = region_of(PLACE, (Phase.REBASER,), Space({}, lambda *_: False), point_of)
    values: dict[str, dict[str, None]] = {}
    for point in region.points.values():
        for dimension, value in point.items():
            values.setdefault(dimension, {})[value] = None

    def feasible(part: Point, ends: Expect) -> bool:
        del ends
        return any(part.items() <= point.items() for point in region.points.values())

    dimensions = {name: tuple(names) for name, names in values.items()}
    return Region(PLACE, (Phase.REBASER,), Space(dimensions, feasible), region.points)


REGION = made_up_region()


@pytest.fixture(scope="module")
def runner() -> Iterator[EffectRunner]:
    with effect_runner() as runner:
        yield runner


def by_name(observed: Iterator[Observed]) -> dict[str, tuple[Judged, Observation]]:
    found = {}
    for judged, observation in observed:
        assert not isinstance(observation, str), observation
        found[judged.case.name] = (judged, observation)
    return found


def caught_when_composed(
    condition: Condition,
    right: Mapping[str, tuple[Judged, Observation]],
    faulty: Mapping[str, tuple[Judged, Observation]],
) -> bool:
    """Judge a lifecycle that makes its mistake under a condition: a record of both."""
    text = load_text(PLACE.profile)
    composed = {
        name: (faulty if condition <= REGION.points[name].items() else right)[name]
        for name in REGION.points
    }
    return any(not_met(judged, seen, text) for judged, seen in composed.values())


@pytest.mark.parametrize(
    "fault", ["second-image-forgotten", "unlisted-accepted", "last-label-forgotten"]
)
def test_it_is_caught_where_a_composed_record_is_failed(fault: str, runner: EffectRunner) -> None:
    assert len(REGION.points) == len(SCENARIOS)
    right = by_name(runner.observed_right(REGION.where))
    faulty = by_name(runner.observed(REGION.where, fault))
    caught_at = {
        name: REGION.points[name]
        for name, by in runner.caught(REGION.where, fault).by.items()
        if by
    }
    assert 0 < len(caught_at) < len(REGION.points)
    found = coverage(REGION.space, caught_at, ends=Expect.SUCCESS)
    assert found.caught
    assert found.gaps
    for condition in REGION.space.conditions():
        composed = caught_when_composed(condition, right, faulty)
        assert composed == (condition in found.caught), condition
        held = any(condition in set(conditions_at(point)) for point in REGION.points.values())
        assert (condition in found.gaps) == (held and not composed)


def test_the_right_lifecycle_is_caught_nowhere(runner: EffectRunner) -> None:
    caught = runner.caught(REGION.where, None)
    assert set(caught.by) == SCENARIOS
    assert not any(caught.by.values())
    assert caught.errors == ()


SECOND = Effect(
    "second-name-forgotten",
    "Of several names only the first is written.",
    ("second-image-forgotten",),
    (Phase.REBASER,),
    only=(ShowsOnly("images", frozenset({"3"}), "there is no second name"),),
)


def test_an_effect_is_proven_in_processes_of_their_own() -> None:
    told: list[tuple[int, int, int]] = []
    proof = prove_conditions(
        [SECOND], [REGION], workers=2, tell=lambda *numbers: told.append(numbers)
    )
    assert proof.problems == ()
    assert proof.exit_code == 0
    (proven,) = proof.proven
    assert frozenset({("images", "3")}) in proven.coverage.caught
    assert set(proven.coverage.hidden.values()) == {"there is no second name"}
    assert told == [(1, 2, 0), (2, 2, 0)]


def test_a_scenario_that_there_is_not_leaves_nothing_proven() -> None:
    gone = Where(PLACE, (Phase.REBASER,), frozenset({"no-such-case"}))
    with effect_runner() as runner:
        assert runner.caught(gone, None).by == {}


def test_a_fault_that_there_is_not_is_a_problem() -> None:
    unknown = Effect("unknown", "It is not known.", ("no-such-fault",), (Phase.REBASER,))
    proof = prove_conditions([unknown], [REGION], workers=1)
    assert proof.exit_code == 2
    (problem,) = proof.problems
    assert "LookupError: there is no fault no-such-fault" in problem


def test_conditions_are_proven_from_the_command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "regions", lambda: (REGION,))
    words = ["self-test", "--conditions", "--fault", "no-report", "--fault", "refusal-*"]
    assert main([*words, "--format", "json", "-n", "2"]) == 1
    document = json.loads(capsys.readouterr().out)
    everywhere, refusals = document["effects"]
    assert everywhere["effect"] == "no-report"
    assert everywhere["scenarios"] == len(SCENARIOS)
    assert refusals["gaps"]
    assert document["problems"] == []


def test_effects_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["self-test", "--conditions", "--list", "--fault", "old-*"]) == 0
    said = capsys.readouterr().out
    assert "old-reference\n  After a rebase" in said
    assert "no-report" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fault", "no-such-*"], "no effect matches 'no-such-*'"),
        (["--format", "markdown"], "give --format table or json"),
        (["--target", "daemon"], "proven with a registry"),
    ],
)
def test_what_cannot_be_proven_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["self-test", "--conditions", *words]) == 2
    assert said in capsys.readouterr().err
