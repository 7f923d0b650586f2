"""report.toml, the app image: platform specification, `report.toml`."""

from __future__ import annotations

import pytest

from pytest_cnb_report.suite.finding import Finding


@pytest.mark.cnb_requirement("report.image.tags")
def test_tags(cnb_finding: Finding) -> None:
    """Tags names every reference that the app image was written to."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.image.digest")
def test_digest(cnb_finding: Finding) -> None:
    """Digest is the one of the app image's manifest."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.image.manifest-size")
def test_manifest_size(cnb_finding: Finding) -> None:
    """Manifest-size is the manifest's size in bytes."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("report.image.image-id")
def test_image_id(cnb_finding: Finding) -> None:
    """Image-id is the app image's ID at the daemon."""
    cnb_finding.must_be_met()
