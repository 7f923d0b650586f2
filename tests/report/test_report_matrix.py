"""The matrix: what its columns say, and what changed from run to run."""

from __future__ import annotations

from dataclasses import replace

import made_up

from pytest_cnb_report.report import matrix
from pytest_cnb_report.report.matrix_columns import Compared, columns_in_words
from pytest_cnb_report.report.results import LifecycleFacts, Result, Run
from pytest_cnb_report.values import Outcome, PlatformApi, Profile

LABELS = "rebase.labels.stack.added"
LAYERS = "rebase.layers"


def made(version: str, *results: Result, day: str = "2026-01-01", **more: object) -> Run:
    facts = LifecycleFacts("/cnb/lifecycle", "directory", version, sha256=None)
    run = made_up.run(*results, lifecycle=facts)
    return replace(run, started=f"{day}T10:00:00Z", **more)  # type: ignore[arg-type]


def of(*runs: Run) -> matrix.Matrix:
    return matrix.matrix(list(map(Compared, runs)))


def ok(requirement: str) -> Result:
    return made_up.result(requirement)


def bad(requirement: str, outcome: Outcome = Outcome.FAIL) -> Result:
    return made_up.result(requirement=requirement, outcome=outcome, message="wrong")


def turns(found: matrix.Matrix) -> list[tuple[str, bool, str, str]]:
    return [
        (turn.requirement, turn.failed, turn.before.name, turn.since.name)
        for each in found.series
        for turn in each.turns
    ]


def test_it_says_when_a_requirement_began_to_fail_and_when_it_is_met_again() -> None:
    found = of(
        made("1", ok(LABELS), ok(LAYERS)),
        made("2", bad(LABELS), ok(LAYERS)),
        made("3", bad(LABELS), bad(LAYERS)),
        made("4", ok(LABELS), bad(LAYERS)),
    )
    assert turns(found) == [
        (LABELS, True, "1", "2"),
        (LABELS, False, "3", "4"),
        (LAYERS, True, "2", "3"),
    ]


def test_a_known_failure_still_fails() -> None:
    known = of(made("1", bad(LABELS)), made("2", bad(LABELS, Outcome.KNOWN_FAILURE)))
    assert turns(known) == []


def test_a_run_that_did_not_fully_test_a_requirement_is_skipped() -> None:
    untestable = made("2", bad(LABELS, Outcome.UNTESTABLE))
    assert turns(of(made("1", ok(LABELS)), untestable, made("3", ok(LABELS)))) == []
    assert turns(of(made("1", ok(LABELS)), untestable, made("3", bad(LABELS)))) == [
        (LABELS, True, "1", "3")
    ]


def test_only_runs_by_the_same_text_at_the_same_api_are_compared() -> None:
    other_api = made("2", bad(LABELS), platform_api=PlatformApi(0, 9))
    other_text = made("3", bad(LABELS), profile=Profile.PLATFORM_SPEC)
    found = of(made("1", ok(LABELS)), other_api, other_text)
    assert found.series == ()
    assert of(made("1", ok(LABELS)), other_api, made("4", ok(LABELS))).series[0].turns == ()


def test_runs_are_named_together() -> None:
    runs = [made("0.20.20", platform_api=PlatformApi(0, minor)) for minor in (12, 13, 14)]
    columns = of(*runs, made("0.21.17", platform_api=PlatformApi(0, 15))).columns
    where = columns[0].destinations
    assert columns_in_words(columns) == (
        f"0.20.20, API 0.12 to 0.14, {where}; 0.21.17, API 0.15, {where}"
    )


def test_the_totals_count_each_requirement_once_by_its_worst_outcome() -> None:
    (column,) = of(made("1", ok(LABELS), bad(LABELS), ok(LAYERS), ok(LAYERS))).columns
    assert column.totals == {Outcome.FAIL: 1, Outcome.PASS: 1}


def test_lifecycles_of_one_version_are_told_apart_by_where_they_are() -> None:
    one = made("1", ok(LABELS))
    elsewhere = replace(one, lifecycle=LifecycleFacts("/other", "directory", "1", "ab" * 32))
    assert of(one, one).namesakes == set()
    assert of(one, elsewhere).namesakes == {"1"}
    page = matrix.page([Compared(one), Compared(elsewhere, "runs/1/report.html")])
    assert "/other, sha256 abababababab…" in page
    assert 'href="runs/1/report.html"' in page
