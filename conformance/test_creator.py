"""The creator: the same of a whole build in one call."""

from __future__ import annotations

import pytest

from pytest_cnb_report.pytest_plugin.item_result import ScenarioResult


@pytest.mark.cnb_phase("creator")
def test_creator(cnb_scenario: ScenarioResult) -> None:
    """Every requirement that applies to the scenario is met."""
    cnb_scenario.assert_met()
