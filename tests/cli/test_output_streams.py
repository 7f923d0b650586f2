"""Whatever stands at the other end of the standard output, a command ends in an orderly way."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from .console import PROGRAM
from .made import result, run, written

COMMANDS = [("requirements",), ("requirements", "--format", "json"), ("doctor", "--format", "json")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk_is_said_and_is_exit_code_2(command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [PROGRAM, *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == (
        f"cnb-conformance {command[0]}: cannot write to the standard output: "
        "No space left on device\n"
    )


def test_a_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    process = subprocess.Popen([PROGRAM, "requirements"], stdout=write, stderr=subprocess.PIPE)
    os.close(read)
    os.close(write)
    _, said = process.communicate(timeout=60)
    assert said == b""
    assert process.returncode == 141


def test_text_that_the_terminal_lacks_is_spelt_out(tmp_path: Path) -> None:
    told = run(result("report.written", message="caf\u00e9 \u2713"))
    old, new = written(tmp_path / "a", run()), written(tmp_path / "b", told)
    done = subprocess.run(
        [PROGRAM, "compare", old, new],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"caf\\xe9 \\u2713" in done.stdout


@pytest.mark.parametrize("command", ["requirements", "doctor", "self-test --list", "run --phase x"])
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_crash(command: str, closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{shlex.quote(str(PROGRAM))} {command} {closed}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == (2 if "run" in command else 0), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
