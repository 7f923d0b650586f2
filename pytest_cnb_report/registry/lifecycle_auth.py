"""The user's credentials in the form in which a lifecycle takes them, for one registry alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.docker_config import Credentials, credentials_for
from pytest_cnb_report.registry.protocol import Registry, RegistryUnavailable

VARIABLE = "CNB_REGISTRY_AUTH"
"""Platform specification, Registry Authentication: a JSON object of `Authorization` headers."""

OPTION = "--pass-credentials"


@dataclass(frozen=True)
class Secrets:
    """Variables for a lifecycle that may not be shown or recorded, nor any of `hidden`."""

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)


def require_passed(registry: Registry, *, allowed: bool) -> None:
    """Raise RegistryUnavailable where a registry asks for credentials, and a lifecycle gets none.

    The registry has been pushed to, so that it has asked by now if it does.
    """
    used = registry.credentials if isinstance(registry, RegistryClient) else None
    if used is None:
        return
    if not allowed:
        source = f" from {used.source}" if used.source else ""
        raise RegistryUnavailable(
            f"registry {registry.address} asks for credentials; the suite has some{source}, but the"
            f" lifecycle has none: pass them on with {OPTION} ({VARIABLE}), or name a registry that"
            " asks for none"
        )
    secrets_for(registry.address, lambda _: used)


def secrets_for(
    address: str, look_up: Callable[[str], Credentials | None] = credentials_for
) -> Secrets:
    """Return the credentials for a registry as a lifecycle takes them; nothing where none are kept.

    Raises RegistryError where they cannot be read, and RegistryUnavailable where they cannot be
    passed on.
    """
    credentials = look_up(address)
    if credentials is None:
        return Secrets()
    if not credentials.user:
        source = f" from {credentials.source}" if credentials.source else ""
        raise RegistryUnavailable(
            f"the credentials for {address}{source} are an identity token, which {VARIABLE} cannot"
            f" hold: log in with a user name and a password or access token to use {OPTION}"
        )
    value = json.dumps({address: credentials.basic})
    return Secrets({VARIABLE: value}, credentials.secrets)
