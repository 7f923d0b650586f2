"""One call: a clean environment, a time limit for all that it starts, bounded output."""

from __future__ import annotations

import itertools
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from processes import gone
from pytest_cnb_report.drive.process import (
    OUTPUT_BOUND,
    Command,
    Invocation,
    run,
)
from pytest_cnb_report.drive.supervision import CommandNotRunError

PATH = os.environ["PATH"]


def shell(script: str, folder: Path, *, timeout: float = 20.0, name: str = "") -> Invocation:
    """Run a shell script as a lifecycle's phase is run."""
    command = Command("/bin/bash", name or "/bin/bash", ("-c", script, "phase"))
    return run(
        command,
        ["-layers", "/a folder", "$HOME"],
        environment={"PATH": PATH, "CNB_PLATFORM_API": "0.12"},
        directory=str(folder),
        timeout=timeout,
    )


def test_the_environment_is_what_is_given_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNB_EXPERIMENTAL_MODE", "warn")
    said = shell("env", tmp_path)
    variables = dict(line.split("=", 1) for line in said.stdout.splitlines())
    for made_by_the_shell in ("PWD", "SHLVL", "_", "OLDPWD"):
        variables.pop(made_by_the_shell, None)
    assert variables == {"PATH": PATH, "CNB_PLATFORM_API": "0.12"}


def test_arguments_arrive_as_they_are(tmp_path: Path) -> None:
    assert shell("printf '%s|' \"$@\"", tmp_path).stdout == "-layers|/a folder|$HOME|"


def test_there_is_nothing_to_read_and_no_terminal(tmp_path: Path) -> None:
    said = shell("cat; tty || true; pwd", tmp_path)
    assert said.stdout.splitlines() == ["not a tty", str(tmp_path)]


@pytest.mark.parametrize(
    ("script", "code", "ending"),
    [
        ("exit 0", 0, "exited 0"),
        ("exit 72", 72, "exited 72"),
        ("kill -SEGV $$", -11, "was ended by signal SIGSEGV"),
        ("kill -KILL $$", -9, "was ended by signal SIGKILL"),
        ("kill -40 $$", -40, "was ended by signal 40"),
    ],
)
def test_how_it_ended(tmp_path: Path, script: str, code: int, ending: str) -> None:
    said = shell(script, tmp_path)
    assert (said.exit_code, said.ending, said.timed_out) == (code, ending, False)


def test_both_streams_are_kept_apart(tmp_path: Path) -> None:
    said = shell("echo out; echo error >&2; printf '\\xff'", tmp_path)
    assert said.stdout == "out\n\ufffd"
    assert said.stderr == "error\n"
    assert said.last_lines == "error"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("1\n2\n3\n4\n5\n", "2\n3\n4\n5"),
        ("Saving\nERROR: refused\n", "ERROR: refused"),
        ("Saving\nerror: refused\nhint: force\n", "error: refused\nhint: force"),
        ("error: retried\n1\n2\n3\n4\n", "1\n2\n3\n4"),
        ("errors: none\nall done\n", "errors: none\nall done"),
        ("a\npanic: nil\n\ngoroutine 1:\nb\nc\nd\ne\nf\n", "panic: nil\ngoroutine 1:\nb\nc"),
    ],
    ids=["last", "error", "with a hint", "long ago", "another word", "crash"],
)
def test_what_it_said_last_begins_with_what_went_wrong(
    tmp_path: Path, printed: str, said: str
) -> None:
    (tmp_path / "printed").write_text(printed)
    assert shell("cat printed >&2; echo more", tmp_path).last_lines == said


def test_output_is_kept_from_both_ends_up_to_a_bound(tmp_path: Path) -> None:
    said = shell("echo first; head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last", tmp_path)
    assert said.exit_code == 0
    assert said.stdout.startswith("first\nxxx")
    assert said.stdout.endswith("xxx\nlast\n")
    assert OUTPUT_BOUND <= len(said.stdout) < OUTPUT_BOUND + 100
    assert f"[… {20_000_012 - OUTPUT_BOUND} bytes left out …]" in said.stdout


def test_short_output_is_kept_whole(tmp_path: Path) -> None:
    size = OUTPUT_BOUND - 1
    said = shell(f"head -c {size} /dev/zero | tr '\\0' x", tmp_path)
    assert said.stdout == "x" * size


def test_the_time_limit_ends_it_and_all_that_it_started(tmp_path: Path) -> None:
    script = "(sleep 100 & echo $! >grandchild; wait) & echo $! >child; echo begun; wait"
    began = time.monotonic()
    said = shell(script, tmp_path, timeout=2.0)
    assert time.monotonic() - began < 20
    assert said.timed_out
    assert said.exit_code is None
    assert said.ending.startswith("did not end within")
    assert said.stdout == "begun\n"
    assert gone(*(int((tmp_path / name).read_text()) for name in ("child", "grandchild")))


def test_the_time_limit_holds_where_ending_is_refused(tmp_path: Path) -> None:
    said = shell("trap '' TERM INT HUP; while :; do sleep 0.1; done", tmp_path, timeout=0.3)
    assert said.timed_out
    assert said.duration < 20


def test_the_time_limit_holds_while_it_prints(tmp_path: Path) -> None:
    said = shell("yes", tmp_path, timeout=0.3)
    assert said.timed_out
    assert said.duration < 20


def test_what_it_leaves_running_is_ended_and_not_waited_for(tmp_path: Path) -> None:
    said = shell("sleep 100 & echo $! >left; echo done", tmp_path)
    assert said.exit_code == 0
    assert said.stdout == "done\n"
    assert said.duration < 20
    assert gone(int((tmp_path / "left").read_text()))


def test_streams_that_are_closed_early_do_not_end_it(tmp_path: Path) -> None:
    said = shell("exec >&- 2>&-; sleep 0.3; exit 7", tmp_path)
    assert said.exit_code == 7
    shut = shell("exec >&- 2>&-; sleep 100", tmp_path, timeout=0.3)
    assert shut.timed_out


def test_the_shell_line_makes_the_same_call(tmp_path: Path) -> None:
    script = 'printf \'%s\\n\' "$0" "$@"; env | grep -v -e ^_= -e ^PWD= -e ^SHLVL= | sort'
    said = shell(script, tmp_path)
    again = subprocess.run(
        ["/bin/sh", "-c", said.shell], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert again.stdout == said.stdout
    assert shlex.split(said.shell)[:2] == ["env", "-i"]


def test_it_can_be_called_by_another_name(tmp_path: Path) -> None:
    command = Command(sys.executable, "rebaser", ("-c", "print(open('/proc/self/cmdline').read())"))
    environment = {"PATH": PATH}
    said = run(command, ["a b"], environment=environment, directory=str(tmp_path), timeout=20)
    assert said.stdout.split("\0")[0] == "rebaser"
    assert said.stdout.split("\0")[3] == "a b"
    again = subprocess.run(
        ["/bin/sh", "-c", said.shell], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert again.stdout == said.stdout


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("nowhere", None, "No such file or directory"),
        ("no-program", b"\x7fELF" + bytes(60), "Exec format error"),
        ("no-interpreter", b"#!/nowhere/sh\n", "No such file or directory"),
    ],
)
def test_what_cannot_be_started_is_named(
    tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o755)
    command = Command(str(path), str(path))
    with pytest.raises(CommandNotRunError, match=rf"cannot run {path}: {why}"):
        run(command, [], environment={}, directory=str(tmp_path), timeout=5)


def test_a_clock_that_is_set_meanwhile_changes_no_duration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = itertools.accumulate(itertools.repeat(-3600.0), initial=time.time())
    monkeypatch.setattr(time, "time", lambda: next(times))
    said = shell("sleep 0.2", tmp_path, timeout=10)
    assert said.exit_code == 0
    assert 0.1 < said.duration < 100  # clocks differ a little, and the hour is what matters
