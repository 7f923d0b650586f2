"""report.toml, the file: platform specification, `report.toml`; RFC 0040."""

from __future__ import annotations

import pytest

from pytest_cnb_report.suite.finding import Finding


@pytest.mark.cnb_requirement("report.written")
def test_written(cnb_finding: Finding) -> None:
    """A successful run leaves its report where it was asked to."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.default-path")
def test_at_default_path(cnb_finding: Finding) -> None:
    """With no path given, the report is at <layers>/report.toml."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.valid-toml")
def test_valid_toml(cnb_finding: Finding) -> None:
    """The report is UTF-8 and TOML."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.replaced")
def test_replaced(cnb_finding: Finding) -> None:
    """A longer report from before leaves nothing behind."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.absent-on-failure")
def test_absent_on_failure(cnb_finding: Finding) -> None:
    """A run that fails leaves no report of a success."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.termination-message-size")
def test_termination_message_size(cnb_finding: Finding) -> None:
    """Observed: does the report fit a termination message."""
    cnb_finding.must_be_met()
