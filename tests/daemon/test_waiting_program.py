"""The program that holds a container, started as what it is: a program of a few instructions."""

from __future__ import annotations

import fcntl
import os
import platform
import signal
import subprocess
from pathlib import Path

import pytest

from processes import gone, running
from pytest_cnb_report.daemon.waiting_program import waiting_program


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "waiting"
    content = waiting_program(platform.machine())
    if content is None:
        pytest.skip(f"there is none for {platform.machine()}")
    path.write_bytes(content)
    path.chmod(0o755)
    return str(path)


def test_it_waits_until_the_folder_is_not_locked_any_more(program: str, tmp_path: Path) -> None:
    lock = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with subprocess.Popen([program], cwd=tmp_path) as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(0.3)
        os.close(lock)
        assert waiting.wait(10) == 0


def started(program: str, script: str, **variables: str) -> tuple[bytes, int]:
    words = [program, "/bin/sh", "the name", "-c", script]
    done = subprocess.run(words, env=variables, stdout=subprocess.PIPE, timeout=20, check=False)
    return done.stdout, done.returncode


def test_it_starts_another_program_and_says_its_id(program: str) -> None:
    out, code = started(program, 'echo "$0 $A $$"; exit 7', A="1")
    assert out[4:] == f"the name 1 {int.from_bytes(out[:4], 'little')}\n".encode()
    assert code == 7
    assert started(program, "kill -KILL $$")[1] == 128 + signal.SIGKILL


def test_what_the_program_leaves_in_its_group_is_killed(program: str) -> None:
    out, code = started(program, "sleep 34567 & exit 3")  # which would keep the pipe open
    assert (len(out), code) == (4, 3)
    assert gone(*running("sleep", "34567"))


def test_a_program_that_is_not_there(program: str) -> None:
    done = subprocess.run([program, "/no/such", "name"], capture_output=True, check=False)
    assert done.returncode == 127


def test_it_kills_a_process_group(program: str) -> None:
    words = ["/bin/sh", "-c", "sleep 1000 & echo; wait"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True) as group:
        assert group.stdout is not None
        group.stdout.readline()
        subprocess.run([program, str(group.pid)], check=True)
        assert group.wait(10) == -signal.SIGKILL
        assert group.stdout.read() == b""  # nobody of the group has it open any more


def test_there_is_one_for_the_usual_machines_alone() -> None:
    for machine, number in (("x86_64", 62), ("aarch64", 183)):
        content = waiting_program(machine)
        assert content is not None
        assert content.startswith(b"\x7fELF\x02\x01\x01")
        assert content[18:20] == number.to_bytes(2, "little")
    assert waiting_program("sparc") is None
