"""Read the entries of an untrusted tar, compressed or not, within limits.

A decompressor and `tarfile` take all that a small file asks for: gigabytes of zeros, a header as
long as memory, a million entries. And `tarfile` takes damage behind the first entry for the end.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol, cast

import zstandard

_MEGABYTE = 1024 * 1024
_AT_ONCE = _MEGABYTE
"""Bytes that are read at once: as many as the headers in front of one entry may have."""
_BLOCK = 512
"""Bytes of a header, and what every entry is filled up to."""
_DAMAGES = (
    tarfile.TarError,
    OSError,
    EOFError,
    ValueError,
    RecursionError,  # a thousand headers for one entry
    zlib.error,
    zstandard.ZstdError,
)


class UnpackError(Exception):
    """A tar cannot be unpacked, or must not be; the message says what is wrong with it."""


@dataclass(frozen=True)
class Limits:
    """What is read at most: entries, bytes of one file, and bytes of all, decompressed."""

    entries: int
    file: int
    total: int


class Budget:
    """What is left of the limits, for one tar or for several that are read one after another."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._entries = limits.entries
        self._total = limits.total

    def spend_entry(self) -> None:
        """Count an entry; raises UnpackError where it is one too many."""
        self._entries -= 1
        if self._entries < 0:
            raise UnpackError(f"more than {self.limits.entries:,} entries, which are not unpacked")

    def spend(self, size: int) -> None:
        """Count bytes; raises UnpackError where they are too many."""
        self._total -= size
        if self._total < 0:
            most = self.limits.total // _MEGABYTE
            raise UnpackError(f"more than {most:,} MB when decompressed, which are not unpacked")


def read_entries(blob: IO[bytes], budget: Budget) -> Iterator[tuple[tarfile.TarInfo, SupportsRead]]:
    """Give each entry of a tar, plain or compressed with gzip or zstd, with its content.

    The content can be read until the next entry is asked for. Raises UnpackError for what is
    damaged or cut off, and once a limit is reached.
    """
    head = blob.read(4)
    blob.seek(0)
    try:
        stream = _Forward(_inflated(head, blob), budget)
        with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r:") as tar:
            while (entry := tar.next()) is not None:
                vars(tar)["members"].clear()  # it would keep all of them
                budget.spend_entry()
                _check_size(entry, budget.limits)
                yield entry, _Content(tar.extractfile(entry) if entry.isfile() else None)
        if stream.last_block.strip(b"\0"):
            raise UnpackError("it is damaged: an entry does not begin with the header of one")
        stream.drain()  # a checksum stands at the end
    except _DAMAGES as damage:
        raise _damaged(damage) from damage


def _damaged(damage: BaseException) -> UnpackError:
    return UnpackError(f"not a tar archive, or damaged or incomplete: {damage}")


def _check_size(entry: tarfile.TarInfo, limits: Limits) -> None:
    if entry.size > limits.file:
        raise UnpackError(
            f"{entry.name} has {entry.size // _MEGABYTE:,} MB; files of more than"
            f" {limits.file // _MEGABYTE:,} MB are not unpacked"
        )


def _inflated(head: bytes, blob: IO[bytes]) -> IO[bytes]:
    """Undo the compression, told by the first bytes."""
    if head.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=blob))
    if head == b"\x28\xb5\x2f\xfd":
        decompressor = zstandard.ZstdDecompressor()
        return cast("IO[bytes]", decompressor.stream_reader(blob, read_across_frames=True))
    return blob


class SupportsRead(Protocol):
    """What can be read."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, and none at the end."""


class _Content:
    """The content of an entry; none of what is no file."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream = stream or io.BytesIO()

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except _DAMAGES as damage:
            raise _damaged(damage) from damage


class _Forward:
    """A stream as `tarfile` uses one, which can only be moved forward."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._position = 0
        self.last_block = b""
        """What was read last as one block, such as a header."""

    def read(self, size: int) -> bytes:
        if size > _AT_ONCE:
            raise UnpackError(f"the header of an entry has {size:,} bytes, which are not read")
        parts: list[bytes] = []
        missing = size
        while missing > 0 and (part := self._stream.read(missing)):
            self._budget.spend(len(part))
            parts.append(part)
            missing -= len(part)
        content = b"".join(parts)
        self._position += len(content)
        if size == _BLOCK:
            self.last_block = content
        return content

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> None:
        if position < self._position:
            raise UnpackError("it is damaged: an entry begins before the end of the one before it")
        while self._position < position and self.read(min(_AT_ONCE, position - self._position)):
            pass

    def drain(self) -> None:
        while self.read(_AT_ONCE):
            pass
