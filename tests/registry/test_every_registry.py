"""What the suite relies on, the same on every kind of registry."""

from __future__ import annotations

import uuid

import pytest

from pytest_cnb_report.images.build import Flavour, build_index
from pytest_cnb_report.registry.digests import digest_of
from pytest_cnb_report.registry.protocol import Registry, RegistryError

from .made import image, push

UNKNOWN = digest_of(b"nowhere")


@pytest.fixture
def repository() -> str:
    return f"test/{uuid.uuid4()}"


@pytest.mark.parametrize("flavour", ["docker", "oci"])
def test_an_image_comes_back_as_it_was_put(
    registry: Registry, repository: str, flavour: Flavour
) -> None:
    made = image(flavour=flavour)
    assert push(registry, repository, "latest", made) == made.digest
    for reference in ("latest", made.digest):
        manifest = registry.get_manifest(repository, reference)
        assert manifest
        assert (manifest.content, manifest.media_type) == (made.manifest, made.media_type)
        assert manifest.digest == made.digest
    assert registry.get_blob(repository, made.image_id) == made.config
    assert registry.get_blob(repository, made.layers[0].digest) == made.layers[0].blob


@pytest.mark.parametrize("flavour", ["docker", "oci"])
def test_an_index_comes_back_as_it_was_put(
    registry: Registry, repository: str, flavour: Flavour
) -> None:
    made = build_index([image(1, flavour=flavour), image(2, flavour=flavour)], flavour=flavour)
    push(registry, repository, "latest", made)
    manifest = registry.get_manifest(repository, "latest")
    assert manifest
    assert (manifest.content, manifest.media_type) == (made.manifest, made.media_type)


def test_what_is_not_there_is_none(registry: Registry, repository: str) -> None:
    assert registry.tags(repository) == ()
    assert registry.get_manifest(repository, "latest") is None
    assert registry.get_blob(repository, UNKNOWN) is None
    push(registry, repository, "latest", image())
    assert registry.get_manifest(repository, "other") is None
    assert registry.get_manifest(repository, UNKNOWN) is None
    assert registry.get_blob(repository, UNKNOWN) is None
    assert registry.get_blob(repository, "nonsense") is None


def test_tags_are_sorted(registry: Registry, repository: str) -> None:
    for tag in ("two", "One", "one"):
        push(registry, repository, tag, image())
    assert registry.tags(repository) == ("One", "one", "two")


def test_putting_the_same_again_changes_nothing(registry: Registry, repository: str) -> None:
    first = push(registry, repository, "latest", image())
    assert push(registry, repository, "latest", image()) == first
    assert registry.tags(repository) == ("latest",)


def test_the_same_blob_goes_to_two_repositories(registry: Registry, repository: str) -> None:
    for place in (repository, f"{repository}/other"):
        digest = registry.put_blob(place, b"shared content")
        assert registry.get_blob(place, digest) == b"shared content"


def test_a_manifest_is_deleted_by_its_digest(registry: Registry, repository: str) -> None:
    made = image()
    push(registry, repository, "latest", made)
    assert registry.delete_manifest(repository, made.digest)
    assert registry.get_manifest(repository, made.digest) is None
    assert registry.get_manifest(repository, "latest") is None
    assert not registry.delete_manifest(repository, made.digest)


def test_a_manifest_whose_parts_are_missing_is_refused(registry: Registry, repository: str) -> None:
    made = image(12345)
    with pytest.raises(RegistryError) as refused:
        registry.put_manifest(repository, "latest", made.manifest, made.media_type)
    message = str(refused.value)
    assert message.startswith(f"registry {registry.address}: ")
    assert "MANIFEST_BLOB_UNKNOWN" in message
    assert repository in message
