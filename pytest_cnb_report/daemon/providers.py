"""The table of daemon kinds, and the daemon that `--daemon` names by it."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.address import ROOM_FOR_SOCKETS, SOCKET_LENGTH, check_address
from pytest_cnb_report.daemon.at_address import ADDRESS
from pytest_cnb_report.daemon.auto import AUTO
from pytest_cnb_report.daemon.container import CONTAINER
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.kind import IMAGE, DaemonKind, DaemonOptions
from pytest_cnb_report.daemon.private import PRIVATE
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_cnb_report.daemon.client import Engine
    from pytest_cnb_report.daemon.engine import Daemon

KINDS: tuple[DaemonKind, ...] = (AUTO, PRIVATE, CONTAINER, ADDRESS)
"""Every kind, in the order in which messages name them. The first that takes a value has it."""

_ASKED = "address"


def daemon_kind(given: str) -> DaemonKind:
    """Return the kind that a value of `--daemon` is of; raises DaemonUnavailable for none."""
    for kind in KINDS:
        if kind.takes(given):
            return kind
    spellings = ", ".join(kind.spelled for kind in KINDS)
    raise DaemonUnavailable(
        given or "''", _ASKED, "not the address of a Docker daemon", f"give {spellings}"
    )


def check_spelling(given: str) -> None:
    """Raise DaemonUnavailable for a value of `--daemon` that can name none, wherever it is used."""
    if daemon_kind(given) is ADDRESS:
        check_address(given)


def is_optional(given: str) -> bool:
    """Tell whether not to have the daemon is no failure where `--target` does not name it."""
    return any(kind.optional for kind in KINDS if kind.takes(given))


@contextlib.contextmanager
def open_daemon(
    given: str,
    *,
    image: str = IMAGE,
    timeout: float = 60,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Daemon]:
    """Give the daemon that `given` names for the length of a block; nothing of it stays behind.

    `image` is for `container`; `timeout` is in seconds, for each answer of the daemon;
    `environment` is where Docker's own variables are looked up, the process's own where it is not
    given. `private` needs root and the main thread. Workers reach the same daemon with
    `connect(daemon.address, daemon.prefix)`.

    Raises DaemonUnavailable where the daemon cannot be had, and at the end DaemonError where
    something of ours could not be removed.
    """
    kind = daemon_kind(given)
    with scratch_folder("daemon", at_most=SOCKET_LENGTH - ROOM_FOR_SOCKETS) as folder:
        options = DaemonOptions(
            given,
            folder=folder,
            prefix=draw_prefix(),
            image=image,
            timeout=timeout,
            environment=os.environ if environment is None else environment,
        )
        with kind.open(options) as daemon:
            yield daemon


@contextlib.contextmanager
def reach_daemon(
    given: str, *, timeout: float = 60, environment: Mapping[str, str] | None = None
) -> Iterator[Engine]:
    """Connect to a daemon that is there already, to look at it; nothing in it is changed.

    The arguments are those of `open_daemon`. Raises DaemonUnavailable, also for a kind that is not
    there before it is opened.
    """
    reach = daemon_kind(given).reach
    if reach is None:
        known = ", ".join(kind.spelled for kind in KINDS if kind.reach is not None)
        raise DaemonUnavailable(
            given, _ASKED, "it would be started for this run, and be empty", f"give {known}"
        )
    environment = os.environ if environment is None else environment
    with reach(given, timeout=timeout, environment=environment) as engine:
        yield engine
