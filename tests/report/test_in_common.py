"""What failing scenarios have in common, told from a run's results."""

from __future__ import annotations

from dataclasses import replace

import made_up
from hypothesis import given
from hypothesis import strategies as st

from pytest_cnb_report.report.aggregate import Distinct
from pytest_cnb_report.report.in_common import in_common, told_apart
from pytest_cnb_report.report.results import ScenarioFacts
from pytest_cnb_report.scenarios.in_words import value_in_words
from pytest_cnb_report.values import Outcome

PLAIN = {"force": "none", "old-history": "full", "named": "listed"}


def point(**values: str) -> dict[str, str]:
    return {**PLAIN, **{name.replace("_", "-"): value for name, value in values.items()}}


def test_one_value_tells_them_apart() -> None:
    failing = [point(old_history="none"), point(old_history="none", force="flag")]
    assert told_apart(failing, [point(), point(force="flag")]) == "old-history none"


def test_two_values_together() -> None:
    passing = [point(), point(force="flag"), point(named="mirror")]
    failing = [point(force="flag", named="mirror", old_history=each) for each in ("full", "none")]
    third = point(force="flag", named="mirror", old_history="with-empty")
    assert told_apart([*failing, third], passing) == "force flag and named mirror"


def test_two_values_of_a_few_scenarios_may_be_chance() -> None:
    passing = [point(), point(force="flag"), point(named="mirror")]
    assert told_apart([point(force="flag", named="mirror")] * 2, passing) == ""


def test_nothing_is_said_where_other_values_would_do_as_well() -> None:
    failing = [point(force="flag", named="mirror")]
    assert told_apart(failing, [point()]) == ""


def test_each_has_one_of_a_few() -> None:
    failing = [point(old_history="none"), point(force="flag")]
    assert told_apart(failing, [point(), point(named="mirror")]) == (
        "force flag or old-history none"
    )


def test_nothing_is_said_where_everything_fails_or_nothing_tells_them_apart() -> None:
    assert told_apart([point()], []) == ""
    assert told_apart([point()], [point()]) == ""
    assert told_apart([], [point()]) == ""


VALUES = st.fixed_dictionaries({name: st.sampled_from(["a", "b", "c"]) for name in "uvwx"})


@given(st.lists(VALUES, max_size=6), st.lists(VALUES, max_size=6))
def test_what_is_said_is_true(failing: list[dict[str, str]], passing: list[dict[str, str]]) -> None:
    said = told_apart(failing, passing)
    if not said:
        return
    word = " and " if " and " in said else " or "
    every = all if word == " and " else any
    values = [(each[0], each[2]) for each in said.split(word)]
    assert all(every(each in point.items() for each in values) for point in failing)
    assert not any(every(each in point.items() for each in values) for point in passing)


def test_only_results_of_the_same_requirement_and_place_are_compared() -> None:
    wrong = made_up.failure("rebase.layers", case="mix-1")
    right = replace(wrong, case="mix-2", outcome=Outcome.PASS)
    other = replace(right, case="mix-3", requirement="rebase.config.unchanged")
    run = replace(
        made_up.run(wrong, right, other),
        scenarios={
            f"{wrong.phase.value}/mix-1": ScenarioFacts("", point(force="flag")),
            f"{wrong.phase.value}/mix-2": ScenarioFacts("", point()),
            f"{wrong.phase.value}/mix-3": ScenarioFacts("", point(force="flag")),
        },
    )
    assert in_common(Distinct((wrong,)), run) == "force flag"


def test_what_is_in_common_is_said_in_words() -> None:
    """As the page of scenarios has it; a value of another version stays as it is."""
    assert value_in_words(made_up.B, "new-variant", "v2") == (
        "new run image: architecture variant v2"
    )
    assert value_in_words(made_up.B, "force", "flag") == "-force"
    assert value_in_words(made_up.B, "force", "none") == "whether the rebase is forced: not forced"
    assert value_in_words(made_up.B, "new-variant", "gone") == "new-variant gone"
