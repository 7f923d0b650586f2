"""However a run ends, nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_cnb_report.daemon.engine import Daemon

from .traces import ALIVE, Traces, left_after, traces

pytestmark = pytest.mark.daemon

ONE_RUN = Path(__file__).with_name("one_run.py")


class Runs:
    """Starts runs that use the same TMPDIR and Docker, and looks at what they leave."""

    def __init__(self, provider: str, temporary: Path, outer: Daemon) -> None:
        self.spec = outer.address if provider == "address" else provider
        self.temporary = temporary
        self.address = outer.address

    def look(self) -> Traces:
        return traces(self.temporary, self.address)

    def start(self, ending: str) -> subprocess.Popen[str]:
        run = subprocess.Popen(
            [sys.executable, ONE_RUN, self.spec, ending],
            env={**os.environ, "TMPDIR": str(self.temporary), "DOCKER_HOST": self.address},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert run.stdout is not None
        line = run.stdout.readline()
        if line != "ready\n":
            raise AssertionError(run.communicate()[1])
        return run

    def finish(self, run: subprocess.Popen[str]) -> int:
        run.communicate(timeout=60)
        return run.returncode

    def left_after(self, before: Traces, *kinds: str) -> dict[str, list[str]]:
        return left_after(before, self.temporary, self.address, kinds)


@pytest.fixture(params=["private", "container", "address"])
def runs(request: pytest.FixtureRequest, temporary: Path, outer: Daemon) -> Runs:
    return Runs(request.param, temporary, outer)


def test_a_run_is_seen_while_it_lasts(runs: Runs) -> None:
    """Else the other tests would find nothing and mean nothing."""
    before = runs.look()
    run = runs.start("wait")
    seen = set(runs.look().beyond(before))
    os.killpg(run.pid, signal.SIGINT)
    runs.finish(run)
    expected = {
        "private": {"processes", "namespaces", "mounts", "sockets", "folders"},
        "container": {"processes", "namespaces", "mounts", "sockets", "folders", "containers"},
    }
    assert seen >= expected.get(runs.spec, {"folders", "images"})


def test_a_run_that_ends(runs: Runs) -> None:
    before = runs.look()
    assert runs.finish(runs.start("normal")) == 0
    assert runs.left_after(before) == {}


def test_a_run_that_fails(runs: Runs) -> None:
    before = runs.look()
    assert runs.finish(runs.start("exception")) == 1
    assert runs.left_after(before) == {}


def test_a_run_that_is_interrupted(runs: Runs) -> None:
    before = runs.look()
    run = runs.start("wait")
    os.killpg(run.pid, signal.SIGINT)
    assert runs.finish(run) in {1, 130, -signal.SIGINT}
    assert runs.left_after(before) == {}


@pytest.mark.parametrize("ending", ["kill", "crash"])
def test_a_run_that_is_killed_or_crashes(runs: Runs, ending: str) -> None:
    """What runs goes at once; files, and images in a Docker that is not ours, with the next run."""
    before = runs.look()
    run = runs.start(ending)
    if ending == "kill":
        run.kill()
    assert runs.finish(run) == -(signal.SIGKILL if ending == "kill" else signal.SIGABRT)
    assert runs.left_after(before, *ALIVE) == {}
    assert "folders" in runs.look().beyond(before)
    assert runs.finish(runs.start("normal")) == 0
    assert runs.left_after(before) == {}
