"""The command that the end of a run gives for a failure in a scenario with many differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import made_up
import pytest

from pytest_cnb_report.report.html import page
from pytest_cnb_report.report.markdown import markdown
from pytest_cnb_report.report.results import Result, Run, ScenarioFacts
from pytest_cnb_report.report.simpler import FEWEST, simplifying
from pytest_cnb_report.scenarios.rebase_space import REBASES
from pytest_cnb_report.values import Phase

OPTIONS = "--lifecycle 'my lifecycle' --platform-api 0.14 --profile platform-spec"
ASKED = "--requirement rebase.layers -- -k '[rebaser-registry-mix-1]'"


def failed(
    differences: int, reproduce: str | None, *, in_tables: bool = True
) -> tuple[Run, Result]:
    wrong = replace(
        made_up.failure("rebase.layers", case="mix-1"), phase=Phase.REBASER, reproduce=reproduce
    )
    point = {**REBASES.plain} if in_tables else {}
    facts = ScenarioFacts("", point, differences)
    run = replace(made_up.run(wrong), scenarios={f"{wrong.phase.value}/{wrong.case}": facts})
    return run, wrong


def test_it_has_the_options_of_the_run() -> None:
    text = f"cnb-conformance run {OPTIONS} --target registry --strict {ASKED}"
    run, wrong = failed(FEWEST, text)
    assert simplifying(run, wrong) == (
        f"cnb-conformance simplify {wrong.phase.value}-{wrong.target.value}-mix-1 {OPTIONS}"
        " --requirement rebase.layers"
    )


@pytest.mark.parametrize("report", [page, markdown])
def test_the_reports_give_it(report: Callable[[Run], str]) -> None:
    text = f"cnb-conformance run --lifecycle mine {ASKED}"
    run, wrong = failed(FEWEST, text)
    assert simplifying(run, wrong) in report(run)
    assert " simplify " not in report(failed(FEWEST - 1, text)[0])


@pytest.mark.parametrize(
    ("differences", "reproduce"),
    [
        (FEWEST - 1, f"cnb-conformance run {OPTIONS} {ASKED}"),
        (FEWEST, "cnb-conformance check-report report.toml"),
        (FEWEST, None),
    ],
    ids=["few differences", "another command", "nothing to repeat"],
)
def test_there_is_none(differences: int, reproduce: str | None) -> None:
    assert simplifying(*failed(differences, reproduce)) == ""


def test_there_is_none_for_what_was_made_by_hand() -> None:
    text = f"cnb-conformance run {OPTIONS} {ASKED}"
    assert simplifying(*failed(FEWEST, text, in_tables=False)) == ""
