"""What comes back from a call, of one that succeeded and of one that did not."""

from __future__ import annotations

import json
import re
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from pytest_cnb_report.public_api import (
    BuildFixture,
    LifecycleFixture,
    NotThereError,
    Observed,
    Phase,
    RebaseFixture,
    RegistryFixture,
    RunImageFixture,
    Target,
)

from .lab import Fixtures, lab_of


@pytest.fixture(scope="module")
def exported(cnb_export: BuildFixture) -> Observed:
    return cnb_export(tags=2)


def test_the_call(exported: Observed) -> None:
    assert (exported.phase, exported.target) == (Phase.EXPORTER, Target.REGISTRY)
    assert exported.exit_code == 0
    assert exported.call.environment["CNB_PLATFORM_API"] == str(exported.platform_api)
    assert exported.images[0] in exported.call.shell
    assert exported.output == exported.call.stdout + exported.call.stderr


def test_the_app_image(exported: Observed, cnb_registry: RegistryFixture) -> None:
    for name in exported.images:
        assert cnb_registry.read(name) == exported.app
    assert exported.app.digest == exported.digest
    assert exported.diff_ids[:2] == exported.run_image.diff_ids
    assert exported.metadata["runImage"]["topLayer"] == exported.run_image.top_layer
    assert json.loads(exported.labels["io.buildpacks.lifecycle.metadata"]) == exported.metadata


def test_its_bytes(exported: Observed) -> None:
    image = exported.image
    assert (image.digest, image.image_id) == (exported.digest, exported.image_id)
    with tarfile.open(fileobj=BytesIO(image.layers[0].tar)) as layer:
        assert any(name.startswith("usr/share/") for name in layer.getnames())


def test_the_report(exported: Observed) -> None:
    assert exported.report["image"]["digest"] == exported.digest
    assert exported.report["run-image"]["top-layer"] == exported.run_image.top_layer
    assert exported.report_path.name == "report.toml"


def test_the_requests_of_one_call(exported: Observed, cnb_rebase: RebaseFixture) -> None:
    paths = {request.path for request in exported.requests if request.method == "PUT"}
    for name in exported.images:
        assert any(path.endswith(f"/manifests/{name.rpartition(':')[2]}") for path in paths)
    requests = cnb_rebase(exported).requests
    assert [each.number for each in requests] == list(range(1, len(requests) + 1))
    assert requests[0].at == 0
    assert not any("/manifests/" in each.path for each in requests if each.path in paths)


def test_the_app_image_that_was_rebased_stays_as_it_was(
    exported: Observed, cnb_rebase: RebaseFixture, cnb_registry: RegistryFixture
) -> None:
    first, second = cnb_rebase(exported), cnb_rebase(exported, labels={"mine": "1"})
    assert cnb_registry.read(exported.images[0]).digest == exported.digest
    assert "mine" not in first.labels
    assert second.labels["mine"] == "1"
    assert second.diff_ids[2:] == exported.diff_ids[2:]


def test_how_it_shows(exported: Observed) -> None:
    assert repr(exported) == "<Observed: registry, the exporter exited 0>"


def test_a_call_that_failed(cnb_rebase: RebaseFixture, cnb_export: BuildFixture) -> None:
    failed = cnb_export(process_type="none", expect="failure")
    assert failed.exit_code not in {0, None}
    with pytest.raises(NotThereError, match=r"there is no app image: .*the exporter exited \d+: "):
        _ = failed.labels
    with pytest.raises(NotThereError, match="there is no app image"):
        cnb_rebase(failed)
    with pytest.raises(NotThereError, match="no report can be read: there is no report"):
        _ = failed.report


def test_a_lifecycle_that_does_nothing() -> None:
    with lab_of("command:/bin/true", platform_api="0.12") as lab:
        fixtures = Fixtures(lab)
        nothing = fixtures.export()
        assert nothing.exit_code == 0
        with pytest.raises(
            NotThereError, match="there is no image of that name; the exporter exited"
        ):
            _ = nothing.digest
        with pytest.raises(NotThereError, match="there is no app image"):
            fixtures.rebase()


def test_a_call_that_was_not_reached() -> None:
    with lab_of("command:/bin/false", platform_api="0.12") as lab:
        blocked = Fixtures(lab).export()
    assert repr(blocked) == "<Observed: registry, the exporter was not called>"
    for attribute in ("exit_code", "images", "run_image", "app", "report_path", "image"):
        with pytest.raises(NotThereError, match="analyzer exited 1"):
            getattr(blocked, attribute)


def test_metadata_that_is_none(cnb_rebase: RebaseFixture) -> None:
    odd = cnb_rebase(labels={"io.buildpacks.lifecycle.metadata": "{"}, expect="failure")
    with pytest.raises(NotThereError, match="not JSON"):
        _ = odd.metadata


class TestTheLifecycle:
    def test_what_it_is(self, cnb_lifecycle: LifecycleFixture) -> None:
        assert cnb_lifecycle.is_reference
        assert cnb_lifecycle.given == "reference"
        assert re.fullmatch(r"\d+\.\d+.*", cnb_lifecycle.version or "")
        assert str(cnb_lifecycle.platform_api) == "0.15"

    def test_a_call_of_ones_own(
        self,
        cnb_lifecycle: LifecycleFixture,
        cnb_run_image: RunImageFixture,
        cnb_registry: RegistryFixture,
        tmp_path: Path,
    ) -> None:
        wanted = cnb_lifecycle.call(
            "rebaser",
            *("-run-image", cnb_run_image().name, cnb_registry.name("no/such/app")),
            environment={"CNB_REPORT_PATH": f"{tmp_path}/report.toml"},
        )
        assert wanted.exit_code not in {0, None}
        assert wanted.environment["CNB_REPORT_PATH"].endswith("report.toml")

    def test_where_it_starts(self, cnb_lifecycle: LifecycleFixture, tmp_path: Path) -> None:
        assert cnb_lifecycle.call("analyzer", directory=str(tmp_path)).directory == str(tmp_path)

    def test_what_is_no_phase(self, cnb_lifecycle: LifecycleFixture) -> None:
        with pytest.raises(ValueError, match="'restorer' is not a valid Phase"):
            cnb_lifecycle.call("restorer")
