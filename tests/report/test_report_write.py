"""Files appear whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import made_up
import pytest

from pytest_cnb_report.report.record import read
from pytest_cnb_report.report.write import WriteError, prepare, write, write_all

RUN = made_up.large(2)
FILES = ["badge.json", "junit.xml", "report.html", "report.json", "report.md"]


def test_all_reports_are_written(tmp_path: Path) -> None:
    paths = write_all(RUN, tmp_path / "new" / "results")
    assert sorted(path.name for path in paths) == FILES
    assert sorted(path.name for path in (tmp_path / "new" / "results").iterdir()) == FILES
    assert read(tmp_path / "new" / "results" / "report.json") == RUN


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    write_all(RUN, tmp_path)
    write_all(made_up.run(made_up.result()), tmp_path)
    assert len(read(tmp_path / "report.json").results) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write({tmp_path / "file": "text"})
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_where_one_cannot_be_written_none_is_replaced(tmp_path: Path) -> None:
    write_all(RUN, tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    (tmp_path / "report.md").unlink()
    (tmp_path / "report.md").mkdir()
    with pytest.raises(WriteError, match=r"report\.md: a directory has that name; choose"):
        write_all(made_up.run(made_up.result()), tmp_path)
    assert (tmp_path / "report.json").read_bytes() == before["report.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


def test_a_folder_that_cannot_be_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/none")):
        with pytest.raises(WriteError, match=f"cannot write {folder}: "):
            prepare(folder)
    prepare(tmp_path / "fine")
    assert list((tmp_path / "fine").iterdir()) == []


def test_a_full_disk_leaves_what_was_there() -> None:
    """A file size limit stands in for the disk: writing fails in the middle, as on a full one."""
    program = """
import pathlib, resource, signal, sys, tempfile
from pytest_cnb_report.report.write import WriteError, write
folder = pathlib.Path(tempfile.mkdtemp())
old = folder / "report.json"
old.write_text("old")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write({old: "new", folder / "report.html": "x" * 200_000})
except WriteError as error:
    print([str(error).replace(str(folder), ""), old.read_text(), len(list(folder.iterdir()))])
old.unlink(); folder.rmdir()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    told = "cannot write /report.html: File too large; choose another place"
    assert done.stdout == f"['{told}', 'old', 1]\n"


def test_a_badge_has_the_endpoint_format(tmp_path: Path) -> None:
    write_all(RUN, tmp_path)
    assert set(json.loads((tmp_path / "badge.json").read_text("utf-8"))) == {
        "schemaVersion", "label", "message", "color",
    }  # fmt: skip
