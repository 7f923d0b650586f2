"""A user's credentials for registries, found as Docker finds them."""

from __future__ import annotations

import base64
import binascii
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
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

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header (RFC 7617)."""
        pair = f"{self.user}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")

    def __repr__(self) -> str:
        return "Credentials(…)"


def credentials_for(host: str, environment: Mapping[str, str] | None = None) -> Credentials | None:
    """Return what `docker login` has kept for a registry (`HOST` or `HOST:PORT`), if anything.

    Looks into `config.json` in DOCKER_CONFIG, else in `~/.docker`: the registry's credential
    helper, the general one, then the file itself. Raises RegistryError where the file or a helper
    cannot be made sense of.
    """
    environment = os.environ if environment is None else environment
    home = environment.get("HOME")
    folder = environment.get("DOCKER_CONFIG") or (home and Path(home, ".docker"))
    if not folder:
        return None
    path = Path(folder, "config.json")
    key = _DOCKER_HUB_KEY if host in _DOCKER_HUB else host
    try:
        config = json.loads(path.read_bytes())
        helper = config.get("credHelpers", {}).get(key) or config.get("credsStore")
        found = _from_helper(helper, key, environment) if helper else None
        return found or _from_file(config.get("auths", {}), key)
    except FileNotFoundError:
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
    entry = next((auths[name] for name in auths if _host(name) == _host(key)), None)
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
        raise RegistryError(key, asked, f"exit {done.returncode}: {said[:300]}", remedy)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
        user, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise RegistryError(key, asked, "an answer that is not a credential", remedy) from error
    if user == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(user, secret) if user else None
