"""A Docker daemon in a container of its own, started through testcontainers."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Any

import docker.errors
import docker.types

from pytest_cnb_report.daemon.address import check_address
from pytest_cnb_report.daemon.borrowed import sweep
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.discovery import found
from pytest_cnb_report.daemon.engine import Daemon, connect
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.failures import FAILURES, explain
from pytest_cnb_report.daemon.kind import IMAGE, DaemonKind, DaemonOptions
from pytest_cnb_report.daemon.our_containers import LABEL, our_containers, remove_containers
from pytest_cnb_report.daemon.private import last_lines
from pytest_cnb_report.run_journal import noted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_cnb_report.daemon.client import Engine

_READY_WITHIN = 60.0
_ASKED = "start a dockerd in a container"
_SHARED = "/cnb"
_IN_MEMORY = ("/var/lib/docker", "/run", "/tmp")  # noqa: S108 - the container's own
_WATCHED = f"""\
dockerd "$@" >{_SHARED}/dockerd.log 2>&1 &
daemon=$!
if command -v flock >/dev/null; then
  (flock --shared {_SHARED} true; kill $daemon) &
fi
wait $daemon
"""
"""Runs for as long as the daemon does, and the daemon for as long as the run holds its folder."""


@contextlib.contextmanager
def container_daemon(
    outer: Engine, folder: Path, prefix: str, *, image: str = IMAGE
) -> Iterator[str]:
    """Start a container that runs `dockerd`, and give that daemon's address, a socket in `folder`.

    It is started at the daemon `outer`, which has to be on this machine, and removed at the end. It
    needs no network, no `--privileged`, and neither Ryuk nor a next run to go away after a kill: it
    watches the lock on `folder`, which is the caller's scratch folder. Raises DaemonUnavailable
    where it cannot be had, with the last lines that it wrote.
    """
    address = check_address(f"unix://{folder / 'docker.sock'}")
    _check(outer)
    with noted("containers", prefix, where=outer.address) as note:
        try:
            _start(outer, folder, prefix, image)
            _wait_until_ready(outer, address, folder, prefix)
            yield address
        finally:
            remove_containers(outer, prefix)
            note.done()


def _check(outer: Engine) -> None:
    if not outer.address.startswith("unix://"):
        raise DaemonUnavailable(
            outer.address,
            _ASKED,
            "the container's socket can be reached only if Docker runs on this machine",
            "use a Docker that listens on a Unix socket, or name this one (--daemon ADDRESS)",
        )


def _start(outer: Engine, folder: Path, prefix: str, image: str) -> None:
    try:
        from testcontainers.core import config, container  # noqa: PLC0415 - an optional extra
    except ImportError as missing:
        raise DaemonUnavailable(
            "container",
            _ASKED,
            "testcontainers is not installed",
            "pip install 'pytest-cnb-report[containers]'",
        ) from missing
    options = [
        *("--host", f"unix://{_SHARED}/docker.sock"),
        *("--group", str(os.getgid())),
        *("--data-root", "/var/lib/docker"),
        *("--exec-root", "/run/docker"),
        *("--bridge", "none"),
        "--iptables=false",
        "--ip-forward=false",
    ]
    with contextlib.ExitStack() as stack:
        stack.enter_context(_unchanged_environment())
        stack.enter_context(_without_ryuk(config.testcontainers_config))
        started = container.DockerContainer(
            image,
            docker_client_kw={"environment": outer.environment},
            volumes=[(str(folder), _SHARED, "rw")],
        )
        started.with_command(options).with_kwargs(
            entrypoint=["sh", "-c", _WATCHED, "dockerd"],
            labels={LABEL: prefix},
            auto_remove=True,
            network="none",
            cap_add=["SYS_ADMIN"],
            security_opt=["seccomp=unconfined", "apparmor=unconfined", "label=disable"],
            userns_mode="host",
            mounts=[docker.types.Mount(path, None, type="tmpfs") for path in _IN_MEMORY],
        )
        stack.callback(started.get_docker_client().client.close)
        try:
            started.start()
        except FAILURES as failure:
            why = explain(outer.address, _ASKED, failure).answered
            raise DaemonUnavailable(
                outer.address, _ASKED, why, f"pull the image first: docker pull {image}"
            ) from failure


@contextlib.contextmanager
def _unchanged_environment() -> Iterator[None]:
    """Undo what testcontainers does to DOCKER_HOST."""
    before = os.environ.get("DOCKER_HOST")
    try:
        yield
    finally:
        os.environ.pop("DOCKER_HOST", None)
        if before is not None:
            os.environ["DOCKER_HOST"] = before


@contextlib.contextmanager
def _without_ryuk(config: Any) -> Iterator[None]:  # noqa: ANN401 - testcontainers may be absent
    """Do not start Ryuk, whose image would be pulled and which would outlive the run itself."""
    before = config.ryuk_disabled
    config.ryuk_disabled = True
    try:
        yield
    finally:
        config.ryuk_disabled = before


def _wait_until_ready(outer: Engine, address: str, folder: Path, prefix: str) -> None:
    end = time.monotonic() + _READY_WITHIN
    while True:
        alive = bool(our_containers(outer, prefix))
        try:
            with connected(address, timeout=_READY_WITHIN, environment={}):
                return
        except DaemonUnavailable as error:
            if alive and time.monotonic() < end:
                time.sleep(0.05)
                continue
            how = f"no answer within {_READY_WITHIN:g} s" if alive else "the container ended"
            words = last_lines(folder / "dockerd.log")
            remedy = "see what the image needs, or name another image or daemon"
            raise DaemonUnavailable(
                "container", _ASKED, f"{how}; its last words:\n{words}\n", remedy
            ) from error


@contextlib.contextmanager
def _open(options: DaemonOptions) -> Iterator[Daemon]:
    """Start the container at the daemon that `auto` finds, and connect to the daemon in it."""
    with contextlib.ExitStack() as stack:
        outer = stack.enter_context(found(timeout=options.timeout, environment=options.environment))
        sweep(outer)
        address = stack.enter_context(
            container_daemon(outer, options.folder, options.prefix, image=options.image)
        )
        yield stack.enter_context(
            connect(address, options.prefix, timeout=options.timeout, environment={})
        )


CONTAINER = DaemonKind(
    name="container",
    spelled="container",
    takes=lambda given: given == "container",
    open=_open,
    needs=("Docker daemon", "testcontainers (container)", f"image {IMAGE}"),
)
