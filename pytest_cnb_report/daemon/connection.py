"""Connecting to a Docker daemon, which is checked before anything is asked of it."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

import docker
import docker.utils

from pytest_cnb_report.daemon.address import TLS_VARIABLES, check_address, uses_tls
from pytest_cnb_report.daemon.client import Engine, knock
from pytest_cnb_report.daemon.errors import DaemonUnavailable, not_docker
from pytest_cnb_report.daemon.failures import FAILURES, explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OLDEST_API = (1, 41)
"""The oldest Engine API that the suite supports: that of Docker 20.10, which it is tested with."""
_OLDEST = ".".join(map(str, OLDEST_API))
_ASKED = "ask for its version"


@contextlib.contextmanager
def connected(
    address: str, *, timeout: float = 60, environment: Mapping[str, str] | None = None
) -> Iterator[Engine]:
    """Connect to the daemon at `address`, and close the connection at the end.

    `timeout` is in seconds, for each answer. Docker's TLS variables are looked up in `environment`,
    the process's own where it is not given. Raises DaemonUnavailable where the daemon cannot be
    reached, does not answer or cannot be used.
    """
    environment = os.environ if environment is None else environment
    check_address(address)
    tls = uses_tls(address, environment)
    with contextlib.ExitStack() as cleanup:

        def client(api_version: str) -> docker.APIClient:
            settings = docker.utils.kwargs_from_env(dict(environment)) if tls else {}
            api = docker.APIClient(
                base_url=address,
                version=api_version,
                timeout=timeout,  # type: ignore[arg-type]  # requests takes parts of seconds
                tls=settings.get("tls", False),
            )
            cleanup.callback(api.close)
            api.trust_env = False  # a proxy for the internet is none for a daemon
            return api

        try:
            knock(address, timeout)
            said = client(_OLDEST).version(api_version=False)
            version, api_version = _versions(address, said)
            api = client(api_version)
        except FAILURES as failure:
            raise DaemonUnavailable(*explain(address, _ASKED, failure).args) from failure
        variables = {name: environment[name] for name in TLS_VARIABLES if name in environment}
        reached_by = {"DOCKER_HOST": address, **(variables if tls else {})}
        yield Engine(address, reached_by, api, version, api_version)


def _versions(address: str, said: object) -> tuple[str, str]:
    match said:
        case {"Version": str(version), "ApiVersion": str(api_version)} if re.fullmatch(
            r"[0-9]{1,3}\.[0-9]{1,3}", api_version
        ):
            major, minor = map(int, api_version.split("."))
        case _:
            raise not_docker(address, _ASKED)
    if (major, minor) < OLDEST_API:
        raise DaemonUnavailable(
            address,
            _ASKED,
            f"version {version}, whose Engine API is {api_version}",
            f"the suite needs Engine API {_OLDEST} (Docker 20.10) or newer",
        )
    return version, api_version
