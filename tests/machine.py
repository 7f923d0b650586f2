"""What some tests need of the machine, and what becomes of them where it is not there."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Literal, NoReturn, TypeAlias

import pytest

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.providers import open_daemon
from pytest_cnb_report.registry.container import container_registry
from pytest_cnb_report.registry.protocol import Registry, RegistryUnavailable

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


def containers() -> None:
    """Skip a test where no Docker answers that could run a registry for it."""
    docker = program("REGISTRIES", "docker")
    if importlib.util.find_spec("testcontainers") is None:
        cannot_run("REGISTRIES", "testcontainers is not installed")
    done = subprocess.run([docker, "info"], capture_output=True, text=True, check=False)
    if done.returncode:
        cannot_run("REGISTRIES", f"no Docker answers: {done.stderr.strip()}")


@contextlib.contextmanager
def registry_in_a_container() -> Iterator[Registry]:
    """Run the registry of the container provider, whose image has to be had as well."""
    containers()
    with contextlib.ExitStack() as stack:
        # testcontainers would pull Ryuk's image; what is left behind is removed without it
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
        try:
            registry = stack.enter_context(container_registry())
        except RegistryUnavailable as error:
            cannot_run("REGISTRIES", str(error))
        yield registry
