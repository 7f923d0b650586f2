"""Labels at rebase: RFC 0050; platform specification, rebaser outputs."""

from __future__ import annotations

import pytest

from pytest_cnb_report.suite.finding import Finding


@pytest.mark.cnb_requirement("rebase.labels.stack.added")
def test_stack_added(cnb_finding: Finding) -> None:
    """Every stack label of the new run image is there."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.stack.replaced")
def test_stack_replaced(cnb_finding: Finding) -> None:
    """A stack label on both sides takes the new value."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.stack.copied")
def test_stack_copied(cnb_finding: Finding) -> None:
    """A stack label's value is the new one byte for byte."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.stack.removed")
def test_stack_removed(cnb_finding: Finding) -> None:
    """A stack label that only the app image had is gone."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.stack.named")
def test_stack_named(cnb_finding: Finding) -> None:
    """Each of the eight labels that RFC 0050 names is copied."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.stack.optional")
def test_stack_optional(cnb_finding: Finding) -> None:
    """None of the eight labels has to exist."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.base.added")
def test_base_added(cnb_finding: Finding) -> None:
    """Every base label of the new run image is there."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.base.replaced")
def test_base_replaced(cnb_finding: Finding) -> None:
    """A base label on both sides takes the new value."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.base.copied")
def test_base_copied(cnb_finding: Finding) -> None:
    """A base label's value is the new one byte for byte."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.base.removed")
def test_base_removed(cnb_finding: Finding) -> None:
    """A base label that only the app image had is gone."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.other.preserved")
def test_other_preserved(cnb_finding: Finding) -> None:
    """Every other label of the app image stays."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.other.not-copied")
def test_other_not_copied(cnb_finding: Finding) -> None:
    """No other label of the run image arrives."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.boundary")
def test_boundary(cnb_finding: Finding) -> None:
    """A label that only looks like one of them is left alone."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.labels.idempotent")
def test_idempotent(cnb_finding: Finding) -> None:
    """A second rebase changes no label."""
    cnb_finding.must_be_met()
