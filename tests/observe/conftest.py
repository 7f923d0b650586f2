from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.lifecycles.forked import ForkServer, fork_server
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import PLATFORM_APIS

from .judging import PROFILE, carried_out


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer]:
    with fork_server() as server:
        yield server


@pytest.fixture(scope="session")
def registry() -> Iterator[EmbeddedRegistry]:
    with embedded_registry() as registry:
        yield registry


@pytest.fixture(scope="session")
def bench(server: ForkServer, registry: EmbeddedRegistry) -> Iterator[Bench]:
    """A place at which the reference lifecycle can be asked for anything."""
    with scratch_folder("test") as folder:
        folder.chmod(0o711)
        yield Bench(
            lifecycle=forked_reference(server, profile=PROFILE.value, fault=None),
            platform_api=PLATFORM_APIS[-1],
            host=RegistryHost(registry, "observe"),
            folder=folder,
            timeout=30,
        )


@pytest.fixture(scope="session")
def export(bench: Bench) -> Observation:
    """An export with nothing wrong in it."""
    return carried_out(bench, "exporter", "plain")


@pytest.fixture(scope="session")
def rebase(bench: Bench) -> Observation:
    """A rebase with nothing wrong in it."""
    return carried_out(bench, "rebaser", "plain")
