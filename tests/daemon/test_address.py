from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from pytest_cnb_report.daemon.address import check_address, uses_tls, usual_addresses
from pytest_cnb_report.daemon.errors import DaemonUnavailable

USUAL = "unix:///var/run/docker.sock"


@pytest.mark.parametrize(
    "address",
    [USUAL, "tcp://127.0.0.1:2375", "tcp://[::1]:2375", "http://docker:2375/", "tcp://a:1"],
)
def test_addresses(address: str) -> None:
    assert check_address(address) == address


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ssh://user@host", "ssh is not supported.*forward the socket"),
        ("/var/run/docker.sock", "not the address.*unix:///PATH"),
        ("unix://relative", "not the address of a Docker daemon"),
        ("tcp://host", "not the address of a Docker daemon"),
        ("tcp://host:0", "not the address of a Docker daemon"),
        ("tcp://host:70000", "not the address of a Docker daemon"),
        ("tcp://host:1\n", "not the address of a Docker daemon"),
        ("npipe:////./pipe/docker_engine", "not the address of a Docker daemon"),
        ("fd://", "not the address of a Docker daemon"),
        ("", "'': address"),
        ("private!", "not the address of a Docker daemon"),
        ("unix:///" + "a" * 107, "at most 107 bytes"),
    ],
)
def test_what_is_no_address(address: str, message: str) -> None:
    with pytest.raises(DaemonUnavailable, match=message):
        check_address(address)


def test_docker_host_stands_alone(tmp_path: Path) -> None:
    environment = {"DOCKER_HOST": "tcp://a:1", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/u"}
    assert usual_addresses(environment) == ("tcp://a:1",)


def test_the_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    environment = {"HOME": "/home/u", "XDG_RUNTIME_DIR": "/run/user/1"}
    assert usual_addresses(environment) == (
        USUAL,
        "unix:///run/user/1/docker.sock",
        "unix:///home/u/.docker/run/docker.sock",
    )
    assert usual_addresses({"DOCKER_HOST": ""}) == (USUAL,)


@pytest.mark.parametrize(
    "config", ["{", "[]", '{"currentContext": 1}', '{"currentContext": "gone"}']
)
def test_broken_docker_settings_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    (tmp_path / "config.json").write_text(config)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert usual_addresses({}) == (USUAL,)


def test_the_current_context_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "contexts" / "meta" / sha256(b"mine").hexdigest()
    folder.mkdir(parents=True)
    endpoint = {"docker": {"Host": "unix:///tmp/mine.sock", "SkipTLSVerify": False}}
    meta = {"Name": "mine", "Metadata": {}, "Endpoints": endpoint}
    (folder / "meta.json").write_text(json.dumps(meta))
    (tmp_path / "config.json").write_text('{"currentContext": "mine"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert usual_addresses({}) == ("unix:///tmp/mine.sock", USUAL)


@pytest.mark.parametrize(
    ("address", "environment", "expected"),
    [
        ("tcp://a:1", {}, False),
        ("tcp://a:1", {"DOCKER_TLS_VERIFY": ""}, False),
        ("tcp://a:1", {"DOCKER_TLS_VERIFY": "1"}, True),
        ("tcp://a:1", {"DOCKER_CERT_PATH": "/certs"}, True),
        ("https://a:1", {}, True),
        (USUAL, {"DOCKER_TLS_VERIFY": "1"}, False),
    ],
)
def test_tls_is_as_for_the_command_line(
    address: str, environment: dict[str, str], expected: bool
) -> None:
    assert uses_tls(address, environment) is expected
