"""Layers as a target holds them: how they are stored, what is believed of them, put again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
import zstandard

from pytest_cnb_report.drive.hosts import StoredImage
from pytest_cnb_report.images.model import sha256
from pytest_cnb_report.observe import image as reading
from pytest_cnb_report.observe.image import (
    AppImage,
    LayerFacts,
    as_image,
    decompress,
    read_image,
)
from pytest_cnb_report.registry.protocol import Manifest

from .stored_images import (
    LARGE,
    MEDIA_TYPE,
    SMALL,
    TAR,
    at_daemon,
    at_registry,
    contents,
    read,
    under_digests_of,
)

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
        ValueError, match=r"^layer 1 is missing, or its content does not match its digest$"
    ):
        as_image(stored, read(stored))
