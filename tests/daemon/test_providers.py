from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_cnb_report.daemon.client import Engine
from pytest_cnb_report.daemon.discovery import none_answers
from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonUnavailable
from pytest_cnb_report.daemon.probe import Finding, probe
from pytest_cnb_report.daemon.providers import open_daemon

from .made import image, load
from .servers import relayed


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Docker's variables on a machine that has no daemon where daemons usually are."""
    monkeypatch.setattr("pytest_cnb_report.daemon.address.USUAL_SOCKET", tmp_path / "docker.sock")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return {"HOME": str(tmp_path / "home"), "XDG_RUNTIME_DIR": str(tmp_path / "user")}


@pytest.mark.daemon
def test_auto_heeds_docker_host(daemon: Daemon) -> None:
    with open_daemon("auto", environment={"DOCKER_HOST": daemon.address}) as found:
        assert found.address == daemon.address
        assert found.prefix != daemon.prefix


@pytest.mark.daemon
@pytest.mark.parametrize(
    "place", ["docker.sock", "user/docker.sock", "home/.docker/run/docker.sock"]
)
def test_auto_finds_a_socket_in_a_usual_place(
    daemon: Daemon, nowhere: dict[str, str], tmp_path: Path, place: str
) -> None:
    socket = tmp_path / place
    socket.parent.mkdir(parents=True, exist_ok=True)
    socket.symlink_to(daemon.address.removeprefix("unix://"))
    with open_daemon("auto", environment=nowhere) as found:
        assert found.address == f"unix://{socket}"


def test_auto_says_where_it_looked(nowhere: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(DaemonUnavailable) as raised:
        open_daemon("auto", environment=nowhere).__enter__()
    message = str(raised.value)
    for place in ("docker.sock", "user/docker.sock", "home/.docker/run/docker.sock"):
        assert f"unix://{tmp_path / place}" in message
    assert message.count("no such socket") == 1
    assert message.count("start Docker, or set DOCKER_HOST to its address") == 1


def test_who_asked_for_no_daemon_is_told_in_a_few_words(
    nowhere: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(DaemonUnavailable) as raised:
        open_daemon("auto", environment=nowhere).__enter__()
    told = none_answers(raised.value)
    assert told.startswith("no Docker daemon answers (tried /")
    assert told.endswith("home/.docker/run/docker.sock: no such socket)")
    lone = {"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}
    with pytest.raises(DaemonUnavailable) as raised:
        open_daemon("auto", environment=lone).__enter__()
    assert none_answers(raised.value) == (
        f"no Docker daemon answers (tried {tmp_path}/docker.sock: no such socket)"
    )


def test_auto_does_not_look_elsewhere_where_docker_host_is_wrong(tmp_path: Path) -> None:
    environment = {"DOCKER_HOST": f"unix://{tmp_path}/docker.sock", "XDG_RUNTIME_DIR": "/run/u"}
    with pytest.raises(DaemonUnavailable) as raised:
        open_daemon("auto", environment=environment).__enter__()
    assert raised.value.daemon == environment["DOCKER_HOST"]


@pytest.mark.parametrize("spec", ["ssh://host", "docker", "", "Private", "tcp://"])
def test_what_is_no_provider_and_no_address(spec: str) -> None:
    with pytest.raises(DaemonUnavailable, match="unix:///"):
        open_daemon(spec).__enter__()


@pytest.mark.daemon
def test_an_address_over_tcp(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not through a proxy that is meant for the internet."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with relayed(daemon.address) as address, open_daemon(address) as over_tcp:
        load(over_tcp, image(layers=2), "app")
        read = over_tcp.read(over_tcp.name("app"))
        assert read is not None
        assert read.config == image(layers=2).config
        assert over_tcp.environment == {"DOCKER_HOST": address}


@pytest.mark.daemon
def test_the_process_s_own_environment_is_the_default(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", daemon.address)
    with open_daemon("auto") as found:
        assert found.address == os.environ["DOCKER_HOST"]


def by_subject(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


@pytest.mark.daemon
def test_doctor_learns_what_is_there(outer: Daemon, neighbour: Engine) -> None:
    found = by_subject(probe(environment=outer.environment))
    assert found["Docker daemon"] == Finding(
        "Docker daemon",
        usable=True,
        detail=f"{outer.address}, version {outer.version}, Engine API {outer.api_version}",
    )
    dind = neighbour.inspect("docker:dind")
    assert dind is not None
    assert found["image docker:dind"] == Finding("image docker:dind", True, dind.image_id)
    registry = found["image registry:2"]
    assert (registry.usable, registry.remedy) == (
        False,
        "docker pull registry:2, for a container provider",
    )
    assert found["dockerd (private)"].usable
    assert "Docker version" in found["dockerd (private)"].detail
    assert found["testcontainers (container)"].detail.startswith("version ")


def test_doctor_says_what_to_do(nowhere: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_cnb_report.daemon.private.find_tool", lambda _: None)
    findings = probe(environment=nowhere)
    found = by_subject(findings)
    assert not found["Docker daemon"].usable
    assert not found["image docker:dind"].usable
    assert not found["dockerd (private)"].usable
    assert all(finding.usable or finding.remedy for finding in findings)
