"""The containers that runs start at a daemon, found by a label whose value the journal has."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import docker.errors

from pytest_cnb_report.daemon.errors import DaemonTimeout
from pytest_cnb_report.image_name_prefix import is_prefix
from pytest_cnb_report.run_journal import left_behind

if TYPE_CHECKING:
    from pytest_cnb_report.daemon.client import Engine

LABEL = "pytest-cnb-report.run"
"""The label on our containers, whose value is the prefix of the run."""


def sweep_dead_containers(outer: Engine) -> None:
    """Remove the containers of runs that were killed, where they have not seen to it themselves.

    Raises DaemonError.
    """
    for note in left_behind("containers"):
        for prefix in filter(is_prefix, note.names):
            remove_containers(outer, prefix)
        if note.where == outer.address:
            note.done()


def remove_containers(outer: Engine, prefix: str) -> None:
    """Remove the containers of one run; raises DaemonError."""
    end = time.monotonic() + outer.api.timeout
    while containers := our_containers(outer, prefix):
        for container in containers:
            with outer.asking("remove a container of ours"):
                try:
                    outer.api.remove_container(container, v=True, force=True)
                except docker.errors.APIError as error:
                    if error.status_code not in {404, 409}:  # gone, or on its way
                        raise
        if time.monotonic() > end:
            raise DaemonTimeout(outer.address, "remove a container of ours", "it is still there")


def our_containers(outer: Engine, prefix: str | None = None) -> dict[str, str]:
    """List our containers by ID with the prefix of their run: those of one run, or all.

    Raises DaemonError.
    """
    label = LABEL if prefix is None else f"{LABEL}={prefix}"
    with outer.asking("list our containers"):
        listed = outer.api.containers(all=True, filters={"label": label})
        found = {container["Id"]: container["Labels"][LABEL] for container in listed}
    return {key: value for key, value in found.items() if is_prefix(value)}
