"""However a whole run with workers, a daemon and a registry ends, nothing of it is left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from kill_worker import KILL_WORKER
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry

from .traces import ALIVE, Traces, left_after, traces

pytestmark = pytest.mark.daemon

PROGRAM = Path(sys.executable).with_name("cnb-conformance")
FEW = "several-images or new-name or twice"
REQUIREMENT = "rebase.tags.same-image"
ASKED = ("--phase=rebaser", f"--requirement={REQUIREMENT}", "-n=2", "--", "-k", FEW)
TO_THE_END, IN_THE_MIDDLE = "true", "sleep 3600"
WORKER_KILLED = f"{KILL_WORKER}; sleep 3600"


class Suite:
    """Starts runs that use the same TMPDIR and Docker, and one lifecycle to stop them at.

    They have a daemon and a registry of their own, or use those of somebody else.
    """

    def __init__(
        self, *, own: bool, temporary: Path, folder: Path, outer: Daemon, theirs: EmbeddedRegistry
    ) -> None:
        self.daemon = "private" if own else outer.address
        self.registry = "process" if own else f"http://{theirs.address}"
        self.temporary = temporary
        self.folder = folder
        self.address = outer.address
        self.theirs = theirs

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
        where = (
            "--target",
            "registry,daemon",
            "--daemon",
            self.daemon,
            "--registry",
            self.registry,
        )
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

    def tags(self) -> list[str]:
        """List what is left in the registry that is somebody else's."""
        with contextlib.closing(RegistryClient(f"http://{self.theirs.address}")) as client:
            return [
                f"{repository}:{tag}"
                for repository in client.repositories_after("")
                for tag in client.tags(repository)
            ]

    def left_after(self, before: Traces, kinds: Collection[str] = ()) -> dict[str, list[str]]:
        return left_after(before, self.temporary, self.address, kinds)

    def to_the_end(self) -> None:
        run = self.start(TO_THE_END)
        said, _ = run.communicate(timeout=240)
        assert run.returncode == 0, said


@pytest.fixture(params=["own", "theirs"])
def suite(
    request: pytest.FixtureRequest, temporary: Path, tmp_path: Path, outer: Daemon
) -> Iterator[Suite]:
    own = request.param == "own"
    with embedded_registry() as theirs:
        yield Suite(own=own, temporary=temporary, folder=tmp_path, outer=outer, theirs=theirs)


@pytest.mark.parametrize(
    ("once", "end", "codes"),
    [
        (IN_THE_MIDDLE, lambda run: os.killpg(run, signal.SIGINT), {130}),
        (IN_THE_MIDDLE, lambda run: os.kill(run, signal.SIGTERM), {143}),
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
    assert suite.left_after(before) == {}
    assert suite.tags() == []


def test_a_run_that_is_killed(suite: Suite) -> None:
    before = traces(suite.temporary, suite.address)
    run = suite.start(IN_THE_MIDDLE)
    suite.until_begun(run)
    assert len(traces(suite.temporary, suite.address).beyond(before)) > 2
    run.kill()
    run.communicate(timeout=60)
    assert suite.left_after(before, ALIVE) == {}
    assert (suite.tags() != []) == (suite.registry != "process")
    suite.to_the_end()
    assert suite.left_after(before) == {}
    assert suite.tags() == []
