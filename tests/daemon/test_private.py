from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from machine import program
from processes import running
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.private import obstacle, private_daemon
from pytest_cnb_report.daemon.providers import open_daemon
from pytest_cnb_report.scratch import scratch_folder

from .made import make_dind_image
from .users import unprivileged


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch_folder("test") as folder:
        yield folder


@pytest.mark.daemon
def test_it_answers(daemon: Daemon) -> None:
    assert tuple(map(int, daemon.api_version.split("."))) >= (1, 41)
    assert daemon.version
    assert daemon.environment == {"DOCKER_HOST": daemon.address}


@pytest.mark.daemon
def test_two_of_them_know_nothing_of_each_other(daemon: Daemon) -> None:
    with open_daemon("private") as other:
        assert other.address != daemon.address
        assert other.names() == ()


@pytest.mark.daemon
def test_the_control_groups_of_its_containers_go_with_it() -> None:
    groups = {path for path in Path("/sys/fs/cgroup").rglob("*") if path.is_dir()}
    with open_daemon("private") as other:
        make_dind_image(other)
        with open_daemon("container", environment=other.environment) as inner:
            assert inner.version
            during = {path for path in Path("/sys/fs/cgroup").rglob("*") if path.is_dir()}
    name = f"pytest-cnb-report-{Path(other.address).parent.name}"
    assert any(name in path.parts for path in during - groups)
    after = {path for path in Path("/sys/fs/cgroup").rglob("*") if path.is_dir()}
    assert not any(name in path.parts for path in after)


@pytest.mark.daemon
def test_nothing_of_the_machine_s_own_docker_reaches_it(daemon: Daemon) -> None:
    """Neither its settings, nor a containerd that runs already, nor its network."""
    (process,) = running("dockerd", daemon.address)
    proc = Path(f"/proc/{process}")
    assert "--config-file" in (proc / "cmdline").read_text().split("\0")
    assert "DOCKER" not in (proc / "environ").read_text()
    mounts = [line.split(" - ") for line in (proc / "mountinfo").read_text().splitlines()]
    kinds = {left.split(" ")[4]: right.split(" ")[0] for left, right in mounts}
    assert {path: kinds[path] for path in ("/run", "/etc")} == {"/run": "tmpfs", "/etc": "overlay"}
    assert (proc / "ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def test_it_is_started_from_the_main_thread_only(folder: Path) -> None:
    raised = []

    def start() -> None:
        try:
            private_daemon(folder).__enter__()
        except RuntimeError as error:
            raised.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert raised == ["a private daemon has to be started from the main thread"]


@pytest.mark.daemon
def test_it_needs_root(folder: Path) -> None:
    with unprivileged():
        with pytest.raises(
            DaemonUnavailable, match="it needs root; run as root, or set DOCKER_HOST"
        ):
            private_daemon(folder).__enter__()
        assert obstacle() is not None


@pytest.mark.daemon
def test_it_needs_a_dockerd(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_cnb_report.daemon.private.find_tool", lambda _: None)
    with pytest.raises(DaemonUnavailable, match=r"no dockerd.*on PATH; install Docker"):
        private_daemon(folder).__enter__()


@pytest.fixture
def instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a script in the place of dockerd."""

    def put(script: str) -> None:
        program = tmp_path / "dockerd"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return put


@pytest.mark.daemon
def test_it_needs_namespaces() -> None:
    """Which root is not given in most containers."""
    script = "from pytest_cnb_report.daemon.private import obstacle; print(*obstacle())"
    confined = [
        program("DAEMON", "setpriv"),
        "--bounding-set",
        "-sys_admin",
        "--inh-caps",
        "-sys_admin",
    ]
    run = subprocess.run(
        [*confined, sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "no namespaces can be had: unshare" in run.stdout
    assert "Operation not permitted" in run.stdout
    assert "use `--daemon container`" in run.stdout


@pytest.mark.daemon
def test_its_last_words_are_shown_where_it_does_not_start(
    folder: Path, instead: Callable[[str], None]
) -> None:
    instead("seq 100; echo failed to start daemon: no such driver >&2; exit 3")
    with pytest.raises(DaemonUnavailable) as raised:
        private_daemon(folder).__enter__()
    message = str(raised.value)
    assert "start a dockerd of our own: it exited 3; its last words:\n    92\n" in message
    assert "\n    failed to start daemon: no such driver\n; where namespaces or mounts" in message


@pytest.mark.daemon
def test_it_is_given_up_after_a_while(
    folder: Path, instead: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    instead("echo waiting for the disk; sleep 61.5")
    monkeypatch.setattr("pytest_cnb_report.daemon.private._READY_WITHIN", 0.3)
    with pytest.raises(DaemonUnavailable, match=r"no answer within 0.3 s.*\n    waiting for the"):
        private_daemon(folder).__enter__()
    assert running("sleep", "61.5") == []


@pytest.mark.daemon
def test_temporary_files_must_not_be_where_it_is_shielded() -> None:
    refused = pytest.raises(DaemonUnavailable, match="set TMPDIR to a folder outside /run")
    with tempfile.TemporaryDirectory(dir="/run") as hidden, refused:
        private_daemon(Path(hidden)).__enter__()


def test_a_path_that_is_too_long_for_a_socket(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnavailable, match="at most 107 bytes; use a shorter one"):
        private_daemon(tmp_path / ("x" * 100)).__enter__()


@pytest.mark.daemon
def test_a_long_path_of_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with open_daemon("private") as daemon:
        assert daemon.names() == ()
