"""Whether zstd content is all there: its frames, walked from header to header (RFC 8878).

A decompressor that reads a stream gives out what it has and says nothing of an end that is missing.
"""

from __future__ import annotations

_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPED_MAGIC = b"\x2a\x4d\x18"
"""The last three bytes of what a frame to be skipped begins with; the first is 0x50 to 0x5f."""

_DICTIONARY_SIZES = (0, 1, 2, 4)
_CONTENT_SIZES = (0, 2, 4, 8)
_REPEATED = 1
"""The type of a block that is one byte, repeated."""


def begins_frame(blob: bytes, at: int = 0) -> bool:
    """Whether a frame begins at this place, one to be skipped included."""
    magic = blob[at : at + 4]
    return magic == _MAGIC or (magic[1:] == _SKIPPED_MAGIC and magic[0] >> 4 == 5)


def is_whole(blob: bytes) -> bool:
    """Whether the frames end exactly where the content does."""
    at = 0
    while begins_frame(blob, at):
        at = _end_of_frame(blob, at)
    return at == len(blob)


def _end_of_frame(blob: bytes, at: int) -> int:
    """Return where a frame ends; past the end of the content where a part of it is missing."""
    if blob[at : at + 4] != _MAGIC:
        return at + 8 + _number(blob, at + 4, 4)
    descriptor = _number(blob, at + 4, 1)
    has_checksum, single_segment = descriptor & 4, descriptor & 32
    size = _CONTENT_SIZES[descriptor >> 6] or (1 if single_segment else 0)
    window = 0 if single_segment else 1
    at += 5 + window + _DICTIONARY_SIZES[descriptor & 3] + size
    last = 0
    while not last and at < len(blob):
        header = _number(blob, at, 3)
        last, kind, length = header & 1, header >> 1 & 3, header >> 3
        at += 3 + (1 if kind == _REPEATED else length)
    missing = 0 if last else 1
    return at + missing + (4 if has_checksum else 0)


def _number(blob: bytes, at: int, length: int) -> int:
    return int.from_bytes(blob[at : at + length], "little")
