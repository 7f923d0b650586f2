"""Where credentials are found: in the files of Docker and Podman, and with their helpers."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from pytest_cnb_report.registry.docker_config import Credentials, credentials_for
from pytest_cnb_report.registry.protocol import RegistryError

from .test_credentials import ALICE, IDENTITY, basic


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".docker").mkdir()
    return tmp_path


def kept(home: Path, host: str, config: object) -> Credentials | None:
    """Look a host up where `docker login` has left this."""
    content = config if isinstance(config, str) else json.dumps(config)
    (home / ".docker" / "config.json").write_text(content)
    return credentials_for(host, {"HOME": str(home), "PATH": f"{home}:/usr/bin:/bin"})


def helper(home: Path, name: str, script: str) -> None:
    program = home / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    "name", ["r.example:5000", "https://r.example:5000", "https://r.example:5000/v1/"]
)
def test_a_password_is_found_in_the_file(home: Path, name: str) -> None:
    config = {"auths": {"other.example": {}, name: {"auth": basic("alice", "open:sesame")}}}
    assert kept(home, "r.example:5000", config) == ALICE
    assert kept(home, "r.example", config) is None


def test_a_password_is_found_in_the_clear(home: Path) -> None:
    config = {"auths": {"r.example": {"username": "alice", "password": "open:sesame"}}}
    assert kept(home, "r.example", config) == ALICE


def test_an_identity_token_is_found(home: Path) -> None:
    entry = {"auth": basic("alice", ""), "identitytoken": "identity"}
    found = kept(home, "r.example", {"auths": {"r.example": entry}})
    assert found == Credentials("alice", "", "identity")


@pytest.mark.parametrize("host", ["docker.io", "index.docker.io", "registry-1.docker.io"])
def test_docker_hub_goes_by_its_old_name(home: Path, host: str) -> None:
    config = {"auths": {"https://index.docker.io/v1/": {"auth": basic("alice", "open:sesame")}}}
    assert kept(home, host, config) == ALICE


def test_another_folder_may_be_named(home: Path, tmp_path: Path) -> None:
    kept(home, "r.example", {"auths": {"r.example": {"auth": basic("alice", "open:sesame")}}})
    environment = {"HOME": "/nowhere", "DOCKER_CONFIG": str(home / ".docker")}
    assert credentials_for("r.example", environment) == ALICE
    assert credentials_for("r.example", {"HOME": str(tmp_path / "empty")}) is None
    assert credentials_for("r.example", {}) is None


@pytest.mark.parametrize("config", [{"credHelpers": {"r.example": "x"}}, {"credsStore": "x"}])
def test_a_helper_is_asked(home: Path, config: object) -> None:
    helper(home, "x", """read host; printf '{"Username": "alice", "Secret": "%s"}' "$1 $host" """)
    assert kept(home, "r.example", config) == Credentials("alice", "get r.example")


def test_a_helper_of_the_registrys_own_comes_first(home: Path) -> None:
    helper(home, "own", """echo '{"Username": "<token>", "Secret": "identity"}' """)
    helper(home, "general", """echo '{"Username": "alice", "Secret": "open:sesame"}' """)
    config = {"credHelpers": {"r.example": "own"}, "credsStore": "general"}
    assert kept(home, "r.example", config) == IDENTITY
    assert kept(home, "other.example", config) == ALICE


def test_a_helper_that_knows_nothing_leaves_it_to_the_file(home: Path) -> None:
    helper(home, "x", "echo 'credentials not found in native keychain'; exit 1")
    entry = {"auth": basic("alice", "open:sesame")}
    assert kept(home, "r.example", {"credsStore": "x", "auths": {"r.example": entry}}) == ALICE
    assert kept(home, "r.example", {"credsStore": "x"}) is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo locked >&2; exit 2", "docker-credential-x: exit 2: locked; run it by hand"),
        ("echo nonsense", "docker-credential-x: an answer that is not a credential"),
        ("echo '[]'", "docker-credential-x: an answer that is not a credential"),
        ("echo '{}'", "docker-credential-x: an answer that is not a credential"),
    ],
)
def test_a_helper_that_fails_is_named(home: Path, script: str, message: str) -> None:
    helper(home, "x", script)
    with pytest.raises(RegistryError, match=message):
        kept(home, "r.example", {"credsStore": "x"})


def test_a_helper_that_is_missing_is_named(home: Path) -> None:
    with pytest.raises(RegistryError, match="docker-credential-gone: there is no such program"):
        kept(home, "r.example", {"credsStore": "gone"})


@pytest.mark.parametrize(
    "config",
    [
        "nonsense",
        [],
        {"auths": 7},
        {"auths": {"r.example": {"auth": "%%%"}}},
        {"auths": {"r.example": {"auth": base64.b64encode(b"\xff").decode()}}},
        {"credHelpers": 7},
    ],
)
def test_a_file_that_makes_no_sense_is_named(home: Path, config: object) -> None:
    with pytest.raises(RegistryError, match=r"config\.json: not as Docker writes it.*repair it"):
        kept(home, "r.example", config)


def test_a_password_is_never_shown() -> None:
    assert "sesame" not in repr(ALICE)


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("REGISTRY_AUTH_FILE", "anywhere.json"),
        ("XDG_RUNTIME_DIR", "containers/auth.json"),
        ("XDG_CONFIG_HOME", "containers/auth.json"),
        ("HOME", ".config/containers/auth.json"),
    ],
)
def test_a_password_is_found_where_podman_keeps_it(
    tmp_path: Path, variable: str, place: str
) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    narrower = {"auth": basic("bob", "other")}
    auths = {"r.example/team": narrower, "r.example": {"auth": basic("alice", "open:sesame")}}
    file.write_text(json.dumps({"auths": auths}))
    environment = {variable: str(file if variable == "REGISTRY_AUTH_FILE" else tmp_path)}
    found = credentials_for("r.example", environment)
    assert found == ALICE
    assert found is not None
    assert found.source == str(file)
    assert credentials_for("other.example", environment) is None


def test_docker_comes_before_podman_and_a_named_file_before_the_usual_ones(home: Path) -> None:
    runtime, named = home / "run" / "containers", home / "named.json"
    runtime.mkdir(parents=True)
    for file, name in ((runtime / "auth.json", "runtime"), (named, "named")):
        file.write_text(json.dumps({"auths": {"r.example": {"auth": basic(name, "x")}}}))
    environment = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}

    def found_user(**more: str) -> str | None:
        found = credentials_for("r.example", {**environment, **more})
        return None if found is None else found.user

    assert found_user() == "runtime"
    assert found_user(REGISTRY_AUTH_FILE=str(named)) == "named"
    docker = {"auths": {"r.example": {"auth": basic("docker", "x")}}}
    (home / ".docker" / "config.json").write_text(json.dumps(docker))
    assert found_user(REGISTRY_AUTH_FILE=str(named)) == "docker"


def test_a_helper_that_fails_does_not_give_a_secret_away(home: Path) -> None:
    helper(home, "vault", """echo '{"Username": "alice", "Secret": "open:sesame"}'; exit 3""")
    with pytest.raises(RegistryError, match=r"exit 3; run it by hand") as failed:
        kept(home, "r.example", {"credsStore": "vault"})
    assert "sesame" not in str(failed.value)
