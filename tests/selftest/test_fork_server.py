"""A call through the fork server is like a process of its own, and nothing outlives it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import alive, children, gone
from pytest_cnb_report.drive.process import (
    OUTPUT_BOUND,
    Command,
    Invocation,
    follow,
)
from pytest_cnb_report.drive.supervision import CommandNotRunError
from pytest_cnb_report.lifecycles.forked import ForkServer, fork_server
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.lifecycles.lifecycle import LifecycleError
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.values import Phase, PlatformApi

PROGRAM = (str(Path(__file__).with_name("python_server.py")),)
COMMAND = Command("python", "python")


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with fork_server(PROGRAM) as server:
        yield server


def call(
    server: ForkServer, program: str, folder: Path, *, timeout: float = 20.0, **variables: str
) -> Invocation:
    lines = textwrap.dedent(program).strip().splitlines()
    return follow(
        server.start(lines, variables, str(folder)),
        COMMAND,
        lines,
        environment=variables,
        directory=str(folder),
        timeout=timeout,
    )


def test_the_environment_and_the_folder_are_what_is_given(
    server: ForkServer, tmp_path: Path
) -> None:
    said = call(
        server,
        """
        import os
        print(dict(os.environ) == environment == {"A": "b=c"}, os.getcwd())
        """,
        tmp_path,
        A="b=c",
    )
    assert said.stdout == f"True {tmp_path}\n"
    assert said.stderr == ""
    assert said.exit_code == 0


def test_nothing_stays_from_one_call_to_the_next(server: ForkServer, tmp_path: Path) -> None:
    program = """
        import json, os, random, sys
        print(hasattr(json, "left"), "LEFT" in os.environ, random.random(), os.getpid())
        json.left = os.environ["LEFT"] = "behind"
        sys.stdout.write("said")
        """
    said = [call(server, program, tmp_path).stdout.split() for _ in range(3)]
    assert all(words[:2] == ["False", "False"] and words[-1].endswith("said") for words in said)
    assert len({words[2] for words in said}) == 3
    assert len({words[3] for words in said}) == 3


def test_no_descriptor_is_handed_on(server: ForkServer, tmp_path: Path) -> None:
    said = call(
        server,
        """
        import os
        print(sorted(os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
            if os.path.exists(f"/proc/self/fd/{name}") and int(name) > 2), os.read(0, 1))
        """,
        tmp_path,
    )
    assert said.stdout == "[] b''\n"


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("code = 0", 0),
        ("code = 72", 72),
        ("raise SystemExit", 0),
        ("raise SystemExit(62)", 62),
        ("raise SystemExit('told')", 1),
        ("raise ValueError('what went wrong')", 1),
        ("import os; os._exit(11)", 11),
        ("import os; os.abort()", -signal.SIGABRT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os; os.killpg(os.getpgrp(), 15)", -signal.SIGTERM),
    ],
)
def test_how_it_ended(server: ForkServer, tmp_path: Path, program: str, code: int) -> None:
    said = call(server, program, tmp_path)
    assert (said.exit_code, said.timed_out) == (code, False)
    assert ("Traceback" in said.stderr) == ("ValueError" in program)


def test_output_is_kept_from_both_ends_up_to_a_bound(server: ForkServer, tmp_path: Path) -> None:
    said = call(server, "import sys; sys.stdout.write('a' + 'x' * 5_000_000 + 'z')", tmp_path)
    assert OUTPUT_BOUND < len(said.stdout) < OUTPUT_BOUND + 100
    assert (said.stdout[0], said.stdout[-1]) == ("a", "z")


def test_the_time_limit_ends_it_and_all_that_it_started(server: ForkServer, tmp_path: Path) -> None:
    program = """
        import os, signal, subprocess, time
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        left = subprocess.Popen(["sleep", "100"])
        open("pids", "w").write(f"{os.getpid()} {left.pid}")
        print("begun", flush=True)
        time.sleep(100)
        """
    began = time.monotonic()
    said = call(server, program, tmp_path, timeout=3.0)
    assert time.monotonic() - began < 30
    assert said.timed_out
    assert said.stdout == "begun\n"
    assert gone(*map(int, (tmp_path / "pids").read_text().split()))
    assert call(server, "print('next')", tmp_path).stdout == "next\n"


def test_what_it_leaves_running_is_ended_and_not_waited_for(
    server: ForkServer, tmp_path: Path
) -> None:
    program = """
        import subprocess
        print(subprocess.Popen(["sleep", "100"]).pid)
        """
    said = call(server, program, tmp_path)
    assert said.exit_code == 0
    assert said.duration < 30
    assert gone(int(said.stdout))


def test_a_folder_that_is_not_there_fails_the_call(server: ForkServer, tmp_path: Path) -> None:
    said = call(server, "print('never')", tmp_path / "nowhere")
    assert (said.exit_code, said.stdout) == (1, "")
    assert "FileNotFoundError" in said.stderr


def test_a_call_that_is_too_long_is_refused(server: ForkServer, tmp_path: Path) -> None:
    with pytest.raises(CommandNotRunError, match="takes no call"):
        server.start(["#" * 5_000_000], {}, str(tmp_path))
    assert call(server, "print('next')", tmp_path).stdout == "next\n"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_whoever_started_it(end: signal.Signals, tmp_path: Path) -> None:
    program = f"""
        import sys
        from pytest_cnb_report.lifecycles.forked import fork_server
        lines = ["import os, time", "open('pid', 'w').write(str(os.getpid()))", "time.sleep(100)"]
        with fork_server({PROGRAM!r}) as server:
            child = server.start(lines, {{}}, {str(tmp_path)!r})
            print(child.pid, flush=True)
            child.wait()
        """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        (own,) = children(parent.pid)
        assert alive(own)
        assert alive(child)
        parent.send_signal(end)
    assert gone(own, child)


def test_nobody_to_answer_is_no_error(tmp_path: Path) -> None:
    """As it is for a moment after whoever asked was killed, before the kernel has told."""
    own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    call = {"arguments": ["code = 0"], "environment": {}, "directory": str(tmp_path)}
    with own, (tmp_path / "said").open("w+") as said:
        with theirs:
            server = subprocess.Popen(
                [sys.executable, *PROGRAM, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stderr=said,
            )
        own.shutdown(socket.SHUT_RD)
        socket.send_fds(own, [json.dumps(call).encode()], [said.fileno(), said.fileno()])
        assert server.wait(20) == 0
        assert said.read() == ""


def test_a_call_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    before = children(os.getpid())
    with fork_server(PROGRAM) as server:
        (own,) = children(os.getpid()) - before
        child = server.start(["import time; time.sleep(100)"], {}, str(tmp_path))
        os.kill(own, signal.SIGKILL)
        with pytest.raises(CommandNotRunError, match="the fork server ended unexpectedly"):
            child.wait()
        assert gone(child.pid)
        with pytest.raises(CommandNotRunError, match="the fork server"):
            server.start([], {}, str(tmp_path))


def test_the_reference_behaves_as_in_a_process_of_its_own(tmp_path: Path) -> None:
    plain = resolve("reference", phases=tuple(Phase), profile="rfc-0129-draft")
    with fork_server() as server:
        forked = forked_reference(server, profile="rfc-0129-draft", fault=None)
        for phase, arguments, api in (
            (Phase.REBASER, ["-version"], "0.12"),
            (Phase.REBASER, [], "0.12"),
            (Phase.EXPORTER, ["-no-such-flag"], "0.15"),
            (Phase.CREATOR, ["registry.invalid/a:b"], "0.99"),
            (Phase.ANALYZER, ["-layers", str(tmp_path), "127.0.0.1:1/app:tag"], "0.7"),
        ):
            ended = [
                lifecycle.call(
                    phase,
                    arguments,
                    platform_api=PlatformApi.parse(api),
                    environment={},
                    directory=str(tmp_path),
                    timeout=20,
                )
                for lifecycle in (plain, forked)
            ]
            assert ended[0].exit_code == ended[1].exit_code
            assert ended[0].stdout == ended[1].stdout
            assert ended[0].stderr == ended[1].stderr
            assert ended[0].shell == ended[1].shell


def test_a_lifecycle_without_its_server_says_so(tmp_path: Path) -> None:
    with fork_server() as server:
        forked = forked_reference(server, profile="rfc-0129-draft", fault="no-tags")
    assert forked.given == "reference:no-tags"
    with pytest.raises(LifecycleError, match=r"fork server.*\(phase rebaser of reference:no-tags"):
        forked.call(
            Phase.REBASER,
            [],
            platform_api=PlatformApi(0, 12),
            environment={},
            directory=str(tmp_path),
            timeout=20,
        )
