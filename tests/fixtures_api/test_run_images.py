"""`cnb_run_image`: what it says of an image is what the registry holds."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings

from pytest_cnb_report.public_api import (
    BuildFixture,
    MadeRunImage,
    RebaseFixture,
    RegistryFixture,
    RunImageFixture,
    Shape,
)
from pytest_cnb_report.strategies import run_images


def unpacked(blob: bytes, compression: str) -> bytes:
    if compression == "gzip":
        return gzip.decompress(blob)
    if compression == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(blob)
    return blob


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def stored(registry: RegistryFixture, name: str) -> tuple[str, bytes, dict[str, Any]]:
    """Repository, bytes and content of the manifest that a name leads to."""
    repository, _, tag = name.removeprefix(f"{registry.address}/").rpartition(":")
    manifest = registry.registry.get_manifest(repository, tag)
    assert manifest is not None
    return repository, manifest.content, json.loads(manifest.content)


def assert_as_stated(registry: RegistryFixture, made: MadeRunImage, name: str) -> None:
    repository, content, manifest = stored(registry, name)
    assert sha256(content) == made.digest
    if "manifests" in manifest:
        assert made.shape.index
        digests = [entry["digest"] for entry in manifest["manifests"]]
        assert made.digests[0] in digests
        found = registry.registry.get_manifest(repository, made.digests[0])
        assert found is not None
        manifest = json.loads(found.content)
    config = registry.registry.get_blob(repository, manifest["config"]["digest"])
    assert config is not None
    assert sha256(config) == made.image_id
    document = json.loads(config)
    assert document["config"]["Labels"] == made.labels
    tars = []
    for layer in manifest["layers"]:
        blob = registry.registry.get_blob(repository, layer["digest"])
        assert blob is not None
        tars.append(unpacked(blob, made.shape.compression))
    diff_ids = tuple(map(sha256, tars))
    assert diff_ids == made.diff_ids == tuple(document["rootfs"]["diff_ids"])
    assert made.top_layer == diff_ids[-1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shape=run_images())
def test_every_shape(
    cnb_run_image: RunImageFixture, cnb_registry: RegistryFixture, shape: Shape
) -> None:
    made = cnb_run_image(shape)
    assert made.shape == shape
    for name in (made.name, made.mirror):
        assert_as_stated(cnb_registry, made, name)


def test_changes_to_a_shape(cnb_run_image: RunImageFixture, cnb_registry: RegistryFixture) -> None:
    shape = Shape(layers=1, flavour="oci", labels={"a": "1", "b": "2"})
    made = cnb_run_image(shape, layers=4, variant="v8", labels={"b": "3", "c": ""})
    assert len(made.diff_ids) == 4
    assert made.facts.variant == "v8"
    assert {key: made.labels[key] for key in "abc"} == {"a": "1", "b": "3", "c": ""}
    assert stored(cnb_registry, made.name)[2]["mediaType"].startswith("application/vnd.oci.")


def test_a_label_that_keeps_a_rebase_legal_can_be_taken_away(
    cnb_run_image: RunImageFixture,
) -> None:
    assert "io.buildpacks.stack.id" in cnb_run_image().labels
    assert (
        "io.buildpacks.stack.id"
        not in cnb_run_image(labels={"io.buildpacks.stack.id": None}).labels
    )


def test_no_two_are_the_same(cnb_run_image: RunImageFixture) -> None:
    one, other = cnb_run_image(), cnb_run_image()
    assert not {one.name, one.mirror, *one.diff_ids} & {other.name, other.mirror, *other.diff_ids}


def test_editions_of_the_same_name_share_their_layers(cnb_run_image: RunImageFixture) -> None:
    one, other = (cnb_run_image(edition="shared", labels={"n": n}) for n in "12")
    assert one.diff_ids == other.diff_ids
    assert one.image_id != other.image_id


def test_what_it_is_called_by_digest(
    cnb_run_image: RunImageFixture, cnb_registry: RegistryFixture
) -> None:
    made = cnb_run_image(index=True)
    assert cnb_registry.resolve(made.reference).digest == made.digest


def test_its_names_lead_to_it_after_it_was_used(
    cnb_run_image: RunImageFixture,
    cnb_registry: RegistryFixture,
    cnb_export: BuildFixture,
    cnb_rebase: RebaseFixture,
) -> None:
    old, new = cnb_run_image(), cnb_run_image()
    app = cnb_export(old)
    cnb_rebase(app, run_image=new)
    cnb_rebase(app, run_image=new, by="unlisted", force=True)
    for made in (old, new):
        for name in (made.name, made.mirror):
            assert cnb_registry.read(name).digest == made.digest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": 0}, "0 layers has no top layer"),
        ({"compression": "zstd", "flavour": "docker"}, "no name for a zstd layer"),
        ({"target": "disk"}, "target='disk': give 'registry' or 'daemon'"),
        ({"compression": "bz2"}, "compression='bz2': give 'gzip', 'zstd' or 'none'"),
        ({"history": "foo"}, "history='foo': give 'full', 'none' or 'with-empty'"),
    ],
    ids=str,
)
def test_what_cannot_be(
    cnb_run_image: RunImageFixture, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        cnb_run_image(**changes)


def test_a_run_image_somewhere_else(
    cnb_run_image: RunImageFixture, cnb_export: BuildFixture
) -> None:
    with pytest.raises(ValueError, match="is in the registry, but is needed in the daemon"):
        cnb_export(cnb_run_image(), target="daemon")
