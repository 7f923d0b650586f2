"""Whatever stands at the report's path is looked at, and never waited for."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_cnb_report.observe import left_files as reading
from pytest_cnb_report.observe.report_file import REPORT_BOUND, ReportFile, read_report


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.toml"


def test_a_file_is_read(path: Path) -> None:
    path.write_bytes(b"[image]\n")
    assert read_report(str(path)) == ReportFile(str(path), b"[image]\n", None, regular=True, size=8)


def test_only_a_file_that_the_user_names_is_read_through_a_link(path: Path) -> None:
    (path.parent / "elsewhere").write_bytes(b"a = 1")
    path.symlink_to("elsewhere")
    assert read_report(str(path), follow=True).content == b"a = 1"
    problem = "a symbolic link is at the report's path"
    assert read_report(str(path)) == ReportFile(str(path), None, problem)


def test_nothing_is_nothing(path: Path) -> None:
    assert read_report(str(path)) == ReportFile(str(path))


def test_as_much_as_is_read_and_one_byte_more(path: Path) -> None:
    path.write_bytes(b"#" * REPORT_BOUND)
    assert read_report(str(path)).content == b"#" * REPORT_BOUND
    path.write_bytes(b"#" * (REPORT_BOUND + 1))
    problem = f"{REPORT_BOUND + 1} bytes long; the suite reads reports of up to {REPORT_BOUND}"
    assert read_report(str(path)) == ReportFile(
        str(path), None, problem, regular=True, size=REPORT_BOUND + 1
    )


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _file_for_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


NOT_A_FILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a directory": (Path.mkdir, "a directory is at the report's path"),
    "a FIFO": (os.mkfifo, "a FIFO is at the report's path"),
    "a socket": (_socket, "a socket is at the report's path"),
    "a device": (
        lambda path: path.symlink_to("/dev/zero"),
        "a character device is at the report's path",
    ),
    "a link to nothing": (
        lambda path: path.symlink_to("nowhere"),
        "a symbolic link that leads nowhere is at the report's path",
    ),
    "a link to itself": (
        lambda path: path.symlink_to(path),
        "cannot be read: Too many levels of symbolic links",
    ),
    "a folder that is a file": (_file_for_folder, "cannot be read: Not a directory"),
}


@pytest.mark.parametrize("what", NOT_A_FILE)
def test_what_is_no_file_is_named(what: str, tmp_path: Path) -> None:
    make, problem = NOT_A_FILE[what]
    path = tmp_path / "folder" / "report.toml"
    path.parent.mkdir()
    make(path)
    assert read_report(str(path), follow=True) == ReportFile(str(path), None, problem)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (stat.S_IFREG, None),
        (stat.S_IFDIR, "a directory"),
        (stat.S_IFIFO, "a FIFO"),
        (stat.S_IFCHR, "a character device"),
        (stat.S_IFBLK, "a block device"),
        (stat.S_IFSOCK, "a socket"),
        (stat.S_IFLNK, "a symbolic link"),
        (0, "something that is not a file"),
    ],
)
def test_kinds_of_files(mode: int, kind: str | None) -> None:
    assert reading.kind_of(mode | 0o644) == kind


def test_what_may_not_be_read_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"secret")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert read_report(str(path)) == ReportFile(
        str(path), None, "cannot be read: Permission denied"
    )


def test_a_file_that_has_become_a_fifo_is_not_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"a = 1")
    looked_at = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda *_, **__: looked_at)
    assert read_report(str(path)) == ReportFile(str(path), None, "a FIFO is at the report's path")


@pytest.mark.skipif(not os.access("/proc/kmsg", os.R_OK), reason="only root may read /proc/kmsg")
def test_the_kernel_log_is_not_waited_for(path: Path) -> None:
    """It seems to be a file, and whoever reads it waits for the kernel's next message."""
    path.symlink_to("/proc/kmsg")
    assert read_report(str(path)).problem == "a symbolic link is at the report's path"
    assert (read_report("/proc/kmsg").problem or "").startswith("cannot be read: ")
