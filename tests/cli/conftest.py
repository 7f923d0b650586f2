from __future__ import annotations

from collections.abc import Iterator

import pytest

from machine import private_daemon
from pytest_cnb_report.daemon.engine import Daemon

from .console import console

__all__ = ["console"]


@pytest.fixture(scope="package")
def daemon() -> Iterator[Daemon]:
    with private_daemon() as daemon:
        yield daemon
