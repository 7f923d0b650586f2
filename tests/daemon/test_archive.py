from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator

import pytest
import zstandard

from pytest_cnb_report.daemon.archive import ArchiveError, pack, unpack

from .made import image

LAYER = image().layers[0].tar


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def in_chunks(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def saved(*entries: tuple[str, bytes] | tarfile.TarInfo) -> list[bytes]:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                tar.addfile(entry)
            else:
                information = tarfile.TarInfo(entry[0])
                information.size = len(entry[1])
                tar.addfile(information, io.BytesIO(entry[1]))
    return [archive.getvalue()]


def manifest(config: str, *layers: str) -> tuple[str, bytes]:
    return "manifest.json", json.dumps([{"Config": config, "Layers": layers}]).encode()


def link(path: str, target: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type, entry.linkname = kind, target
    return entry


@pytest.mark.parametrize("size", [1, 511, 10240, 1 << 22])
def test_what_is_packed_is_unpacked_however_it_arrives(size: int) -> None:
    made = image(layers=3)
    packed = pack(made.config, [layer.tar for layer in made.layers], ["name:tag"])
    unpacked = unpack(in_chunks(packed, size), contents=True)
    assert unpacked.config == made.config
    assert [layer.content for layer in unpacked.layers] == [layer.tar for layer in made.layers]
    assert [layer.digest for layer in unpacked.layers] == list(made.diff_ids)


def test_a_layer_twice_is_packed_once() -> None:
    packed = pack(b"{}", [LAYER, LAYER], [])
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert len(tar.getnames()) == 3
    assert len(unpack([packed], contents=False).layers) == 2


@pytest.mark.parametrize(
    "compressed",
    [
        gzip.compress(LAYER),
        gzip.compress(LAYER[:700]) + gzip.compress(LAYER[700:]),
        zstandard.compress(LAYER),
        zstandard.compress(LAYER[:700]) + zstandard.compress(LAYER[700:]),
    ],
    ids=["gzip", "two gzip members", "zstd", "two zstd frames"],
)
def test_a_compressed_layer_is_measured_uncompressed(compressed: bytes) -> None:
    """Newer daemons save what they pulled, as they pulled it."""
    chunks = saved(("blobs/c", b"{}"), ("blobs/l", compressed), manifest("blobs/c", "blobs/l"))
    layer = unpack(chunks, contents=True).layers[0]
    assert (layer.digest, layer.size, layer.content) == (digest(LAYER), len(LAYER), LAYER)


@pytest.mark.parametrize(
    "linked", [link("b/l", "../a/l", tarfile.SYMTYPE), link("b/l", "a/l", tarfile.LNKTYPE)]
)
def test_a_layer_may_be_a_link_to_another(linked: tarfile.TarInfo) -> None:
    """Docker up to 24 writes a layer that several images share once."""
    chunks = saved(("a/l", LAYER), linked, ("c", b"{}"), manifest("c", "a/l", "b/l"))
    assert [layer.digest for layer in unpack(chunks, contents=False).layers] == [digest(LAYER)] * 2


def test_layers_are_kept_as_long_as_there_is_room() -> None:
    """What is not kept is measured all the same."""
    chunks = saved(("c", b"{}"), ("l", b"x" * 9), ("m", b"y" * 9), manifest("c", "l", "m"))
    first, second = unpack(chunks, contents=True, most=17).layers
    assert (first.content, second.content) == (b"x" * 9, None)
    assert (second.size, second.digest) == (9, digest(b"y" * 9))


@pytest.mark.parametrize("content", [b"", b"{not JSON", b"\x00" * 1024])
def test_a_layer_is_whatever_the_manifest_calls_one(content: bytes) -> None:
    chunks = saved(("c", b"{}"), ("l", content), manifest("c", "l"))
    assert unpack(chunks, contents=True).layers[0].content == content


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([], "damaged"),
        ([b"this is no tar" * 100], "damaged"),
        ([pack(b"{}", [LAYER], [])[:1500]], "which it does not contain"),
        ([pack(b"{}", [LAYER], [])[:2800]], "damaged"),
        (saved(("c", b"{}")), "exactly one image"),
        (saved(("manifest.json", b"{")), "damaged"),
        (saved(("manifest.json", b"{}")), "exactly one image"),
        (saved(("manifest.json", b"[]")), "exactly one image"),
        (saved(("manifest.json", b'[{"Config": 1, "Layers": []}]')), "exactly one image"),
        (saved(("manifest.json", b'[{"Config": "c", "Layers": [1]}]')), "exactly one image"),
        (saved(manifest("c")), "refers to 'c', which it does not contain"),
        (saved(("c", b"{}"), manifest("c", "l")), "refers to 'l', which it does not contain"),
        (saved(("c", b"{}"), ("l", b"\x1f\x8b garbage"), manifest("c", "l")), "damaged"),
        (saved(("c", b"{}"), ("l", b"\x28\xb5\x2f\xfdgarbage"), manifest("c", "l")), "damaged"),
        (saved(("c", b"{}"), ("l", gzip.compress(LAYER)[:-9]), manifest("c", "l")), "damaged"),
    ],
)
def test_a_damaged_archive_is_told(chunks: list[bytes], message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        unpack(chunks, contents=False)
