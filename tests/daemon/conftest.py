from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine import private_daemon
from pytest_cnb_report.daemon.client import Engine
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.engine import Daemon

from .made import make_dind_image


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "daemon: starts a dockerd, which takes root and Docker; without them it is skipped, or "
        "fails where CNB_REQUIRE_DAEMON=1",
    )


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    """A dockerd of our own, for tests that put images into it under the run's prefix."""
    with private_daemon() as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def _with_daemon(request: pytest.FixtureRequest) -> None:
    """Skip what is marked `daemon`, or fail it, where there can be none."""
    if request.node.get_closest_marker("daemon"):
        request.getfixturevalue("daemon")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A TMPDIR for runs, with a short name: a socket's path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="cnb-") as folder:
        yield Path(folder).resolve()


@pytest.fixture(scope="session")
def neighbour(daemon: Daemon) -> Iterator[Engine]:
    """Somebody else who uses the same dockerd, under names of their own."""
    with connected(daemon.address) as engine:
        yield engine


@pytest.fixture(scope="session")
def outer(daemon: Daemon) -> Daemon:
    """The same dockerd, with the image that the container provider needs."""
    make_dind_image(daemon)
    return daemon
