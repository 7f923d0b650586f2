"""Which failure the end of a run tells in full: that of the plainest scenario."""

from __future__ import annotations

from dataclasses import replace

import made_up

from pytest_cnb_report.report.end_screen import end_screen
from pytest_cnb_report.report.results import SMALLEST, Result, Run, ScenarioFacts


def told(run: Run) -> list[str]:
    return ["".join(segment.text for segment in line) for line in end_screen(run, 200, 40)]


def run_of(*failed: tuple[Result, int]) -> Run:
    scenarios = {
        f"{each.phase.value}/{each.case}": ScenarioFacts("", {"force": "flag"}, differences)
        for each, differences in failed
    }
    return replace(made_up.run(*(each for each, _ in failed)), scenarios=scenarios)


def test_it_is_the_plainest_of_those_that_weigh_most() -> None:
    one = made_up.failure("rebase.layers", case="mix-1")
    other = made_up.failure("rebase.config.unchanged", case="mix-2")
    lines = told(run_of((one, 12), (other, 3)))
    assert next(line for line in lines if line.startswith("first")).split()[1] == (
        "rebase.config.unchanged:"
    )


def test_a_scenario_that_was_shrunk_is_told_with_the_scenario() -> None:
    wrong = made_up.failure("rebase.layers", case="generated-wide-1")
    wrong = replace(wrong, message=f"wrong layers: {SMALLEST}a rebase (app image: no history)")
    lines = told(run_of((wrong, 2)))
    assert [line for line in lines if "wrong layers" in line] == [
        next(line for line in lines if line.rstrip().endswith("1/1  wrong layers")),
        "first      rebase.layers: wrong layers",
    ]
    (scenario,) = (line for line in lines if line.startswith("scenario"))
    assert scenario.endswith("generated-wide-1: a rebase (app image: no history)")
