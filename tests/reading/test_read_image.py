"""An image as a target holds it, read once: what it is, or what is wrong with it."""

from __future__ import annotations

import hashlib
import json

import pytest

from pytest_cnb_report.drive.hosts import StoredImage
from pytest_cnb_report.images.model import sha256
from pytest_cnb_report.observe import image as reading
from pytest_cnb_report.observe.image import (
    AppImage,
    LayerFacts,
    NoImage,
    read_image,
)
from pytest_cnb_report.registry.protocol import Manifest

from .stored_images import (
    CONFIG,
    MEDIA_TYPE,
    SMALL,
    TAR,
    at_daemon,
    at_registry,
    contents,
    read,
    refused,
    under_digests_of,
)

METADATA = "io.buildpacks.lifecycle.metadata"


def test_an_image_at_a_registry_is_read_whole() -> None:
    stored = at_registry()
    image = read(stored)
    assert stored.manifest is not None
    assert image.digest == sha256(stored.manifest.content)
    assert image.media_type == MEDIA_TYPE
    assert image.manifest == stored.manifest.content
    assert image.config == json.dumps(CONFIG).encode()
    assert image.image_id == sha256(image.config)
    assert contents(image) == (LayerFacts(sha256(TAR), "a layer", sha256(TAR)),)
    assert image.diff_ids == (sha256(TAR),)
    assert image.document == CONFIG
    assert image.settings == CONFIG["config"]
    assert image.labels == {"a": "b"}


def test_an_image_at_a_daemon_has_no_manifest() -> None:
    config = json.dumps(CONFIG).encode()
    image = read(at_daemon(config, TAR, None))
    assert (image.digest, image.media_type, image.manifest) == (None, None, None)
    assert image.config == config
    assert image.image_id == sha256(config)
    assert contents(image) == (LayerFacts(None, None, sha256(TAR)), LayerFacts(None, None, None))


def test_nothing_is_nothing() -> None:
    assert read_image(None) == NoImage("there is no image of that name")


FLAWS: dict[str, tuple[StoredImage, str]] = {
    "no config at a daemon": (at_daemon(None), "the daemon has no config for it"),
    "a list for a config at a daemon": (at_daemon(b"[]"), "its config is not a JSON object"),
    "no JSON": (at_registry(manifest=b"<html>"), "its manifest is not JSON: "),
    "no UTF-8": (at_registry(manifest=b"\xff"), "its manifest is not UTF-8: byte 0xff"),
    "a list": (at_registry(manifest=b"[]"), "its manifest is not a JSON object"),
    "an index": (at_registry(manifest={"manifests": []}), "it is an index"),
    "no layers": (at_registry(manifest={"layers": None}), "its manifest has no list of layers"),
    "a table of layers": (
        at_registry(manifest={"layers": {}}),
        "its manifest has no list of layers",
    ),
    "no config": (
        at_registry(manifest={"config": None}),
        "its manifest has no digest for its config",
    ),
    "a config without digest": (
        at_registry(manifest={"config": {"digest": 5}}),
        "its manifest has no digest for its config",
    ),
    "a layer without digest": (
        at_registry(manifest={"layers": [{"digest": sha256(TAR)}, {"size": 1}]}),
        "its manifest has no digest for its layer 1",
    ),
    "a config elsewhere": (
        at_registry(manifest={"config": {"digest": "sha256:0"}}),
        "its config sha256:0 is not in the registry",
    ),
    "a config that is gone": (
        at_registry(config=b"{}", missing=b"{}"),
        f"its config {sha256(b'{}')} is not in the registry",
    ),
    "a config that is no object": (at_registry(config=b"5"), "its config is not a JSON object"),
}


@pytest.mark.parametrize("what", FLAWS)
def test_what_is_no_image_says_why(what: str) -> None:
    stored, why = FLAWS[what]
    assert refused(stored).startswith(why)


def test_a_config_has_the_digest_of_its_name() -> None:
    name = sha256(b"{}")
    stored = StoredImage(
        "app",
        Manifest(json.dumps({"config": {"digest": name}, "layers": []}).encode(), MEDIA_TYPE),
        None,
        ((name, b"[]"),),
    )
    assert refused(stored) == f"its config has the digest {sha256(b'[]')}, not {name}"


def test_an_image_under_sha512_digests_is_an_image() -> None:
    image = read(under_digests_of("sha512"))
    assert image.image_id == f"sha512:{hashlib.sha512(image.config).hexdigest()}"
    assert [layer.diff_id for layer in image.layers] == [sha256(TAR)]


def test_a_layer_under_another_sha512_digest_has_no_diff_id() -> None:
    stored = under_digests_of("sha512")
    blobs = tuple((name, SMALL if blob == TAR else blob) for name, blob in stored.blobs)
    image = read(StoredImage("app", stored.manifest, None, blobs))
    assert [layer.diff_id for layer in image.layers] == [None]


def with_another_config(algorithm: str) -> StoredImage:
    """An image under whose config's digest something else is."""
    stored = under_digests_of(algorithm)
    (name, _), *layers = stored.blobs
    return StoredImage("app", stored.manifest, None, ((name, b"{}"), *layers))


def test_what_is_under_a_config_of_sha512_is_checked_by_sha512() -> None:
    stored = with_another_config("sha512")
    name = stored.blobs[0][0]
    digest = f"sha512:{hashlib.sha512(b'{}').hexdigest()}"
    assert refused(stored) == f"its config has the digest {digest}, not {name}"


def test_a_digest_that_nobody_can_check_is_named() -> None:
    stored = under_digests_of("blake3")
    name = stored.blobs[0][0]
    assert refused(stored) == f"its config {name} has a digest that the suite cannot check"


def test_a_config_without_an_algorithm_is_not_there() -> None:
    assert refused(at_registry(manifest={"config": {"digest": "0"}})) == (
        "its config 0 is not in the registry"
    )


def test_a_config_is_read_up_to_a_bound() -> None:
    most = reading._CONFIG_BOUND
    padded = json.dumps(CONFIG).encode().ljust(most)
    assert read(at_registry(config=padded)).config == padded
    assert refused(at_registry(config=padded + b" ")) == (
        f"its config has {most + 1} bytes; the suite reads up to {most}"
    )


KINDS = {
    "an image whose config does not match its digest": with_another_config("sha512"),
    "an image whose config is too long to read": at_registry(
        config=b" " * (reading._CONFIG_BOUND + 1)
    ),
    "an index": at_registry(manifest={"manifests": []}),
    "an image whose config has a blake3 digest": under_digests_of("blake3"),
    "an image without its config": at_registry(config=b"{}", missing=b"{}"),
    "something that is not an image": at_registry(manifest=b"<html>"),
}


@pytest.mark.parametrize("what", KINDS)
def test_what_is_no_image_has_a_kind(what: str) -> None:
    image = read_image(KINDS[what])
    assert isinstance(image, NoImage)
    assert image.what == what


def test_a_media_type_that_is_no_string_is_none() -> None:
    image = read(at_registry(manifest={"layers": [{"digest": sha256(TAR), "mediaType": 5}]}))
    assert contents(image) == (LayerFacts(sha256(TAR), None, sha256(TAR)),)


def _with(config: object, manifest: bytes | None = b"{}") -> AppImage:
    return AppImage(None, None, manifest, "", json.dumps(config).encode(), ())


@pytest.mark.parametrize(
    ("config", "settings", "labels"),
    [
        ({}, {}, {}),
        ({"config": None}, {}, {}),
        ({"config": []}, {}, {}),
        ({"config": {"Labels": None}}, {"Labels": None}, {}),
        ({"config": {"Labels": ["a=b"]}}, {"Labels": ["a=b"]}, {}),
        (
            {"config": {"Labels": {"a": None, "b": 1.5, "c": [True]}}},
            {"Labels": {"a": None, "b": 1.5, "c": [True]}},
            {"a": "null", "b": "1.5", "c": "[true]"},
        ),
    ],
)
def test_settings_and_labels_of_any_kind(config: object, settings: object, labels: object) -> None:
    assert _with(config).settings == settings
    assert _with(config).labels == labels


@pytest.mark.parametrize(
    ("rootfs", "diff_ids"),
    [
        (None, ()),
        ([], ()),
        ({"diff_ids": None}, ()),
        ({"diff_ids": {}}, ()),
        ({"diff_ids": ["a", 1, None]}, ("a", "1", "None")),
    ],
)
def test_diff_ids_of_any_kind(rootfs: object, diff_ids: tuple[str, ...]) -> None:
    assert _with({"rootfs": rootfs}).diff_ids == diff_ids


def _labelled(label: object) -> AppImage:
    return _with({"config": {"Labels": {METADATA: label}}})


def test_the_metadata_label_is_an_object_or_says_why_not() -> None:
    assert _labelled('{"runImage": {}}').metadata == {"runImage": {}}
    assert _with({}).metadata == f"the app image has no {METADATA} label"
    assert _labelled("[]").metadata == f"the {METADATA} label is not a JSON object"
    assert str(_labelled("{").metadata).startswith(f"the {METADATA} label is not JSON: ")
    assert _labelled(5).metadata == f"the {METADATA} label is not a JSON object"
    assert str(_labelled("[" * 200).metadata) == (
        f"the {METADATA} label is nested too deeply: more than 100 objects or arrays"
    )
