"""However a whole run with workers, a daemon and a registry process ends, nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_cnb_report.daemon.engine import Daemon

from .traces import ALIVE, left_after, traces

pytestmark = pytest.mark.daemon

PROGRAM = Path(sys.executable).with_name("cnb-conformance")
ASKED = ("--phase", "rebaser", "--requirement", "rebase.tags.same-image", "-n", "2")
TO_THE_END, IN_THE_MIDDLE, WORKER_KILLED = "true", "sleep 3600", "kill -KILL $PPID; sleep 3600"


class Suite:
    """Starts runs that use the same TMPDIR and Docker, and one lifecycle to stop them at."""

    def __init__(self, provider: str, temporary: Path, folder: Path, outer: Daemon) -> None:
        self.daemon = outer.address if provider == "address" else provider
        self.temporary = temporary
        self.folder = folder
        self.address = outer.address

    def start(self, once: str) -> subprocess.Popen[str]:
        """Start a run whose lifecycle does something else when it first rebases at the daemon."""
        script = self.folder / "lifecycle"
        script.write_text(
            "#!/bin/sh\n"
            f'if [ "$1" = rebaser ] && [ $# -gt 3 ] && mkdir {self.begun} 2>/dev/null; then\n'
            f"  {once}\n"
            "fi\n"
            f'exec {sys.executable} -m pytest_cnb_report.reference "$@"\n'
        )
        script.chmod(0o755)
        if self.begun.exists():
            self.begun.rmdir()
        where = ("--target", "registry,daemon", "--daemon", self.daemon, "--registry", "process")
        return subprocess.Popen(
            [PROGRAM, "run", "--lifecycle", f"command:{script}", *where, *ASKED],
            env={**os.environ, "TMPDIR": str(self.temporary), "DOCKER_HOST": self.address},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def begun(self) -> Path:
        return self.folder / "begun"

    def until_begun(self, run: subprocess.Popen[str]) -> None:
        while not self.begun.exists():
            assert run.poll() is None, run.communicate()[0]
            time.sleep(0.02)

    def to_the_end(self) -> None:
        run = self.start(TO_THE_END)
        said, _ = run.communicate(timeout=240)
        assert run.returncode == 0, said


@pytest.fixture(params=["private", "address"])
def suite(request: pytest.FixtureRequest, temporary: Path, tmp_path: Path, outer: Daemon) -> Suite:
    return Suite(request.param, temporary, tmp_path, outer)


def test_a_run_that_ends(suite: Suite) -> None:
    before = traces(suite.temporary, suite.address)
    suite.to_the_end()
    assert left_after(before, suite.temporary, suite.address) == {}


@pytest.mark.parametrize(
    ("once", "end", "codes"),
    [
        (IN_THE_MIDDLE, lambda run: os.killpg(run, signal.SIGINT), {130}),
        (IN_THE_MIDDLE, lambda run: os.kill(run, signal.SIGTERM), {130}),
        (WORKER_KILLED, lambda _: None, {2}),
    ],
    ids=["interrupted", "terminated", "worker-killed"],
)
def test_a_run_that_is_cut_short(
    suite: Suite, once: str, end: Callable[[int], object], codes: set[int]
) -> None:
    before = traces(suite.temporary, suite.address)
    run = suite.start(once)
    suite.until_begun(run)
    end(run.pid)
    said, _ = run.communicate(timeout=240)
    assert run.returncode in codes, said
    assert left_after(before, suite.temporary, suite.address) == {}


def test_a_run_that_is_killed(suite: Suite) -> None:
    before = traces(suite.temporary, suite.address)
    run = suite.start(IN_THE_MIDDLE)
    suite.until_begun(run)
    assert len(traces(suite.temporary, suite.address).beyond(before)) > 2
    run.kill()
    run.communicate(timeout=60)
    assert left_after(before, suite.temporary, suite.address, ALIVE) == {}
    suite.to_the_end()
    assert left_after(before, suite.temporary, suite.address) == {}
