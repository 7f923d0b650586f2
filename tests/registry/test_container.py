"""A registry in a container, of which nothing stays behind; needs Docker (`.ci/with-docker`)."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from pytest_cnb_report.registry import container
from pytest_cnb_report.registry.container import container_registry
from pytest_cnb_report.registry.protocol import RegistryUnavailable
from pytest_cnb_report.registry.providers import open_registry

from .made import image, push

_KILLED = """
import time
from pytest_cnb_report.registry.container import container_registry
with container_registry():
    print("started", flush=True)
    time.sleep(60)
"""


LABEL = "pytest-cnb-report.folder"


@pytest.fixture
def ours(
    docker_answers: None,  # noqa: ARG001 - needed first
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[docker.DockerClient]:
    """Docker, for runs with a TMPDIR of their own: other tests use the same Docker meanwhile."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with contextlib.closing(docker.from_env()) as client:
        yield client


def containers(client: docker.DockerClient) -> set[str]:
    """Return the containers of runs with this TMPDIR, running or not."""
    listed = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return {str(each.id) for each in listed if tempfile.gettempdir() in each.labels[LABEL]}


def test_a_container_opens_and_closes_and_leaves_nothing(ours: docker.DockerClient) -> None:
    before = containers(ours)
    with open_registry("container") as registry:
        assert re.fullmatch(r"127\.0\.0\.1:\d+", registry.address)
        digest = push(registry, "some/app", "latest", image())
        assert len(containers(ours) - before) == 1
        assert registry.delete_manifest("some/app", digest)
    assert containers(ours) == before


def test_the_loopback_address_is_taken_even_where_it_is_the_last_to_answer(
    ours: docker.DockerClient,  # noqa: ARG001 - needed first
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = container._answers
    early: list[str] = []

    def once_too_early(address: str) -> bool:
        if answers(address) and address.startswith("127.0.0.1:") and not early:
            early.append(address)
            return False
        return answers(address)

    monkeypatch.setattr(container, "_answers", once_too_early)
    with container_registry() as registry:
        assert early == [registry.address]


def test_the_container_of_a_killed_run_goes_when_the_next_one_begins(
    ours: docker.DockerClient,
) -> None:
    before = containers(ours)
    run = subprocess.Popen([sys.executable, "-c", _KILLED], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    assert run.stdout.readline() == "started\n"
    (left,) = containers(ours) - before
    with container_registry():
        assert left in containers(ours), "it belongs to a run that is alive"
    run.send_signal(signal.SIGKILL)
    run.communicate()
    with container_registry():
        assert left not in containers(ours)
    assert containers(ours) == before


def test_containers_of_others_stay(ours: docker.DockerClient) -> None:
    labels = {LABEL: f"elsewhere:{os.getuid()}:/tmp/gone/registry-1"}
    theirs = ours.containers.create("registry:2", labels=labels)
    try:
        with container_registry():
            assert ours.containers.get(str(theirs.id)).status == "created"
    finally:
        theirs.remove()


def test_an_image_that_serves_no_registry_is_named_with_its_last_words(
    ours: docker.DockerClient,
) -> None:
    name = "pytest-cnb-report-test:version"
    template = ours.containers.create("registry:2", ["--version"])
    template.commit("pytest-cnb-report-test", "version")
    template.remove()
    before = containers(ours)
    try:
        with (
            pytest.raises(RegistryUnavailable, match=r"serves no registry on port 5000;.*registry"),
            container_registry(name),
        ):
            pass
    finally:
        ours.images.remove(name, force=True)
    assert containers(ours) == before


@pytest.mark.usefixtures("docker_answers")
def test_an_image_that_cannot_be_had_is_named() -> None:
    name = "registry.invalid/no/such:image"
    with (
        pytest.raises(RegistryUnavailable, match=f"no registry in a container of {name}: "),
        container_registry(name),
    ):
        pass


def told(script: str, **environment: str) -> str:
    """Return the last line that a script's failure leaves."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


_OPENED = """
from pytest_cnb_report.registry.providers import open_registry
with open_registry("container"):
    pass
"""


def test_without_docker_it_says_so(tmp_path: Path) -> None:
    message = told(_OPENED, DOCKER_HOST=f"unix://{tmp_path}/docker.sock")
    assert "RegistryUnavailable: no registry in a container of registry:2: " in message
    assert "see whether `docker info` works for this user" in message


def test_without_testcontainers_it_says_what_to_install() -> None:
    message = told("import sys; sys.modules['testcontainers'] = None" + _OPENED)
    assert "RegistryUnavailable: no registry in a container: " in message
    assert "install the extra with `pip install 'pytest-cnb-report[containers]'`" in message
