"""The archive that `docker load` takes and `docker save` gives.

A tar of `manifest.json`, image configs and uncompressed layers (Docker image specification v1.2,
Combined Image JSON + Filesystem Changeset Format). Newer daemons add an OCI layout to it, and may
give layers as compressed as they were pulled.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import posixpath
import tarfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_BLOCK = 1 << 20
_JSON = (b"{", b"[")
"""How a config or `manifest.json` begins, and hardly ever a layer: those are not kept whole."""

_DOCUMENT_BOUND = 8 * 1024 * 1024
"""Bytes of a file that is kept as JSON; the config of an image has some thousand."""

CONTENTS_BOUND = 64 * 1024 * 1024
"""Bytes of all layers of an image together that are kept."""


_DAMAGES = (
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    zstandard.ZstdError,
    EOFError,
    json.JSONDecodeError,
    UnicodeDecodeError,
)


class ArchiveError(Exception):
    """An archive is damaged, or describes itself wrongly."""


@dataclass(frozen=True)
class ArchivedLayer:
    """A layer as the daemon gave it out."""

    digest: str
    """Of the uncompressed content, computed: its true diff ID."""
    size: int
    """Bytes, uncompressed."""
    content: bytes | None
    """The uncompressed tar, where it was asked for and there was room for it."""


@dataclass(frozen=True)
class ArchivedImage:
    """The one image of a saved archive, its layers from the bottom up."""

    config: bytes
    layers: tuple[ArchivedLayer, ...]


def pack(config: bytes, layers: Sequence[bytes], names: Sequence[str]) -> bytes:
    """Make the archive of one image: its config, its uncompressed layer tars, its tagged names."""
    config_path = f"{hashlib.sha256(config).hexdigest()}.json"
    files = {f"{hashlib.sha256(layer).hexdigest()}.tar": layer for layer in layers}
    paths = [f"{hashlib.sha256(layer).hexdigest()}.tar" for layer in layers]
    manifest = [{"Config": config_path, "RepoTags": list(names), "Layers": paths}]
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        _add(tar, "manifest.json", json.dumps(manifest).encode())
        _add(tar, config_path, config)
        for path, content in files.items():
            _add(tar, path, content)
    return archive.getvalue()


def _add(tar: tarfile.TarFile, path: str, content: bytes) -> None:
    entry = tarfile.TarInfo(path)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def unpack(chunks: Iterable[bytes], *, contents: bool, most: int = CONTENTS_BOUND) -> ArchivedImage:
    """Read the archive of one image as it arrives.

    The layers' bytes are kept where `contents` is set, of all of them at most so many.
    Raises ArchiveError, and whatever `chunks` raises.
    """
    try:
        files, layers = _read_files(_Stream(iter(chunks)), most if contents else None)
        manifest = _manifest(files)
    except _DAMAGES as error:
        raise ArchiveError(f"the archive is damaged: {error}") from error
    try:
        return ArchivedImage(
            files[posixpath.normpath(manifest["Config"])],
            tuple(layers[posixpath.normpath(path)] for path in manifest["Layers"] or ()),
        )
    except KeyError as error:
        raise ArchiveError(f"the archive refers to {error}, which it does not contain") from error


def _read_files(
    stream: _Stream, room: int | None
) -> tuple[dict[str, bytes], dict[str, ArchivedLayer]]:
    """Read every file as what it seems to be: JSON is kept whole, everything is measured too."""
    files: dict[str, bytes] = {}
    layers: dict[str, ArchivedLayer] = {}
    links: dict[str, str] = {}
    with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|", bufsize=_BLOCK) as tar:
        for entry in tar:
            path = posixpath.normpath(entry.name)
            if entry.issym():
                folder = posixpath.dirname(path)
                links[path] = posixpath.normpath(posixpath.join(folder, entry.linkname))
            elif entry.islnk():
                links[path] = posixpath.normpath(entry.linkname)
            elif entry.isfile():
                blocks = _read_all(cast("IO[bytes]", tar.extractfile(entry)))
                head = next(blocks, b"")
                if head.startswith(_JSON) and entry.size <= _DOCUMENT_BOUND:
                    files[path] = b"".join(_chained(head, blocks))
                    blocks, head = iter(()), files[path]
                layers[path] = _measure(_chained(head, blocks), room)
                if room is not None:
                    room -= len(layers[path].content or b"")
    for path, target in links.items():
        if target in layers:
            layers[path] = layers[target]
    return files, layers


def _manifest(files: dict[str, bytes]) -> dict[str, Any]:
    document = json.loads(files.get("manifest.json", b"null"))
    match document:
        case [{"Config": str(), "Layers": [*_] | None} as image] if all(
            isinstance(path, str) for path in image["Layers"] or ()
        ):
            return cast("dict[str, Any]", image)
    raise ArchiveError("the archive's manifest.json does not describe exactly one image")


def _measure(blocks: Iterator[bytes], room: int | None) -> ArchivedLayer:
    """Measure a layer, and keep it where it fits into so many bytes."""
    digest, size = hashlib.sha256(), 0
    kept: list[bytes] = []
    for block in _plain(blocks):
        digest.update(block)
        size += len(block)
        if room is None or size > room:
            kept.clear()
        else:
            kept.append(block)
    content = b"".join(kept) if room is not None and size <= room else None
    return ArchivedLayer(f"sha256:{digest.hexdigest()}", size, content)


def _plain(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo a layer's compression, told by its first bytes."""
    head = next(blocks, b"")
    stream = io.BufferedReader(_Stream(_chained(head, blocks)), _BLOCK)
    if head.startswith(b"\x1f\x8b"):
        yield from _read_all(cast("IO[bytes]", gzip.GzipFile(fileobj=stream)))
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
        yield from _read_all(cast("IO[bytes]", reader))
    else:
        yield from _read_all(cast("IO[bytes]", stream))


def _chained(head: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from blocks


def _read_all(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


class _Stream(io.RawIOBase):
    """Bytes that arrive in chunks, as a file to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer, as io has it
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size
