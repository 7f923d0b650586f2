"""A registry of our own in a container, through testcontainers."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.kind import IMAGE, RegistryKind
from pytest_cnb_report.registry.protocol import RegistryError, RegistryUnavailable
from pytest_cnb_report.registry.retries import NO_RETRIES
from pytest_cnb_report.scratch import scratch_folder

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

_PORT = 5000
_TRIES = 3
"""How often the best place is asked once another one has answered."""

_START_LIMIT = 30.0
_LABEL = "pytest-cnb-report.folder"


@contextlib.contextmanager
def container_registry(image: str = IMAGE) -> Iterator[RegistryClient]:
    """Run an empty registry in a container for the length of a block.

    `image` is one that serves a registry on port 5000; it is pulled where Docker does not have it.
    Each container is labelled with a scratch folder of its own: those whose folder is gone belong
    to runs of this user that were killed, and are removed first. Raises RegistryUnavailable.
    """
    with (
        scratch_folder("registry-container") as folder,
        _started(image, folder) as address,
        contextlib.closing(RegistryClient(f"http://{address}")) as client,
    ):
        yield client


@contextlib.contextmanager
def _started(image: str, folder: Path) -> Iterator[str]:
    try:
        # Only now: nobody pays for Docker who does not ask for it.
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415
    except ImportError as error:
        raise RegistryUnavailable(
            f"no registry in a container: {error}; install the extra with "
            "`pip install 'pytest-cnb-report[containers]'`"
        ) from error
    with contextlib.ExitStack() as at_the_end:
        try:
            container = DockerContainer(image)
            at_the_end.callback(container.stop)
            _remove_orphans(container, folder)
            container.with_exposed_ports(_PORT)
            container.with_env("REGISTRY_STORAGE_DELETE_ENABLED", "true")
            container.with_kwargs(labels={_LABEL: _label(folder)})
            container.start()
            address = _await_answer(container, image)
        except RegistryUnavailable:
            raise
        except Exception as error:
            # Docker, requests and testcontainers each raise their own.
            raise _unavailable(image, error) from error
        yield address


def _unavailable(image: str, error: Exception) -> RegistryUnavailable:
    said = " ".join(str(error).split())
    remedy = "see whether `docker info` works for this user"
    if "ryuk" in said.lower():
        remedy = "set TESTCONTAINERS_RYUK_DISABLED=true where Ryuk's image cannot be pulled"
    return RegistryUnavailable(f"no registry in a container of {image}: {said}; {remedy}")


def _await_answer(container: DockerContainer, image: str) -> str:
    """Wait for the registry and return the address at which it is reached from here."""
    limit = time.monotonic() + _START_LIMIT
    wrapped = container.get_wrapped_container()
    while True:
        wrapped.reload()
        if wrapped.status == "running":
            try:
                best, *others = _addresses(container)
                found = next(filter(_answers, (best, *others)), None)
                if found is not None:
                    # it may have begun to answer just after the best place was tried, and on a busy
                    # machine an answer may be late
                    return best if any(_answers(best) for _ in range(_TRIES)) else found
            except Exception:
                # one that has ended since has no port: what it said last says more
                wrapped.reload()
                if wrapped.status == "running":
                    raise
        if wrapped.status not in {"created", "running"} or time.monotonic() > limit:
            said = wrapped.logs(tail=3).decode("utf-8", "replace").strip()
            raise RegistryUnavailable(
                f"the container of {image} is {wrapped.status} and serves no registry on port "
                f"{_PORT}; its last lines: {said or 'none'}; name an image that does"
            )
        time.sleep(0.05)


def _answers(address: str) -> bool:
    client = RegistryClient(f"http://{address}", timeout=2.0, retries=NO_RETRIES)
    with contextlib.closing(client):
        try:
            client.check()
        except RegistryError:
            return False
        return True


def _addresses(container: DockerContainer) -> tuple[str, ...]:
    """Return where to look for it, the best place first."""
    client = container.get_docker_client()
    usual = f"{container.get_container_host_ip()}:{container.get_exposed_port(_PORT)}"
    if not client.client.api.base_url.startswith("http+docker:"):
        return (usual,)
    # On a socket of this machine. Lifecycles speak plain HTTP to a loopback address without being
    # told to, and not to every other.
    return f"127.0.0.1:{client.port(container.get_container_id(), _PORT)}", usual


def _label(folder: Path) -> str:
    """Name a folder so that no other machine or user takes it for its own."""
    return f"{socket.gethostname()}:{os.getuid()}:{folder}"


def _remove_orphans(container: DockerContainer, folder: Path) -> None:
    siblings = _label(folder.parent)
    from docker.errors import NotFound  # noqa: PLC0415

    docker = container.get_docker_client().client
    listed = docker.containers.list(all=True, filters={"label": _LABEL}, ignore_removed=True)
    for each in listed:
        owner = each.labels[_LABEL]
        if owner.startswith(f"{siblings}/") and not Path(owner.rpartition(":")[2]).exists():
            with contextlib.suppress(NotFound):  # another run sweeps too
                each.remove(force=True, v=True)


CONTAINER = RegistryKind(
    name="container",
    spelled="container",
    takes=lambda given: given == "container",
    open=lambda options: container_registry(options.image),
    needs=("Docker daemon", "testcontainers (container)", f"image {IMAGE}"),
)
