"""An image as a target holds it, read once: what it is, or what is wrong with it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import zstandard

from pytest_cnb_report.drive.hosts import StoredImage
from pytest_cnb_report.images.model import sha256
from pytest_cnb_report.observe import image as reading
from pytest_cnb_report.observe.image import (
    AppImage,
    LayerFacts,
    NoImage,
    as_image,
    decompress,
    read_image,
)
from pytest_cnb_report.registry.protocol import Manifest

TAR = b"a tar, as good as any"
SMALL, LARGE = b"tar", bytes(200_000)
MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
METADATA = "io.buildpacks.lifecycle.metadata"
CONFIG: dict[str, Any] = {
    "os": "linux",
    "config": {"Labels": {"a": "b"}, "Env": ["A=b"]},
    "rootfs": {"diff_ids": [sha256(TAR)]},
}
NO_IMAGE = "what is under that name is not an image: "


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Digests of small layers are remembered; each test computes its own."""
    reading._remembered_digests.cache_clear()
    yield
    reading._remembered_digests.cache_clear()


def at_registry(
    config: bytes | None = None,
    layers: tuple[bytes, ...] = (TAR,),
    manifest: dict[str, Any] | bytes | None = None,
    missing: bytes | None = None,
) -> StoredImage:
    """An image at a registry; `manifest` replaces keys of its manifest, or the whole."""
    config = json.dumps(CONFIG).encode() if config is None else config
    described = {
        "config": {"digest": sha256(config), "mediaType": "a config"},
        "layers": [{"digest": sha256(layer), "mediaType": "a layer"} for layer in layers],
    }
    content = (
        manifest
        if isinstance(manifest, bytes)
        else json.dumps({**described, **(manifest or {})}).encode()
    )
    blobs = tuple(
        (sha256(blob), None if blob == missing else blob)
        for blob in dict.fromkeys((config, *layers))
    )
    return StoredImage("app", Manifest(content, MEDIA_TYPE), None, blobs)


def at_daemon(config: bytes | None, *layers: bytes | None) -> StoredImage:
    blobs = tuple((str(number), layer) for number, layer in enumerate(layers))
    return StoredImage("app", None, config, blobs)


def contents(image: AppImage) -> tuple[LayerFacts, ...]:
    """What is in the layers, without how they are stored."""
    return tuple(replace(each, size=None, form=None) for each in image.layers)


def read(stored: StoredImage | None) -> AppImage:
    image = read_image(stored)
    assert isinstance(image, AppImage), image
    return image


def refused(stored: StoredImage | None) -> str:
    image = read_image(stored)
    assert isinstance(image, NoImage)
    assert image.there
    assert image.why.startswith(NO_IMAGE)
    return image.why.removeprefix(NO_IMAGE)


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
    assert read_image(None) == NoImage("nothing is under that name")


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


def under_digests_of(algorithm: str) -> StoredImage:
    """An image whose config and layer are under digests of another algorithm."""
    config = json.dumps(CONFIG).encode()
    blobs = {f"{algorithm}:{hashlib.sha512(blob).hexdigest()}": blob for blob in (config, TAR)}
    names = list(blobs)
    manifest = {"config": {"digest": names[0]}, "layers": [{"digest": names[1]}]}
    content = json.dumps(manifest).encode()
    return StoredImage("app", Manifest(content, MEDIA_TYPE), None, tuple(blobs.items()))


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
    "an image whose config is not what its digest says": with_another_config("sha512"),
    "an image with a config too long to be read": at_registry(
        config=b" " * (reading._CONFIG_BOUND + 1)
    ),
    "an index": at_registry(manifest={"manifests": []}),
    "an image whose config has a digest by blake3": under_digests_of("blake3"),
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


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "not at all": lambda tar: tar,
    "gzip": gzip.compress,
    "gzip in two parts": lambda tar: gzip.compress(tar[:2]) + gzip.compress(tar[2:]),
    "zstd": zstandard.ZstdCompressor().compress,
    "zstd in two frames": lambda tar: (
        zstandard.ZstdCompressor().compress(tar[:2]) + zstandard.ZstdCompressor().compress(tar[2:])
    ),
    "zstd behind a frame to be skipped": lambda tar: (
        b"\x50\x2a\x4d\x18\x01\x00\x00\x00x" + zstandard.ZstdCompressor().compress(tar)
    ),
}


@pytest.mark.parametrize("tar", [SMALL, LARGE, bytes(3 * 1024 * 1024)], ids=len)
@pytest.mark.parametrize("how", COMPRESS)
def test_a_diff_id_is_of_the_uncompressed_content(how: str, tar: bytes) -> None:
    blob = COMPRESS[how](tar)
    image = read(at_registry(layers=(blob, blob)))
    assert contents(image) == (LayerFacts(sha256(blob), "a layer", sha256(tar)),) * 2


@pytest.mark.parametrize("tar", [SMALL, LARGE], ids=len)
@pytest.mark.parametrize("how", COMPRESS)
def test_a_layer_is_decompressed(how: str, tar: bytes) -> None:
    assert decompress(COMPRESS[how](tar)) == tar


@pytest.mark.parametrize(
    "blob",
    [
        gzip.compress(TAR)[:-4],
        b"\x1f\x8b" + bytes(20),
        b"\x28\xb5\x2f\xfd" + b"\xff" * 100,
        zstandard.ZstdCompressor().compress(TAR)[:-1],
        zstandard.ZstdCompressor().compress(LARGE)[:-3],
    ],
    ids=["cut", "no gzip", "no zstd", "zstd cut", "zstd without its end"],
)
def test_a_damaged_layer_has_no_diff_id(blob: bytes) -> None:
    assert decompress(blob) is None
    image = read(at_registry(layers=(blob,)))
    assert contents(image) == (LayerFacts(sha256(blob), "a layer", None),)


@pytest.mark.parametrize(
    ("blob", "form"),
    [
        (gzip.compress(TAR), "gzip"),
        (zstandard.ZstdCompressor().compress(TAR), "zstd"),
        (TAR, "tar"),
        (b"\x1f", "tar"),
        (b"", "tar"),
    ],
    ids=["gzip", "zstd", "tar", "half a mark of gzip", "empty"],
)
def test_how_a_layer_is_stored_is_told_by_its_bytes(blob: bytes, form: str) -> None:
    image = read(at_registry(layers=(blob,)))
    assert [(layer.size, layer.form) for layer in image.layers] == [(len(blob), form)]


@pytest.mark.parametrize("digest", ["sha512:0", "blake3:0", "0"])
def test_a_layer_under_no_digest_that_can_be_checked_has_no_diff_id(digest: str) -> None:
    stored = at_registry()
    manifest = {**json.loads(stored.manifest.content), "layers": [{"digest": digest}]}  # type: ignore[union-attr]
    content = Manifest(json.dumps(manifest).encode(), MEDIA_TYPE)
    image = read(StoredImage("app", content, None, (stored.blobs[0], (digest, TAR))))
    assert [layer.diff_id for layer in image.layers] == [None]


def test_layers_share_the_room_that_there_is_for_them() -> None:
    """Where none is left, no byte is read; exactly as much as there is room for is read whole."""
    layers = (LARGE, SMALL, b"another")
    for room, read_whole in ((len(LARGE) - 1, 0), (len(LARGE), 1), (len(LARGE) + len(SMALL), 2)):
        image = read_image(at_registry(layers=layers), inflated=room)
        assert isinstance(image, AppImage)
        found = [layer.diff_id is not None for layer in image.layers]
        assert found == [number < read_whole for number in range(3)], room


def test_a_layer_that_is_gone_has_no_diff_id() -> None:
    image = read(at_registry(layers=(TAR, SMALL), missing=TAR))
    assert [layer.diff_id for layer in image.layers] == [None, sha256(SMALL)]


@pytest.mark.parametrize("blob", [SMALL, LARGE], ids=len)
def test_a_layer_under_another_digest_has_no_diff_id(blob: bytes) -> None:
    """The blob's own digest is checked before its content is believed."""
    stored = at_registry(layers=(TAR,))
    blobs = tuple((name, blob if name == sha256(TAR) else other) for name, other in stored.blobs)
    image = read(StoredImage("app", stored.manifest, None, blobs))
    assert contents(image) == (LayerFacts(sha256(TAR), "a layer", None),)


def test_small_layers_are_remembered_and_large_ones_are_not() -> None:
    remembered = reading._remembered_digests
    read(at_registry(layers=(bytes(16 * 1024),)))
    assert remembered.cache_info().currsize == 1
    read(at_registry(layers=(bytes(16 * 1024 + 1),)))
    assert remembered.cache_info().currsize == 1


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


def test_an_image_is_put_together_again() -> None:
    blob = gzip.compress(TAR)
    stored = at_registry(layers=(blob, SMALL))
    state = read(stored)
    image = as_image(stored, state)
    assert [(layer.tar, layer.blob, layer.media_type) for layer in image.layers] == [
        (TAR, blob, "a layer"),
        (SMALL, SMALL, "a layer"),
    ]
    assert (image.manifest, image.media_type, image.config) == (
        state.manifest,
        MEDIA_TYPE,
        state.config,
    )


def test_what_is_put_again_is_named_by_sha256() -> None:
    stored = under_digests_of("sha512")
    state = read(stored)
    image = as_image(stored, state)
    manifest = json.loads(image.manifest)
    assert manifest["config"] == {"digest": sha256(state.config)}
    assert manifest["layers"] == [{"digest": sha256(TAR)}]
    assert (image.config, image.media_type) == (state.config, MEDIA_TYPE)
    assert [layer.tar for layer in image.layers] == [TAR]


def test_an_image_of_a_daemon_is_put_together_again() -> None:
    stored = at_daemon(b"{}", TAR, SMALL)
    image = as_image(stored, read(stored))
    assert [(layer.tar, layer.media_type) for layer in image.layers] == [(TAR, ""), (SMALL, "")]
    assert (image.manifest, image.media_type, image.config) == (b"", "", b"{}")


@pytest.mark.parametrize(
    "stored",
    [
        at_registry(layers=(SMALL, TAR), missing=TAR),
        at_registry(layers=(SMALL, gzip.compress(TAR)[:-4])),
        at_daemon(b"{}", SMALL, None),
    ],
    ids=["missing", "damaged", "missing at a daemon"],
)
def test_what_cannot_be_put_together_says_which_layer(stored: StoredImage) -> None:
    with pytest.raises(
        ValueError, match=r"^layer 1 is missing, or its content has not the digest of its name$"
    ):
        as_image(stored, read(stored))
