"""The exported image: platform specification, exporter outputs and labels."""

from __future__ import annotations

import pytest

from pytest_cnb_report.suite.finding import Finding


@pytest.mark.cnb_requirement("export.succeeds")
def test_succeeds(cnb_finding: Finding) -> None:
    """An export that the specification permits is done."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("export.layers")
def test_layers(cnb_finding: Finding) -> None:
    """The app image stands on the run image's layers."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("export.labels.stack.inherited")
def test_stack_labels_inherited(cnb_finding: Finding) -> None:
    """The app image carries the run image's stack labels."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("export.labels.base.inherited")
def test_base_labels_inherited(cnb_finding: Finding) -> None:
    """The app image carries the run image's base labels."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("export.metadata.top-layer")
def test_metadata_top_layer(cnb_finding: Finding) -> None:
    """The metadata label has the run image's top layer."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("export.metadata.reference")
def test_metadata_reference(cnb_finding: Finding) -> None:
    """The metadata label identifies the run image."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("export.metadata.image")
def test_metadata_image(cnb_finding: Finding) -> None:
    """The metadata label's image is resolved from run.toml."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("export.metadata.mirrors")
def test_metadata_mirrors(cnb_finding: Finding) -> None:
    """The metadata label's mirrors are resolved from run.toml."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("export.metadata.stack-same")
def test_metadata_stack_same(cnb_finding: Finding) -> None:
    """The deprecated stack key holds the same data."""
    cnb_finding.must_be_met()
