"""A daemon that somebody else runs, named by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.borrowed import borrowed
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.kind import DaemonKind, DaemonOptions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pytest_cnb_report.daemon.engine import Daemon


def _open(options: DaemonOptions) -> AbstractContextManager[Daemon]:
    reached = connected(options.given, timeout=options.timeout, environment=options.environment)
    return borrowed(reached, options.prefix)


ADDRESS = DaemonKind(
    name="address",
    spelled="unix:///PATH or tcp://HOST:PORT",
    takes=lambda given: "://" in given,
    open=_open,
    reach=connected,
)
