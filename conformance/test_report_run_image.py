"""report.toml, the run image: RFC 0129."""

from __future__ import annotations

import pytest

from pytest_cnb_report.suite.finding import Finding


@pytest.mark.cnb_requirement("report.run-image.image")
def test_image(cnb_finding: Finding) -> None:
    """Image is a name under which the platform knows the run image."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.reference")
def test_reference(cnb_finding: Finding) -> None:
    """Reference identifies the run image and no other."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.reference.immutable")
def test_reference_immutable(cnb_finding: Finding) -> None:
    """Reference cannot be moved to another image."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.reference.form")
def test_reference_form(cnb_finding: Finding) -> None:
    """Observed: which form of reference was chosen."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.top-layer")
def test_top_layer(cnb_finding: Finding) -> None:
    """Top-layer is the diff ID of the run image's top layer."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.layout")
def test_layout(cnb_finding: Finding) -> None:
    """The fields stand where the profile puts them."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.after-rebase")
def test_after_rebase(cnb_finding: Finding) -> None:
    """No field speaks of the old run image."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.coherent")
def test_coherent(cnb_finding: Finding) -> None:
    """Top-layer belongs to what reference leads to."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.matches-label")
def test_matches_label(cnb_finding: Finding) -> None:
    """The report and the metadata label agree."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.image.resolved")
def test_image_resolved(cnb_finding: Finding) -> None:
    """Image is resolved from the run file."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.mirrors")
def test_mirrors(cnb_finding: Finding) -> None:
    """Mirrors are those of the entry that image is resolved to."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.run-image.forced-unlisted")
def test_forced_unlisted(cnb_finding: Finding) -> None:
    """A forced, unlisted run image is named as given."""
    cnb_finding.must_be_met()
