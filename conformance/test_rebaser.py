"""The rebaser: labels, layers, metadata, report, and what it has to refuse."""

from __future__ import annotations

import pytest

from pytest_cnb_report.pytest_plugin.item_result import ScenarioResult


@pytest.mark.cnb_phase("rebaser")
def test_rebaser(cnb_scenario: ScenarioResult) -> None:
    """Every requirement that applies to the scenario is met."""
    cnb_scenario.assert_met()
