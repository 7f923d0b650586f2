"""The page about the space is the one that the space makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_cnb_report.cli.every_scenario_page import every_scenario_pages
from pytest_cnb_report.cli.scenarios_page import SCENARIOS, scenarios_page
from pytest_cnb_report.scenarios.in_words import scenario_sentence
from pytest_cnb_report.scenarios.tables import SPACES, space_of
from pytest_cnb_report.values import Phase

DOCS = Path(__file__).parents[2] / "docs"


def test_it_is_current() -> None:
    assert (DOCS / SCENARIOS).read_text("utf-8") == scenarios_page(), (
        "run: python -m pytest_cnb_report.cli.requirements --write docs"
    )


def test_the_pages_of_every_scenario_are_current_and_github_shows_them() -> None:
    for name, text in every_scenario_pages().items():
        assert (DOCS / name).read_text("utf-8") == text, (
            "run: python -m pytest_cnb_report.cli.requirements --write docs"
        )
        assert len(text.encode()) < 512 * 1024
        anchors = re.findall(r'<a id="([^"]+)">', text)
        assert len(set(anchors)) == len(anchors) > 200


@pytest.mark.parametrize("phase", [Phase.CREATOR, Phase.REBASER])
def test_every_value_of_every_dimension_can_be_said_in_a_sentence(phase: Phase) -> None:
    space = space_of(phase)
    plain = scenario_sentence(phase, "", space.plain)
    assert plain.endswith(" with nothing special.")
    for dimension in space.dimensions:
        for value in dimension.values[1:]:
            point = {**space.plain, dimension.name: value.name}
            said = scenario_sentence(phase, "", point)
            assert value.words in said or dimension.name == "phase"


def test_a_scenario_outside_of_the_space_says_why_it_is_there() -> None:
    assert scenario_sentence(Phase.REBASER, "the same rebase twice", {}) == "The same rebase twice."
    with pytest.raises(KeyError):
        scenario_sentence(Phase.REBASER, "", {"force": "sometimes"})


def test_every_value_and_every_constraint_is_in_words() -> None:
    page = scenarios_page()
    for space in SPACES.values():
        for dimension in space.dimensions:
            assert f"`{dimension.name}`: {dimension.words}" in page
            assert all(f"`{each.name}` {each.words}" in page for each in dimension.values)
        assert all(each.because in page for each in space.nevers)
