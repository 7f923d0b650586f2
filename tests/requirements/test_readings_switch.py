"""Every open question is switched by its data alone, and those that switch nothing say so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import pytest_cnb_report
from pytest_cnb_report.judge.text import ByReading, Choice, Text
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.requirements.judging import deciding_readings, judge, why_not
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Outcome, Profile

from . import (
    readings_rows_labels,
    readings_rows_rebase,
    readings_rows_refusals,
    readings_rows_report,
    readings_rows_resolution,
    readings_rows_run_image,
    readings_rows_sources,
)
from .readings_row import Row, right

ROWS: tuple[Row, ...] = (
    *readings_rows_report.ROWS,
    *readings_rows_run_image.ROWS,
    *readings_rows_resolution.ROWS,
    *readings_rows_labels.ROWS,
    *readings_rows_rebase.ROWS,
    *readings_rows_refusals.ROWS,
    *readings_rows_sources.ROWS,
)

BROKEN = {Outcome.FAIL, Outcome.WARN}
CHOICES: tuple[Choice, ...] = ("a", "b", "either")
EFFECTIVE = {reading.id for reading in load_register() if reading.no_effect is None}


def read_as(row: Row, choice: Choice) -> Text:
    text = load_text(row.profile)
    return replace(text, readings={**text.readings, **row.beside, row.reading: choice})


def outcome(requirement: str, seen: Observation, text: Text) -> Outcome:
    found = load_catalogue()[requirement]
    if why_not(found, seen.situation, text) is not None:
        return Outcome.NOT_APPLICABLE
    return judge(found, seen, text).outcome


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_reading_decides_the_verdict(row: Row) -> None:
    for requirement, expected in row.outcomes.items():
        found = tuple(outcome(requirement, row.seen(), read_as(row, each)) for each in CHOICES)
        assert found == expected, requirement
        # what is untestable names the requirement that says why
        judged = set(expected) - {Outcome.UNTESTABLE}
        assert requirement in load_register()[row.reading].requirements or len(judged) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_result_names_the_reading_exactly_where_its_outcome_depends_on_it(row: Row) -> None:
    for name, expected in row.outcomes.items():
        requirement = load_catalogue()[name]
        for number, choice in enumerate(CHOICES):
            named = deciding_readings(requirement, row.seen(), read_as(row, choice))
            depends = set(expected[:2]) != {expected[number]}
            assert (row.reading in named) == (depends and row.reading in requirement.readings)


@pytest.mark.parametrize("reading", sorted(EFFECTIVE))
def test_two_readings_come_to_different_verdicts(reading: str) -> None:
    of_it = [row for row in ROWS if row.reading == reading]
    assert any(a is not b for row in of_it for a, b, _ in row.outcomes.values())


def test_only_readings_with_an_effect_are_switched() -> None:
    assert {row.reading for row in ROWS} == EFFECTIVE


@pytest.mark.parametrize("row", [row for row in ROWS if not row.mixed], ids=lambda row: row.name)
def test_either_breaks_only_what_both_readings_break(row: Row) -> None:
    a, b, either = (BROKEN.isdisjoint(each) for each in zip(*row.outcomes.values(), strict=True))
    assert either == (a or b)


@pytest.mark.parametrize("profile", list(Profile), ids=lambda profile: profile.value)
def test_the_default_is_what_the_register_says(profile: Profile) -> None:
    readings = load_text(profile).readings
    assert readings == {reading.id: reading.judged_by.value for reading in load_register()}


@pytest.mark.parametrize("reading", sorted(EFFECTIVE))
def test_what_the_reference_does_is_broken_by_no_default(reading: str) -> None:
    rows = [row for row in ROWS if row.reading == reading]
    for row in rows:
        text = load_text(row.profile)
        for requirement in row.outcomes:
            assert outcome(requirement, right(row), text) in {
                Outcome.PASS,
                Outcome.OBSERVED,
                Outcome.NOT_APPLICABLE,
            }


# Which readings the code, the catalogue and the profiles depend on.


def used_in_code() -> Iterator[str]:
    """Find every reading that a rule asks a text for."""
    package = Path(pytest_cnb_report.__path__[0])
    for folder in ("judge", "requirements"):
        for path in (package / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Attribute(attr="accepts" | "reading"),
                        args=[ast.Constant(value=str(question)), *_],
                    ):
                        yield question


def used_in_data() -> Iterator[str]:
    """Find every reading that a requirement or a profile varies by."""
    for requirement in load_catalogue():
        yield from (variation.reading for variation in requirement.variations)
    for fields in load_text(Profile.RFC_0129).others.values():
        either = (fields.table, fields.spelling)
        yield from (each.reading for each in either if isinstance(each, ByReading))


def test_a_reading_says_that_it_has_no_effect_exactly_where_nothing_depends_on_it() -> None:
    assert {*used_in_code(), *used_in_data()} == EFFECTIVE
