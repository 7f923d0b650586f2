"""The daemon that a run works on: one that is there, or one of its own."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.cleanup import remove_run, sweep_dead_runs
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.container import IMAGE, container_daemon, sweep_dead_containers
from pytest_cnb_report.daemon.discovery import found
from pytest_cnb_report.daemon.engine import Daemon, connect
from pytest_cnb_report.daemon.errors import DaemonError
from pytest_cnb_report.daemon.private import private_daemon
from pytest_cnb_report.run_prefix import FOLDER_KIND, prefix_for
from pytest_cnb_report.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_cnb_report.daemon.client import Engine

PROVIDERS = ("auto", "private", "container")
"""What `open_daemon` takes besides an address."""


@contextlib.contextmanager
def open_daemon(
    spec: str,
    *,
    image: str = IMAGE,
    timeout: float = 60,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Daemon]:
    """Give a daemon to work on, and leave nothing of this run behind.

    `spec` is `auto` (`DOCKER_HOST`, else where Docker usually listens), `private` (a `dockerd` of
    our own; needs root and the main thread), `container` (one in a container made from `image`) or
    an address such as `unix:///var/run/docker.sock`. `timeout` is in seconds, for each answer of
    the daemon. `environment` is where Docker's own variables are looked up, the process's own where
    it is not given. In a daemon that belongs to someone else, what killed runs left is removed at
    the beginning, and what this run put there at the end. Workers reach the same daemon with
    `connect(daemon.address, daemon.prefix)`.

    Raises DaemonUnavailable where the daemon cannot be had, and at the end DaemonError where
    something of ours could not be removed.
    """
    environment = os.environ if environment is None else environment
    with scratch_folder(FOLDER_KIND) as folder, contextlib.ExitStack() as stack:
        prefix = prefix_for(folder)
        if spec == "private":
            address = stack.enter_context(private_daemon(folder))
            yield stack.enter_context(connect(address, prefix, timeout=timeout, environment={}))
            return
        somewhere = (
            found(timeout=timeout, environment=environment)
            if spec in PROVIDERS
            else connected(spec, timeout=timeout, environment=environment)
        )
        theirs = stack.enter_context(somewhere)
        _sweep(theirs)
        if spec == "container":
            started = container_daemon(theirs, folder, prefix, image=image)
            address = stack.enter_context(started)
            yield stack.enter_context(connect(address, prefix, timeout=timeout, environment={}))
        else:
            stack.callback(remove_run, theirs, prefix)
            yield Daemon(theirs, prefix)


def _sweep(engine: Engine) -> None:
    """Remove what killed runs left; that something of theirs stays is no reason not to run."""
    for sweep in (sweep_dead_containers, sweep_dead_runs):
        with contextlib.suppress(DaemonError):
            sweep(engine)
