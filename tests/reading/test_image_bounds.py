"""Of an image as much is read as fits into memory and time, whatever a lifecycle pushed."""

from __future__ import annotations

import gzip
import time

import pytest

from pytest_cnb_report.images.model import sha256
from pytest_cnb_report.observe import image as reading
from pytest_cnb_report.observe.image import AppImage, NoImage, decompress, read_image

from .stored_images import at_registry


@pytest.mark.parametrize("remembered", [0, 1024])
def test_the_layers_of_an_image_are_read_up_to_a_bound(
    remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_CHUNK", 4)
    monkeypatch.setattr(reading, "_REMEMBERED", remembered)
    monkeypatch.setattr(reading, "_REMEMBERED_BOUND", 8)
    stored = at_registry(layers=(b"x" * 12, b"y" * 4, b"z"))
    whole, cut = read_image(stored, inflated=16), read_image(stored, inflated=15)
    assert isinstance(whole, AppImage)
    assert isinstance(cut, AppImage)
    digests = [sha256(b"x" * 12), sha256(b"y" * 4)]
    assert [layer.diff_id for layer in whole.layers[:2]] == digests
    assert [layer.diff_id for layer in cut.layers] == [digests[0], None, None]


def test_a_bomb_is_not_read_to_its_end() -> None:
    """However many of them a manifest names, and whether or not they are small."""
    bomb = gzip.compress(bytes(32 * 1024 * 1024), compresslevel=1)
    bombs = tuple(bomb + gzip.compress(str(number).encode()) for number in range(50))
    assert len(bomb) > reading._REMEMBERED
    began = time.process_time()
    image = read_image(at_registry(layers=bombs), inflated=1024 * 1024)
    assert time.process_time() - began < 1
    assert isinstance(image, AppImage)
    assert {layer.diff_id for layer in image.layers} == {None}


def test_a_config_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_CONFIG_BOUND", 16)
    found = read_image(at_registry(layers=()))
    assert isinstance(found, NoImage)
    assert found.what == "an image whose config is too long to read"


def test_tars_are_taken_over_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_TAR_BOUND", 16)
    assert decompress(b"x" * 16) == b"x" * 16
    assert decompress(b"x" * 17) is None
    assert decompress(gzip.compress(b"x" * 16)) == b"x" * 16
    assert decompress(gzip.compress(b"x" * 17)) is None
