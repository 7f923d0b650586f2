"""The files of a call are kept within bounds, whatever an earlier phase left among them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_cnb_report.observe.inputs import InputFile, read_inputs


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir(mode=0o750)
    (tmp_path / "layers" / "group.toml").write_bytes(b"a = 1")
    (tmp_path / "layers" / "group.toml").chmod(0o640)
    assert read_inputs(tmp_path) == (
        InputFile("layers", 0o750, None),
        InputFile("layers/group.toml", 0o640, b"a = 1"),
    )


def test_what_is_too_long_is_named(tmp_path: Path) -> None:
    for name, size in (("a", 10), ("b", 11)):
        (tmp_path / name).write_bytes(b"x" * size)
        (tmp_path / name).chmod(0o644)
    assert read_inputs(tmp_path, largest=10) == (
        InputFile("a", 0o644, b"x" * 10),
        InputFile("b", 0o644, None, "a file of 11 bytes"),
    )


def test_all_together_are_bounded(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / str(number)).write_bytes(b"xxx")
    found = read_inputs(tmp_path, together=10)
    assert sum(len(each.content or b"") for each in found) == 9
    assert sum(each.left_out == "a file of 3 bytes" for each in found) == 6


def test_of_many_some_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for number in range(9):
        (tmp_path / "folder" / str(number)).touch()
    assert len(read_inputs(tmp_path, most=4)) == 4


def test_a_deep_folder_ends_where_paths_do(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("x" * 250, dir_fd=here)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = read_inputs(tmp_path)
    assert 10 < len(found) < 20
    assert found[-1].left_out == "cannot be read: File name too long"


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff")).touch()
    assert [each.path for each in read_inputs(tmp_path)] == ["\\xff"]


@pytest.mark.parametrize("target", ["/dev/zero", "/proc/kmsg", "/etc", "nowhere", "link"])
def test_no_link_is_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "link").symlink_to(target)
    assert [each.left_out for each in read_inputs(tmp_path)] == ["a symbolic link"]
