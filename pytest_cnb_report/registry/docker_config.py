"""A user's credentials for registries, found as Docker and Podman find them."""

from __future__ import annotations

import base64
import binascii
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_cnb_report.registry.protocol import RegistryError

_HELPER_LIMIT = 30.0
_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_DOCKER_HUB_KEY = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"  # noqa: S105 - what helpers give as user name beside an identity token


@dataclass(frozen=True)
class Credentials:
    """A user name and password, or an identity token alone (OAuth 2 refresh token)."""

    user: str = ""
    password: str = ""
    identity_token: str = ""
    source: str = field(default="", compare=False)
    """The file or the helper program that they come from."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may contain, in every form in which it is sent."""
        pair = (self.password, self.basic.partition(" ")[2]) if self.password else ()
        return tuple(filter(None, (*pair, self.identity_token)))

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header (RFC 7617)."""
        pair = f"{self.user}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")

    def __repr__(self) -> str:
        return "Credentials(…)"


def credentials_for(host: str, environment: Mapping[str, str] | None = None) -> Credentials | None:
    """Return what `docker login` or `podman login` has kept for a registry, if anything.

    `host` is `HOST` or `HOST:PORT`. Looks into `credential_files`, in their order; in each, into
    the registry's credential helper, the general one, then the file itself. Raises RegistryError
    where a file or a helper cannot be made sense of.
    """
    environment = os.environ if environment is None else environment
    found = (_in_file(path, host, environment) for path in credential_files(environment))
    return next(filter(None, found), None)


def credential_files(environment: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Return where credentials are looked for, whether or not these files are there.

    They are Docker's `config.json` (in `DOCKER_CONFIG` or `~/.docker`), and Podman's `auth.json`
    (`REGISTRY_AUTH_FILE`, else below `XDG_RUNTIME_DIR`, then below `XDG_CONFIG_HOME` or `~/.config`
    in `containers`).
    """
    environment = os.environ if environment is None else environment
    return tuple(dict.fromkeys(_credential_files(environment)))


def _credential_files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get("HOME")
    docker = environment.get("DOCKER_CONFIG") or (home and f"{home}/.docker")
    if docker:
        yield Path(docker, "config.json")
    if environment.get("REGISTRY_AUTH_FILE"):
        yield Path(environment["REGISTRY_AUTH_FILE"])
        return
    configured = environment.get("XDG_CONFIG_HOME") or (home and f"{home}/.config")
    for folder in filter(None, (environment.get("XDG_RUNTIME_DIR"), configured)):
        yield Path(folder, "containers", "auth.json")


def _in_file(path: Path, host: str, environment: Mapping[str, str]) -> Credentials | None:
    key = _DOCKER_HUB_KEY if host in _DOCKER_HUB else host
    try:
        config = json.loads(path.read_bytes())
        helper = config.get("credHelpers", {}).get(key) or config.get("credsStore")
        found = _from_helper(helper, key, environment) if helper else None
        if found is not None:
            return found
        found = _from_file(config.get("auths", {}), key)
        return None if found is None else replace(found, source=str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unusable(host, path, str(error.strerror)) from error
    except (ValueError, AttributeError, TypeError) as error:
        raise _unusable(host, path, f"not as Docker writes it: {error}") from error


def _unusable(host: str, path: Path, why: str) -> RegistryError:
    return RegistryError(
        host, f"credentials from {path}", why, "repair it, or log in anew with `docker login`"
    )


def _from_file(auths: Mapping[str, Mapping[str, str]], key: str) -> Credentials | None:
    entry = auths.get(key) or next((auths[n] for n in auths if _host(n) == _host(key)), None)
    if not entry:
        return None
    user, password = entry.get("username", ""), entry.get("password", "")
    if entry.get("auth"):
        try:
            pair = base64.b64decode(entry["auth"], validate=True).decode()
        except binascii.Error as error:
            raise ValueError(f"`auth` of {key} is not base64") from error
        user, _, password = pair.partition(":")
    token = entry.get("identitytoken", "")
    return Credentials(user, password.rstrip("\0"), token) if user or token else None


def _host(name: str) -> str:
    """Return the host of an entry, which old versions of Docker wrote as a URL."""
    host = name.partition("://")[2] or name
    return host.partition("/")[0]


def _from_helper(helper: str, key: str, environment: Mapping[str, str]) -> Credentials | None:
    program = f"docker-credential-{helper}"
    asked = f"credentials from {program}"
    remedy = "run it by hand, or log in anew with `docker login`"
    try:
        done = subprocess.run(
            [program, "get"],
            input=key.encode(),
            capture_output=True,
            timeout=_HELPER_LIMIT,
            env=dict(environment),
            check=False,
        )
    except FileNotFoundError as error:
        raise RegistryError(
            key, asked, "there is no such program on PATH", "install it, or log in without it"
        ) from error
    except subprocess.TimeoutExpired as error:
        answered = f"no answer within {_HELPER_LIMIT:.0f} s"
        raise RegistryError(key, asked, answered, remedy) from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        if "credentials not found" in said:
            return None
        # helpers explain themselves on either stream, and a secret may stand there too
        why = "" if '"Secret"' in said else f": {said[:300]}"
        raise RegistryError(key, asked, f"exit {done.returncode}{why}", remedy)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
        user, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise RegistryError(key, asked, "an answer that is not a credential", remedy) from error
    if user == _TOKEN_USER:
        return Credentials(identity_token=secret, source=program)
    return Credentials(user, secret, source=program) if user else None
