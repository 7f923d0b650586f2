"""The exporter: what it writes to the image and to the report."""

from __future__ import annotations

import pytest

from pytest_cnb_report.pytest_plugin.item_result import ScenarioResult


@pytest.mark.cnb_phase("exporter")
def test_exporter(cnb_scenario: ScenarioResult) -> None:
    """Every requirement that applies to the scenario is met."""
    cnb_scenario.assert_met()
