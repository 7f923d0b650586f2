"""zstd content is whole where its last frame ends with it, and no shorter beginning of it is."""

from __future__ import annotations

import hashlib

import pytest
import zstandard

from pytest_cnb_report.observe.zstd_frames import begins_frame, is_whole

NOISE = hashlib.shake_256(b"noise").digest(300_000)
SKIPPED = b"\x5f\x2a\x4d\x18\x03\x00\x00\x00xyz"
CONTENTS = {"nothing": b"", "a little": b"abc", "one byte": bytes(200_000), "noise": NOISE}
WAYS = {
    "plain": zstandard.ZstdCompressor(),
    "with checksum": zstandard.ZstdCompressor(write_checksum=True),
    "without size": zstandard.ZstdCompressor(write_content_size=False),
    "best": zstandard.ZstdCompressor(level=19),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=list(CONTENTS))
@pytest.mark.parametrize("way", WAYS)
def test_a_frame_is_whole_and_every_part_of_it_is_not(way: str, content: bytes) -> None:
    blob = WAYS[way].compress(content)
    assert begins_frame(blob)
    assert is_whole(blob)
    for length in {*range(4, min(len(blob), 60)), len(blob) - 4, len(blob) - 1} - {len(blob)}:
        assert not is_whole(blob[:length])


def test_a_stream_of_unknown_length_is_whole() -> None:
    compressor = zstandard.ZstdCompressor().compressobj()
    blob = compressor.compress(NOISE) + compressor.flush()
    assert is_whole(blob)
    assert not is_whole(blob[:-1])


def test_several_frames_are_whole_together() -> None:
    frames = [WAYS[way].compress(b"abc") for way in WAYS]
    assert is_whole(b"".join([SKIPPED, *frames, SKIPPED]))
    assert not is_whole(b"".join([SKIPPED, *frames, SKIPPED[:-1]]))
    assert not is_whole(b"".join([*frames[:-1], frames[-1][:-1]]))


def test_what_follows_the_last_frame_is_no_part_of_it() -> None:
    assert not is_whole(WAYS["plain"].compress(b"abc") + b"\0")


@pytest.mark.parametrize("blob", [b"", b"\x28\xb5", b"\x4f\x2a\x4d\x18", b"\x1f\x8b\x08\0"])
def test_something_else_begins_no_frame(blob: bytes) -> None:
    assert not begins_frame(blob)
