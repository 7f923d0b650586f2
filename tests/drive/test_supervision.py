"""Nothing that a command starts outlives its call, and no call outlives the run."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine import program
from processes import alive, children, command_lines, gone
from pytest_cnb_report.drive import supervisor
from pytest_cnb_report.drive.process import Command, Invocation, StoppedError, run
from pytest_cnb_report.drive.supervision import CommandNotRunError, Supervisors

PATH = {"PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def supervisors() -> Iterator[Supervisors]:
    with contextlib.closing(Supervisors(kill_within=2.0)) as supervisors:
        yield supervisors


def shell(
    script: str,
    folder: Path,
    supervisors: Supervisors,
    *,
    timeout: float = 20.0,
    stop: threading.Event | None = None,
) -> Invocation:
    return run(
        Command("/bin/bash", "bash", ("-c", script)),
        [],
        environment=PATH,
        directory=str(folder),
        timeout=timeout,
        stop=stop,
        supervisors=supervisors,
    )


def noted(folder: Path) -> list[int]:
    """Return the process IDs that a script has written, one in each file."""
    return [int(file.read_text()) for file in folder.iterdir() if file.suffix == ".pid"]


DAEMON = "(setsid sh -c 'echo $$ >{0}.tmp; mv {0}.tmp {0}.pid; exec sleep 100' {1} &)"
"""Starts a process that has another session, and whose parent ends at once."""
QUIET = ">/dev/null 2>&1"
NOTED = "; until test -e {0}.pid; do sleep 0.01; done"


def daemon(name: str, output: str = "") -> str:
    return (DAEMON + NOTED).format(name, output)


def test_a_daemon_is_ended_with_the_call(tmp_path: Path, supervisors: Supervisors) -> None:
    said = shell(daemon("one", QUIET) + "; echo done", tmp_path, supervisors)
    assert (said.exit_code, said.stdout, said.unkilled) == (0, "done\n", ())
    (left,) = noted(tmp_path)
    assert not alive(left)
    assert said.duration < 10


def test_daemons_are_ended_with_the_time_limit(tmp_path: Path, supervisors: Supervisors) -> None:
    stopped = daemon("one") + "; kill -STOP $(cat one.pid)"
    said = shell(f"{stopped}; {daemon('two')}; kill -STOP $$", tmp_path, supervisors, timeout=0.7)
    assert said.timed_out
    assert said.unkilled == ()
    assert len(noted(tmp_path)) == 2
    assert not any(map(alive, noted(tmp_path)))


def test_daemons_are_ended_with_the_run(tmp_path: Path, supervisors: Supervisors) -> None:
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    with pytest.raises(StoppedError):
        shell(daemon("one") + "; sleep 100", tmp_path, supervisors, stop=stop)
    assert not any(map(alive, noted(tmp_path)))


def test_a_daemon_that_flees_from_process_to_process_is_ended(
    tmp_path: Path, supervisors: Supervisors
) -> None:
    """No process ID of it is good for long, and each has a session of its own."""
    flee = tmp_path / "flee"
    flee.write_text('#!/bin/sh\necho >>steps\nsetsid "$0" &\n')
    flee.chmod(0o755)
    said = shell(f"{flee}; {flee}; sleep 0.3", tmp_path, supervisors)
    assert (said.exit_code, said.unkilled) == (0, ())
    assert len((tmp_path / "steps").read_text()) > 4
    assert not any(str(flee) in words for words in command_lines().values())


def test_many_daemons_are_ended(tmp_path: Path, supervisors: Supervisors) -> None:
    script = f"cp /bin/sleep nap; for i in {{1..60}}; do (setsid ./nap 100 {QUIET} &); done"
    said = shell(script, tmp_path, supervisors)
    assert (said.exit_code, said.unkilled) == (0, ())
    assert not any(words[0] == "./nap" for words in command_lines().values())


def test_output_is_read_for_a_moment_after_the_end(
    tmp_path: Path, supervisors: Supervisors
) -> None:
    printed_through = "exec > >(sleep 0.2; cat); echo said"
    assert shell(printed_through, tmp_path, supervisors).stdout == "said\n"
    for left in ("yes", "sh -c 'while :; do echo y; sleep 0.01; done'", "sleep 100"):
        said = shell(f"echo said; (setsid {left} &)", tmp_path, supervisors)
        assert said.exit_code == 0
        assert 0.4 < said.duration < 5
        assert said.stdout.startswith("said\n")


def test_orphans_do_not_fill_the_table_of_processes(
    tmp_path: Path, supervisors: Supervisors
) -> None:
    script = """
        for i in {1..20}; do (setsid true &); done
        sleep 0.3
        for each in $(cat /proc/$PPID/task/$PPID/children); do
            grep State /proc/$each/status
        done | grep -c zombie
        """
    assert shell(script, tmp_path, supervisors).stdout == "0\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_a_command_that_signals_its_parent_is_ended(tmp_path: Path, number: int) -> None:
    script = f"{daemon('one')}; echo $$ >two.pid; kill -{number:d} $PPID; sleep 100"
    with contextlib.closing(Supervisors(kill_within=0.2)) as supervisors:
        if number == signal.SIGSTOP:
            assert shell(script, tmp_path, supervisors, timeout=0.5).timed_out
        else:
            with pytest.raises(CommandNotRunError, match=r"/bin/bash.*killed or stopped"):
                shell(script, tmp_path, supervisors)
        assert len(noted(tmp_path)) == 2
        assert gone(*noted(tmp_path))
        assert shell("echo next", tmp_path, supervisors).stdout == "next\n"


def test_a_command_that_kills_the_guard_is_ended(tmp_path: Path) -> None:
    guard = "$(sed -n 's/^PPid:.//p' /proc/$PPID/status)"
    script = f"{daemon('one')}; kill -KILL {guard}; sleep 0.1; echo end"
    with contextlib.closing(Supervisors(kill_within=1.0)) as supervisors:
        assert shell(script, tmp_path, supervisors).stdout == "end\n"
        assert gone(*noted(tmp_path))
        assert shell("echo next", tmp_path, supervisors).stdout == "next\n"


RUN = """
    import os, sys
    from pathlib import Path
    from pytest_cnb_report.drive.process import Command, run
    from pytest_cnb_report.drive.supervision import Supervisors
    supervisors = Supervisors(kill_within=1.0)
    run(Command("/bin/true", "true"), [], environment={}, directory="/", timeout=9,
        supervisors=supervisors)
    if FORKED and os.fork() == 0:
        Path("forked").write_text(str(os.getpid()))
        sys.stdin.read()
        os._exit(0)
    run(Command("/bin/bash", "bash", ("-c", SCRIPT)), [], environment=dict(os.environ),
        directory=os.getcwd(), timeout=100, supervisors=supervisors)
    """


@pytest.mark.parametrize("forked", [False, True])
def test_a_run_that_is_killed_takes_everything_with_it(tmp_path: Path, *, forked: bool) -> None:
    """Also where a process that it has forked lives on, with the run's end of the socket."""
    script = f"{daemon('one')}; echo $$ >two.tmp; mv two.tmp two.pid; sleep 100"
    program = textwrap.dedent(RUN).replace("FORKED", str(forked)).replace("SCRIPT", repr(script))
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdin=subprocess.PIPE
    ) as caller:
        wanted = tmp_path / "two.pid"
        while not wanted.exists():
            time.sleep(0.02)
        supervising = {c for each in children(caller.pid) for c in (each, *children(each))}
        if forked:
            supervising.discard(int((tmp_path / "forked").read_text()))
        assert len(supervising) == 2
        caller.kill()
        assert gone(*supervising, *noted(tmp_path))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start a process as another user")
def test_what_may_not_be_killed_is_told() -> None:
    """As root without CAP_KILL, which may kill no process of another user."""
    setpriv = program("DAEMON", "setpriv")
    script = f"""
        from pytest_cnb_report.drive.process import Command, run
        words = ("--reuid", "65534", "--clear-groups", "sleep", "100")
        said = run(Command({setpriv!r}, "setpriv", words), [], environment={PATH!r},
            directory="/", timeout=0.7)
        print(said.timed_out, *said.unkilled, said.ending, sep="\\n")
        """
    began = time.monotonic()
    done = subprocess.run(
        [setpriv, "--bounding-set", "-kill", sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=True,
    )
    timed_out, left, ending = done.stdout.splitlines()
    assert timed_out == "True"
    assert ending == f"did not end within 1 s; process {left} could not be killed"
    assert alive(int(left))
    os.kill(int(left), signal.SIGKILL)
    assert time.monotonic() - began < 15


def test_a_supervisor_is_used_again_and_calls_have_one_each(tmp_path: Path) -> None:
    with contextlib.closing(Supervisors()) as supervisors:
        script = "echo $PPID; sleep 0.3"
        parents = [shell(script, tmp_path, supervisors).stdout for _ in range(2)]
        assert parents[0] == parents[1]
        lanes = [
            threading.Thread(
                target=lambda: parents.append(shell(script, tmp_path, supervisors).stdout)
            )
            for _ in range(3)
        ]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        assert len(set(parents[2:])) == 3
        assert parents[0] in parents[2:]
    assert gone(*map(int, parents))


def test_a_supervisor_that_is_killed_between_calls_is_replaced(tmp_path: Path) -> None:
    with contextlib.closing(Supervisors()) as supervisors:
        first = shell("echo $PPID", tmp_path, supervisors).stdout
        os.kill(int(first), signal.SIGKILL)
        time.sleep(0.3)
        assert shell("echo $PPID", tmp_path, supervisors).stdout != first


def test_a_supervisor_does_not_share_the_variables_that_pytest_changes(tmp_path: Path) -> None:
    """They change in the main thread, and an execve(2) of another at that moment gets EFAULT."""
    assert "PYTEST_CURRENT_TEST" in os.environ
    with contextlib.closing(Supervisors()) as supervisors:
        given = shell("tr '\\0' '\\n' </proc/$PPID/environ", tmp_path, supervisors).stdout
    assert {line.partition("=")[0] for line in given.splitlines()} <= {"LD_LIBRARY_PATH"}


def test_a_command_gets_three_descriptors_and_no_signal_is_ignored(tmp_path: Path) -> None:
    script = "echo /proc/self/fd/*; grep -E 'SigIgn|SigBlk' /proc/self/status"
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        with contextlib.closing(Supervisors()) as supervisors:
            names, *masks = shell(script, tmp_path, supervisors).stdout.splitlines()
    finally:
        signal.signal(signal.SIGHUP, ignored)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    # the shell has the last one open itself, to list the folder
    assert [Path(name).name for name in names.split()] == ["0", "1", "2", "3"]
    # the C library keeps those above 31 for itself, or for programs that ask for them
    assert [int(mask.split()[1], 16) & 0x7FFFFFFF for mask in masks] == [0, 0]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"executable": "/nowhere"}, "cannot run /nowhere: No such file or directory"),
        ({"directory": "/nowhere"}, "cannot run /bin/sh: No such file or directory: /nowhere"),
        ({"argv": ["sh", "\0"]}, "cannot run /bin/sh: embedded null byte"),
        ({"argv": ["sh", "x" * 9_000_000]}, "cannot run /bin/sh: Argument list too long"),
    ],
)
def test_a_command_that_cannot_be_started_costs_no_supervisor(
    supervisors: Supervisors, given: dict[str, str], why: str
) -> None:
    call = {"executable": "/bin/sh", "argv": ["sh"], "environment": {}, "directory": "/", **given}
    with pytest.raises(CommandNotRunError) as problem:
        supervisors.start(call.pop("executable"), call.pop("argv"), **call)  # type: ignore[arg-type]
    assert str(problem.value) == why
    assert shell("echo next", Path("/"), supervisors).stdout == "next\n"


@pytest.mark.parametrize("spare", [0, 1, 2, 3])
def test_too_few_descriptors_are_told_and_none_is_lost(
    supervisors: Supervisors, spare: int
) -> None:
    assert shell("echo first", Path("/"), supervisors).stdout == "first\n"
    before = opened()
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = sorted(set(range(1000)) - before)[spare]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, usual[1]))
    try:
        with pytest.raises(CommandNotRunError, match="cannot run /bin/sh: Too many open files"):
            supervisors.start("/bin/sh", ["sh"], environment={}, directory="/")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
    assert opened() == before
    assert shell("echo next", Path("/"), supervisors).stdout == "next\n"


def opened() -> set[int]:
    """Return the descriptors of this process."""
    listed = {int(file.name) for file in Path("/proc/self/fd").iterdir()}
    return {number for number in listed if Path(f"/proc/self/fd/{number}").exists()}


def test_children_are_found_where_the_kernel_does_not_list_them(tmp_path: Path) -> None:
    for process, parent in (("12", "7"), ("13", "12"), ("14", "7"), ("self", "7")):
        (tmp_path / process).mkdir()
        (tmp_path / process / "stat").write_text(f"{process} (a ) (b) S {parent} 1 1 0")
    (tmp_path / "15").mkdir()  # ended meanwhile
    assert sorted(supervisor.children_of(7, str(tmp_path))) == [12, 14]
    assert supervisor.children_of(7, str(tmp_path / "nowhere")) == []


def test_only_children_are_taken_for_such() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as started:
        assert started.pid in supervisor.children_of(os.getpid())
        assert supervisor.is_child(started.pid)
        assert not supervisor.is_child(os.getpid())
        assert not supervisor.is_child(os.getppid())
    assert not supervisor.is_child(started.pid)
