"""What some tests need of the machine, and what becomes of them where it is not there."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Literal, NoReturn, TypeAlias

import pytest

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.providers import open_daemon

Need: TypeAlias = Literal["DAEMON", "REGISTRIES", "BROWSER"]


def cannot_run(need: Need, why: str) -> NoReturn:
    """Skip a test, or fail it where `CNB_REQUIRE_NEED=1` promised what it needs."""
    if os.environ.get(f"CNB_REQUIRE_{need}") == "1":
        pytest.fail(f"CNB_REQUIRE_{need}=1, and this cannot be tested: {why}")
    pytest.skip(why)


def program(need: Need, *names: str) -> str:
    """Return the path of the first of some programs that is there."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or cannot_run(need, f"{names[0]} is not installed")


@contextlib.contextmanager
def private_daemon() -> Iterator[Daemon]:
    """Run a dockerd of our own, for tests that put images into it."""
    with contextlib.ExitStack() as stack:
        try:
            daemon = stack.enter_context(open_daemon("private"))
        except DaemonUnavailable as error:
            cannot_run("DAEMON", str(error))
        yield daemon
