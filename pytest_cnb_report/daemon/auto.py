"""`auto`: the daemon that `DOCKER_HOST` names, else one that listens where Docker usually does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.borrowed import borrowed
from pytest_cnb_report.daemon.discovery import found
from pytest_cnb_report.daemon.kind import DaemonKind, DaemonOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from pytest_cnb_report.daemon.client import Engine
    from pytest_cnb_report.daemon.engine import Daemon


def _reach(
    given: str, *, timeout: float, environment: Mapping[str, str]
) -> AbstractContextManager[Engine]:
    del given
    return found(timeout=timeout, environment=environment)


def _open(options: DaemonOptions) -> AbstractContextManager[Daemon]:
    reached = found(timeout=options.timeout, environment=options.environment)
    return borrowed(reached, options.prefix)


AUTO = DaemonKind(
    name="auto",
    spelled="auto",
    takes=lambda given: given == "auto",
    open=_open,
    reach=_reach,
    needs=("Docker daemon",),
    optional=True,
)
