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
from pytest_cnb_report.report.write import REPORTS
from pytest_cnb_report.reproduce.folder import HEADING

from .console import PROGRAM, Console, Ended, process

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


@pytest.mark.parametrize("room", ["12k", "48k"])
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
    assert left <= {"record.xz", "reproduce"}, "a verdict is written last, and whole"
    assert "conformant:" not in ended.out


@pytest.mark.parametrize("room", ["8k", "24k"])
def test_nothing_is_conformant_that_cannot_be_looked_up(place: Path, room: str) -> None:
    command = shlex.join([str(PROGRAM), "run", *ONE, "--output", str(place)])
    ended = on_mount(place, f"size={room}", command, "echo code $?", f"ls -A {place}")
    said, _, left = ended.out.partition("code 2\n")
    full = "No space left on device; make room, or choose another place"
    assert re.search(rf"^cannot write {place}/\S+: {full}$", said, re.M), ended
    assert said.rstrip().endswith("could not judge: the results of this run could not be written")
    assert "report" not in left
    assert "Traceback" not in ended.err + ended.out, ended
    assert ended.err == ""


def test_a_run_that_cannot_begin_leaves_no_earlier_verdict(console: Console) -> None:
    """Whatever is wrong with it, and at whatever point that is found."""
    out = Path("out")
    for words in (
        ("run", "--no-such-option"),
        ("run", "--platform-api", "9"),
        ("run", "--lifecycle", "gone"),
        ("run", "--", "--no-such-option"),
        ("judge", "gone.xz"),
        ("check-report", "gone.toml"),
    ):
        out.mkdir(exist_ok=True)
        for name in REPORTS:
            (out / name).write_text("an earlier run's: conformant")
        (out / "reproduce").mkdir()
        (out / "reproduce" / "README.txt").write_text(HEADING)
        before, behind, rest = " ".join(words).partition(" -- ")
        ended = console(*before.split(), "--output", "out", *(behind + rest).split())
        assert ended.code == 2, words
        assert list(out.iterdir()) == [], words


def test_listing_what_there_is_leaves_it_alone(console: Console) -> None:
    Path("out").mkdir()
    Path("out", "report.json").write_text("an earlier run's")
    assert console("run", "--output", "out", "--help").code == 0
    listing = ("--", "--collect-only")
    assert console("run", *ONE, "--output", "out", *listing).code == 0
    assert Path("out", "report.json").read_text() == "an earlier run's"


def test_an_earlier_verdict_is_gone_where_this_one_cannot_be_written(place: Path) -> None:
    keep = place.parent / "kept"
    words = " ".join(map(shlex.quote, ["{}", "an older run's"]))
    old = f"printf %s {words.split(' ', 1)[1]} >{shlex.quote(str(place / 'report.json'))}"
    copy = f"cp -R {shlex.quote(str(place))} {shlex.quote(str(keep))}"
    ended = on_mount(place, "size=24k", old, judge(place), copy)
    assert "No space left on device" in ended.out + ended.err
    assert not (keep / "report.json").exists()


def test_a_file_of_known_failures_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    ended = process(*RUN, "--write-known-failures", str(tmp_path / "taken" / "known.toml"))
    assert ended.code == 2
    assert f"cannot write {tmp_path / 'taken'}" in ended.err


def test_where_there_is_room_it_is_whole(place: Path) -> None:
    ended = process(*RUN, "--output", str(place))
    assert ended.code == 1
    assert json.loads((place / "report.json").read_text())["why"] == ["1 MUST requirement failed"]
