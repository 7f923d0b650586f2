from __future__ import annotations

from collections.abc import Iterator

import pytest

from machine import private_daemon
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry

from .builds import Made, build
from .console import console

__all__ = ["console"]


@pytest.fixture(scope="package")
def daemon() -> Iterator[Daemon]:
    with private_daemon() as daemon:
        yield daemon


@pytest.fixture(scope="package")
def registry() -> Iterator[EmbeddedRegistry]:
    with embedded_registry() as registry:
        yield registry


@pytest.fixture(scope="package")
def made(registry: EmbeddedRegistry, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A build that is right, by the draft."""
    return build(RegistryHost(registry, "draft"), tmp_path_factory.mktemp("draft"))
