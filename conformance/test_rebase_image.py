"""The rebased image and its metadata: platform specification, rebaser."""

from __future__ import annotations

import pytest

from pytest_cnb_report.suite.finding import Finding


@pytest.mark.cnb_requirement("rebase.succeeds")
def test_succeeds(cnb_finding: Finding) -> None:
    """A rebase that the specification permits is done."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.layers")
def test_layers(cnb_finding: Finding) -> None:
    """The layers are the new run image's and then the app's own."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.config.unchanged")
def test_config_unchanged(cnb_finding: Finding) -> None:
    """How a container starts stays as it was."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.metadata.reference")
def test_metadata_reference(cnb_finding: Finding) -> None:
    """The metadata label identifies the new run image."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.metadata.top-layer")
def test_metadata_top_layer(cnb_finding: Finding) -> None:
    """The metadata label has the new top layer."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.metadata.rest-unchanged")
def test_metadata_rest(cnb_finding: Finding) -> None:
    """The rest of the metadata label stays."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.metadata.unknown-kept")
def test_metadata_unknown(cnb_finding: Finding) -> None:
    """Observed: do unknown keys survive."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.metadata.forced-unlisted")
def test_metadata_forced_unlisted(cnb_finding: Finding) -> None:
    """A forced, unlisted run image is named as given."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.tags.same-image")
def test_same_image(cnb_finding: Finding) -> None:
    """Every name that was given ends as the same image."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.previous-image.untouched")
def test_previous_image(cnb_finding: Finding) -> None:
    """-previous-image is rebased, and stays as it was."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.run-image.default")
def test_default_run_image(cnb_finding: Finding) -> None:
    """The run image is resolved from the metadata label."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.inputs.environment")
def test_inputs(cnb_finding: Finding) -> None:
    """Variables mean what the flags mean."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.target.unchanged")
def test_target_unchanged(cnb_finding: Finding) -> None:
    """Without force the target stays what it was."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.target.forced")
def test_target_forced(cnb_finding: Finding) -> None:
    """With force the target is the new run image's."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.created.constant")
def test_created_constant(cnb_finding: Finding) -> None:
    """The created time is a constant."""
    cnb_finding.must_be_met()


@pytest.mark.cnb_requirement("rebase.reproducible")
def test_reproducible(cnb_finding: Finding) -> None:
    """The same rebase twice gives the same image."""
    cnb_finding.must_be_met()
