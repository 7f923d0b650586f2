"""`report.html`: one file that needs nothing else, for the people who have to act on a run.

The table of requirements is written here; what a result opens to is drawn in the browser when it is
opened, so that the page stays quick at thousands of results.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import jinja2

from pytest_cnb_report.report.aggregate import (
    areas,
    at_places,
    failures,
    places,
)
from pytest_cnb_report.report.in_common import in_common
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.report.page_data import in_words, page_data, result_ids, web_link
from pytest_cnb_report.report.table import cell_text
from pytest_cnb_report.report.verdict import CONFORMANT, NOT_CONFORMANT, summary, verdict
from pytest_cnb_report.report.visible_run import visible_run
from pytest_cnb_report.values import Level, Outcome, Phase, Target

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pytest_cnb_report.report.aggregate import Cell, Place
    from pytest_cnb_report.report.results import Run


_MOST_CASES = 3
"""Names of cases of one failure that are listed."""


@dataclass(frozen=True)
class Share:
    """One outcome's part of the results of a level."""

    outcome: Outcome
    count: int


def page(run: Run, reproduced: Collection[str] = ()) -> str:
    """Write the page of `run`.

    `reproduced` are the folders of reproductions that lie beside it, by their relative paths.
    """
    run = visible_run(run)
    comes_to = verdict(run)
    told = failures(run)
    ids = dict(zip(map(id, run.results), result_ids(run.results), strict=True))
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            run=run,
            verdict=comes_to,
            heading=f"Reference lifecycle {lifecycle_name(run)}"
            if run.lifecycle.kind == "reference"
            else f"Lifecycle {lifecycle_name(run)}",
            word=verdict_word(comes_to.exit_code) + run.reservation,
            state=_STATES.get(comes_to.exit_code, "error"),
            shares=_shares(run),
            failures=[(each, ids[id(each.first)], in_common(each, run)) for each in told],
            places=places(run.results),
            spans=_spans(places(run.results)),
            areas=areas(run),
            outcomes=_present(run),
            levels=[each for each in Level if any(r.level is each for r in run.results)],
            phases=[each for each in Phase if any(r.phase is each for r in run.results)],
            targets=[each for each in Target if any(r.target is each for r in run.results)],
            words=lambda result: in_words(run, result),
            most_cases=_MOST_CASES,
            data=page_data(run, reproduced),
        )
    )


@cache
def environment() -> jinja2.Environment:
    """Give the templates of all pages, with what they share."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("pytest_cnb_report.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(signs=SIGNS, cell_text=cell_text, describe=_describe)
    made.filters.update(at_places=at_places, broken=_broken, pieces=_pieces, web_link=web_link)
    return made


def lifecycle_name(run: Run) -> str:
    """Name the lifecycle: its version, else what was asked for."""
    return run.lifecycle.version or run.lifecycle.given


def verdict_word(exit_code: int) -> str:
    """Say in a word or two what an exit code means."""
    words = {CONFORMANT: "Conformant", NOT_CONFORMANT: "Not conformant"}
    return words.get(exit_code, "Could not judge")


_STATES = {CONFORMANT: "pass", NOT_CONFORMANT: "fail"}


def _shares(run: Run) -> Mapping[Level, list[Share]]:
    return {
        level: [Share(outcome, count) for outcome, count in counts.items()]
        for level, counts in summary(run.results).items()
        if counts
    }


def _present(run: Run) -> list[tuple[Outcome, int]]:
    counts = [(each, sum(r.outcome is each for r in run.results)) for each in Outcome]
    return [(outcome, count) for outcome, count in counts if count]


def _spans(at: tuple[Place, ...]) -> list[tuple[Phase, int]]:
    """Give each phase with the number of its columns."""
    return [(p, sum(each.phase is p for each in at)) for p in dict.fromkeys(e.phase for e in at)]


def _describe(cell: Cell) -> str:
    """Say in words what a cell shows in signs."""
    return ", ".join(f"{count} {SIGNS[outcome].word}" for outcome, count in cell.counts.items())


def _pieces(path: str) -> list[str]:
    """Split a path behind its slashes, where a narrow column may break it."""
    return re.findall(r"[^/]*/|[^/]+", path)


def _broken(name: str) -> list[str]:
    """Split an identifier behind its dots, where a narrow column may break it."""
    parts = name.split(".")
    return [f"{part}." for part in parts[:-1]] + parts[-1:]
