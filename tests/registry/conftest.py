from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from machine import cannot_run, containers, registry_in_a_container
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry
from pytest_cnb_report.registry.process import find_program, process_registry
from pytest_cnb_report.registry.protocol import Registry
from pytest_cnb_report.registry.retries import Retries

from .wire import Wire

AT_ONCE = Retries(first_wait=0.0)
"""As often as usual, without a wait."""


@pytest.fixture(scope="session")
def shared_embedded() -> Iterator[EmbeddedRegistry]:
    with embedded_registry() as registry:
        yield registry


@pytest.fixture
def embedded() -> Iterator[EmbeddedRegistry]:
    """An embedded registry with nothing in it."""
    with embedded_registry() as registry:
        yield registry


@pytest.fixture
def wire(embedded: EmbeddedRegistry) -> Iterator[Wire]:
    """HTTP to the empty embedded registry, with nothing in between."""
    with contextlib.closing(Wire(embedded.address)) as wire:
        yield wire


@pytest.fixture
def client(embedded: EmbeddedRegistry) -> Iterator[RegistryClient]:
    """The suite's own client for the empty embedded registry."""
    url = f"http://{embedded.address}"
    with contextlib.closing(RegistryClient(url, timeout=5, retries=AT_ONCE)) as client:
        yield client


@pytest.fixture(scope="session")
def shared_process() -> Iterator[Registry]:
    if find_program() is None:
        cannot_run("REGISTRIES", "docker-registry is not installed")
    with process_registry() as registry:
        yield registry


@pytest.fixture(scope="session")
def docker_answers() -> Iterator[None]:
    """Docker is there, and can publish ports: `.ci/with-docker` sees to both."""
    containers()
    with pytest.MonkeyPatch.context() as patch:
        # testcontainers would pull Ryuk's image; what is left behind is removed without it.
        patch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def shared_container(docker_answers: None) -> Iterator[Registry]:  # noqa: ARG001 - needed first
    with registry_in_a_container() as registry:
        yield registry


@pytest.fixture(params=["embedded", "client", "process", "container"])
def registry(request: pytest.FixtureRequest) -> Iterator[Registry]:
    """Every kind of registry in turn, with things of other tests in it."""
    if request.param in {"process", "container"}:
        yield request.getfixturevalue(f"shared_{request.param}")
        return
    shared: EmbeddedRegistry = request.getfixturevalue("shared_embedded")
    if request.param == "embedded":
        yield shared
        return
    with contextlib.closing(RegistryClient(f"http://{shared.address}")) as client:
        yield client
