"""An output folder that is full, read-only or no folder: one message, exit 2, nothing half-written.

Root writes to any file whatever its mode, so that these folders are small or read-only file systems
in a mount namespace of their own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from machine import cannot_run, program

from .console import PROGRAM, Ended, process

ONE = ("--target", "registry", "--phase", "exporter", "--requirement", "report.default-path")
RUN = ("run", "--lifecycle", "reference:default-report-beside-the-app", *ONE)


def on_mount(folder: Path, options: str, *commands: str) -> Ended:
    """Run shell commands where `folder` is a tmpfs with these options."""
    rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    script = f"mount -t tmpfs -o {options} tmpfs {shlex.quote(str(folder))} || exit 99\n"
    shell = ["bash", "-c", script + "\n".join(commands)]
    temporary = folder.parent / "tmp"  # the usual one may be that of the root whom it is mapped to
    temporary.mkdir()
    done = subprocess.run(
        [program("DAEMON", "unshare"), *rights, "--mount", *shell],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode == 99 or done.stderr.startswith("unshare:"):
        cannot_run("DAEMON", f"file systems cannot be mounted: {done.stderr}")
    return Ended(done.returncode, done.stdout, done.stderr)


def judge(output: Path) -> str:
    return shlex.join([str(PROGRAM), *RUN, "--output", str(output)])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "mount"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("what", ["a file", "below a file"])
def test_a_file_in_its_place(tmp_path: Path, what: str) -> None:
    (tmp_path / "taken").write_text("somebody else's")
    output = tmp_path / "taken" / ("below" if what == "below a file" else "")
    ended = process(*RUN, "--output", str(output))
    assert ended.code == 2
    (line,) = ended.err.strip().splitlines()
    assert line.startswith(f"ERROR: cannot write {tmp_path / 'taken'}")
    assert "judged" not in ended.out, "it is said before anything is judged"
    assert (tmp_path / "taken").read_text() == "somebody else's"


def test_a_read_only_one(place: Path) -> None:
    remount = f"mount -o remount,bind,ro {shlex.quote(str(place))}"
    ended = on_mount(place, "size=1m", remount, judge(place / "out"), "echo code $?")
    assert "code 2" in ended.out
    assert "Read-only file system" in ended.err
    assert "Traceback" not in ended.err + ended.out


def test_one_that_is_full_from_the_beginning(place: Path) -> None:
    fill = f"head -c 1m /dev/zero >{shlex.quote(str(place / 'filler'))} 2>/dev/null"
    ended = on_mount(place, "size=64k", fill, judge(place), "echo code $?", f"ls -A {place}")
    assert "code 2\nfiller\n" in ended.out
    assert "No space left on device" in ended.err
    assert "Traceback" not in ended.err + ended.out


@pytest.mark.parametrize("room", ["4k", "12k", "24k", "48k"])
def test_one_that_becomes_full(place: Path, room: str) -> None:
    """Whichever file the space runs out at, those that are there are whole."""
    keep = place.parent / "kept"
    ended = on_mount(
        place,
        f"size={room}",
        judge(place),
        "echo code $?",
        f"cp -R {shlex.quote(str(place))} {shlex.quote(str(keep))}",
    )
    assert "code 2" in ended.out, ended
    assert "Traceback" not in ended.err + ended.out, ended
    assert "No space left on device" in ended.out + ended.err
    assert f"cannot write {place}" in ended.out + ended.err
    left = {path.name for path in keep.iterdir()}
    assert left <= {"junit.xml"}, "all of the others are there, or none"
    if left:
        assert (keep / "junit.xml").read_text().rstrip().endswith("</testsuites>")


@pytest.mark.parametrize("room", ["8k", "16k"])
def test_one_that_becomes_full_while_pytest_writes(place: Path, tmp_path: Path, room: str) -> None:
    """The file for JUnit is pytest's own, and the first that is written."""
    lifecycle = tmp_path / "lifecycle"
    lifecycle.write_text("#!/bin/sh\nexit 0\n")
    lifecycle.chmod(0o755)
    words = ["run", "--target=registry", "--phase=exporter", "--requirement=export.succeeds"]
    words += [f"--lifecycle=command:{lifecycle}", f"--output={place}"]
    command = shlex.join([str(PROGRAM), *words])
    ended = on_mount(place, f"size={room}", command, "echo code $?", f"ls -A {place}")
    assert ended.out.endswith("code 2\n"), ended
    assert "Traceback" not in ended.err + ended.out, ended
    assert re.search(rf"^cannot write {place}/\S+: No space left on device$", ended.out, re.M)
    assert ended.err == ""


def test_what_was_there_before_is_there_still(place: Path) -> None:
    keep = place.parent / "kept"
    words = " ".join(map(shlex.quote, ["{}", "an older run's"]))
    old = f"printf %s {words.split(' ', 1)[1]} >{shlex.quote(str(place / 'report.json'))}"
    copy = f"cp -R {shlex.quote(str(place))} {shlex.quote(str(keep))}"
    ended = on_mount(place, "size=24k", old, judge(place), copy)
    assert "No space left on device" in ended.out + ended.err
    assert (keep / "report.json").read_text() == "an older run's"


def test_a_file_of_known_failures_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    ended = process(*RUN, "--write-known-failures", str(tmp_path / "taken" / "known.toml"))
    assert ended.code == 2
    assert f"cannot write {tmp_path / 'taken'}" in ended.err


def test_where_there_is_room_it_is_whole(place: Path) -> None:
    ended = process(*RUN, "--output", str(place))
    assert ended.code == 1
    assert json.loads((place / "report.json").read_text())["why"] == ["1 MUST failed"]
