"""A Docker daemon in a container of its own, started through testcontainers."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Any

import docker.errors
import docker.types

from pytest_cnb_report.daemon.address import check_address
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.errors import (
    FAILURES,
    DaemonTimeout,
    DaemonUnavailable,
    explain,
)
from pytest_cnb_report.daemon.private import last_lines
from pytest_cnb_report.run_prefix import is_dead, is_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_cnb_report.daemon.client import Engine

IMAGE = "docker:dind"
"""The image that is used where no other is named."""
LABEL = "pytest-cnb-report.run"
"""The label on our containers, whose value is the prefix of the run."""

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
    try:
        _start(outer, folder, prefix, image)
        _wait_until_ready(outer, address, folder, prefix)
        yield address
    finally:
        _remove(outer, prefix)


def _check(outer: Engine) -> None:
    if not outer.address.startswith("unix://"):
        raise DaemonUnavailable(
            outer.address,
            _ASKED,
            "the container's socket can be reached only where Docker runs on this machine",
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
                outer.address, _ASKED, why, f"make sure that it has the image: docker pull {image}"
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
        alive = bool(_containers(outer, prefix))
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


def sweep_dead_containers(outer: Engine) -> None:
    """Remove the containers of runs that were killed, where they have not seen to it themselves."""
    for prefix in set(_containers(outer).values()):
        if is_dead(prefix):
            _remove(outer, prefix)


def _remove(outer: Engine, prefix: str) -> None:
    end = time.monotonic() + outer.api.timeout
    while containers := _containers(outer, prefix):
        for container in containers:
            with outer.asking("remove a container of ours"):
                try:
                    outer.api.remove_container(container, v=True, force=True)
                except docker.errors.APIError as error:
                    if error.status_code not in {404, 409}:  # gone, or on its way
                        raise
        if time.monotonic() > end:
            raise DaemonTimeout(outer.address, "remove a container of ours", "it is still there")


def _containers(outer: Engine, prefix: str | None = None) -> dict[str, str]:
    """List our containers by ID with the prefix of their run: those of one run, or all."""
    label = LABEL if prefix is None else f"{LABEL}={prefix}"
    with outer.asking("list our containers"):
        listed = outer.api.containers(all=True, filters={"label": label})
        found = {container["Id"]: container["Labels"][LABEL] for container in listed}
    return {key: value for key, value in found.items() if is_prefix(value)}
