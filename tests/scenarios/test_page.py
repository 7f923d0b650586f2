"""The page about the space is the one that the space makes."""

from __future__ import annotations

from pathlib import Path

from pytest_cnb_report.cli.scenarios_page import SCENARIOS, scenarios_page
from pytest_cnb_report.scenarios.tables import SPACES

DOCS = Path(__file__).parents[2] / "docs"


def test_it_is_current() -> None:
    assert (DOCS / SCENARIOS).read_text("utf-8") == scenarios_page(), (
        "run: python -m pytest_cnb_report.cli.requirements --write docs"
    )


def test_every_value_and_every_constraint_is_in_words() -> None:
    page = scenarios_page()
    for space in SPACES.values():
        for dimension in space.dimensions:
            assert f"`{dimension.name}`: {dimension.words}" in page
            assert all(f"`{each.name}` {each.words}" in page for each in dimension.values)
        assert all(each.because in page for each in space.nevers)
