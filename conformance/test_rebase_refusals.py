"""What a rebaser refuses: platform specification, rebaser inputs and outputs."""

from __future__ import annotations

import pytest

from pytest_cnb_report.suite.finding import Finding


@pytest.mark.cnb_requirement("rebase.unlisted.refused")
def test_unlisted(cnb_finding: Finding) -> None:
    """A run image that is not listed is refused."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.rebasable-false.refused")
def test_rebasable_false(cnb_finding: Finding) -> None:
    """An app image that cannot be rebased is refused."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.target.mismatch-refused")
def test_other_target(cnb_finding: Finding) -> None:
    """A run image for another target is refused."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.refusal.exit-code")
def test_exit_code(cnb_finding: Finding) -> None:
    """A refusal exits with 70 to 79."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.refusal.untouched")
def test_untouched(cnb_finding: Finding) -> None:
    """A refusal leaves the app image as it was."""
    cnb_finding.must_be_met()
