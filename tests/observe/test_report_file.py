"""Whatever stands in the report's place: the right requirement fails, soon, with a message."""

from __future__ import annotations

import os
import socket
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.report_file import REPORT_BOUND, ReportFile, read_report

from .judging import failures, untestable

MEGABYTE = 1024 * 1024


def _directory(path: Path) -> None:
    path.mkdir()
    (path / "report.toml").write_text("[image]\n")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _loop(path: Path) -> None:
    (path.parent / "other").symlink_to(path)
    path.symlink_to(path.parent / "other")


def _link_to_fifo(path: Path) -> None:
    os.mkfifo(path.parent / "fifo")
    path.symlink_to("fifo")


def _file_for_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


NOT_A_FILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a directory": (_directory, "a directory is at the report's path"),
    "a FIFO": (os.mkfifo, "a FIFO is at the report's path"),
    "a socket": (_socket, "a socket is at the report's path"),
    "a loop of links": (_loop, "a symbolic link is at the report's path"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "a symbolic link"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "a symbolic link"),
    "a link to a terminal": (lambda path: path.symlink_to("/dev/ptmx"), "a symbolic link"),
    "a link to the kernel log": (lambda path: path.symlink_to("/proc/kmsg"), "a symbolic link"),
    "a link to a FIFO": (_link_to_fifo, "a symbolic link"),
    "a folder that is a file": (_file_for_folder, "Not a directory"),
}


@pytest.mark.parametrize("what", NOT_A_FILE)
def test_what_is_no_file_fails_that_it_was_written(
    what: str, export: Observation, tmp_path: Path
) -> None:
    make, problem = NOT_A_FILE[what]
    path = tmp_path / "folder" / "report.toml"
    path.parent.mkdir()
    make(path)
    report = read_report(str(path))
    assert report.content is None
    assert problem in (report.problem or "")
    seen = replace(export, report=report)
    assert set(failures(seen)) == {"report.written"}
    assert "report.valid-toml" in untestable(seen)


def test_nothing_at_all_fails_that_it_was_written(export: Observation, tmp_path: Path) -> None:
    seen = replace(export, report=read_report(str(tmp_path / "report.toml")))
    assert not seen.report.there
    assert set(failures(seen)) == {"report.written"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without rights")
def test_what_may_not_be_read_fails_that_it_was_written(export: Observation) -> None:
    for path in ("/root/.nothing/report.toml", "/etc/shadow"):
        os.seteuid(65534)
        try:
            report = read_report(path)
        finally:
            os.seteuid(0)
        assert "Permission denied" in (report.problem or "")
        assert set(failures(replace(export, report=report))) == {"report.written"}


def test_a_report_of_fifty_megabytes_is_not_read_whole(export: Observation, tmp_path: Path) -> None:
    path = tmp_path / "report.toml"
    with path.open("wb") as file:
        file.write(b"[image]\ntags = []\n")
        file.truncate(50 * MEGABYTE)
    tracemalloc.start()
    report = read_report(str(path))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * MEGABYTE
    assert report.size == 50 * MEGABYTE
    found = failures(replace(export, report=report))
    assert set(found) == {"report.valid-toml"}
    assert str(50 * MEGABYTE) in found["report.valid-toml"]


def test_parsed_reports_are_not_kept(export: Observation) -> None:
    """As tables, sixty thousand keys take fifty times as much memory as in the file."""
    right = export.report.content or b""

    def parsed(number: int) -> ReportFile:
        keys = "".join(f"k{key}.a.b=1\n" for key in range(500))
        content = right + f"\n[more-{number}]\n{keys}".encode()
        report = ReportFile("report.toml", content, regular=True, size=len(content))
        assert report.table is not None
        return report

    kept = [parsed(number) for number in range(3)]
    tracemalloc.start()
    kept += [parsed(number) for number in range(3, 8)]
    now, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert now < MEGABYTE
    assert len(kept) == 8


def test_the_largest_report_that_is_read(export: Observation, tmp_path: Path) -> None:
    content = (export.report.content or b"") + b"#"
    path = tmp_path / "report.toml"
    path.write_bytes(content.ljust(REPORT_BOUND, b"x"))
    assert failures(replace(export, report=read_report(str(path)))) == {}
    path.write_bytes(content.ljust(REPORT_BOUND + 1, b"x"))
    assert set(failures(replace(export, report=read_report(str(path))))) == {"report.valid-toml"}


def _seen(export: Observation, content: bytes) -> Observation:
    report = ReportFile("report.toml", content, regular=True, size=len(content))
    return replace(export, report=report)


UNREADABLE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a NUL byte": (lambda right: right + b"\0", "not TOML"),
    "only NUL bytes": (lambda right: bytes(len(right)), "not TOML"),
    "UTF-16": (lambda right: right.decode().encode("utf-16"), "not UTF-8"),
    "UTF-16 without a mark": (lambda right: right.decode().encode("utf-16-be"), "not TOML"),
    "a byte-order mark": (lambda right: b"\xef\xbb\xbf" + right, "a UTF-8 byte-order mark"),
    "Latin-1": (lambda right: right + 'x = "\u00e9"'.encode("latin-1"), "not UTF-8: byte 0xe9"),
    "an overlong encoding": (lambda right: right + b'x = "\xc0\xaf"', "not UTF-8: byte 0xc0"),
    "half a character": (lambda right: right + b'x = "\xed\xa0\x80"', "not UTF-8"),
    "ten thousand tables": (lambda right: right + b"[" + b"a." * 10_000 + b"a]\n", "too deeply"),
    "ten thousand arrays": (lambda right: right + b"[x]\na = " + b"[" * 10_000, "too deeply"),
    "ten thousand inline tables": (lambda right: right + b"[x]\na = " + b"{a=" * 10_000, "deeply"),
    "a key twice": (lambda right: right + b"[x]\na = 1\na = 1\n", "not TOML"),
    "a table twice": (lambda right: right + b"[image]\n", "not TOML"),
    "a number of a million digits": (lambda right: right + b"[x]\na = " + b"9" * 10**6, "not TOML"),
    "a time that is none": (lambda right: right + b"[x]\na = 2024-13-45\n", "not TOML"),
    "a cut string": (lambda right: right[:-3], "not TOML"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_fails_that_it_is_toml(what: str, export: Observation) -> None:
    change, problem = UNREADABLE[what]
    seen = _seen(export, change(export.report.content or b""))
    began = time.monotonic()
    found = failures(seen)
    assert time.monotonic() - began < 20
    assert set(found) == {"report.valid-toml"}
    assert problem in found["report.valid-toml"]


WRONG_VALUES = {
    "a number": "1",
    "a truth value": "true",
    "a date": "2024-05-12",
    "a time": "2024-05-12T05:17:02Z",
    "a local time": "05:17:02",
    "infinity": "inf",
    "no number": "nan",
    "a huge number": "9" * 400,
    "a huge hexadecimal number": "0x" + "f" * 100_000,
    "an array": '["a", "b"]',
    "an array of anything": '[1, "a", 2024-05-12, {a = [nan]}]',
    "a table": "{a = 1}",
    "a deep array": "[" * 90 + "]" * 90,
    "a deep table": "{" + "a." * 390 + "a = 1}",
    "an empty string": '""',
    "a blank string": '" \\t"',
    "a long string": '"' + "x" * 100_000 + '"',
    "control characters": '"\\u0000\\u001b[2J"',
    "a path": '"/etc/passwd"',
    "a name with everything": '"a/../b:c@sha256:d?e#f g"',
}

FIELDS = {
    ("image", "tags"): "report.image.tags",
    ("image", "digest"): "report.image.digest",
    ("image", "manifest-size"): "report.image.manifest-size",
    ("run-image", "image"): "report.run-image.image",
    ("run-image", "reference"): "report.run-image.reference",
    ("run-image", "top-layer"): "report.run-image.top-layer",
}


@pytest.mark.parametrize("what", WRONG_VALUES)
@pytest.mark.parametrize("field", FIELDS, ids=".".join)
def test_a_value_of_the_wrong_kind_fails_its_own_requirement(
    field: tuple[str, str], what: str, export: Observation
) -> None:
    table, key = field
    lines = (export.report.content or b"").decode().splitlines()
    start = lines.index(f"[{table}]")
    at = next(n for n in range(start, len(lines)) if lines[n].startswith(f"{key} ="))
    lines[at] = f"{key} = {WRONG_VALUES[what]}"
    seen = _seen(export, "\n".join(lines).encode())
    assert set(failures(seen)) == {FIELDS[field]}


@pytest.mark.parametrize("value", WRONG_VALUES.values(), ids=WRONG_VALUES)
@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("image", {"report.image.tags", "report.image.digest", "report.image.manifest-size"}),
        ("run-image", {"report.run-image.layout"}),
    ],
)
def test_what_is_no_table_fails_what_stands_in_it(
    table: str, expected: set[str], value: str, export: Observation
) -> None:
    text = (export.report.content or b"").decode()
    other = {"image": "[run-image]", "run-image": "[image]"}[table]
    kept = text[text.index(other) :].split("\n[", 1)[0]
    seen = _seen(export, f"{table} = {value}\n{kept}\n".encode())
    found = set(failures(seen))
    if value.startswith("{") and table == "run-image":
        expected = {
            "report.run-image.image",
            "report.run-image.reference",
            "report.run-image.top-layer",
        }
    assert found == expected
