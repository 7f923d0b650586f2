"""Where a Docker daemon listens: addresses as `DOCKER_HOST` has them, and the usual places."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import docker.context
import docker.errors

from pytest_cnb_report.daemon.errors import DaemonUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL_SOCKET = Path("/var/run/docker.sock")
TLS_VARIABLES = ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")

_TCP = re.compile(
    r"(?:tcp|http|https)://(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):(?P<port>[0-9]{1,5})/?"
)
_ASKED = "address"
SOCKET_LENGTH = 107
"""Bytes that the path of a Unix socket may have (unix(7))."""
ROOM_FOR_SOCKETS = len("/exec/containerd/containerd.sock.ttrpc")
"""What a `dockerd` adds to the path of its folder, at most."""


def check_address(address: str) -> str:
    """Return `address` where it is one that the suite can use; else raise DaemonUnavailable."""
    if address.startswith("unix:///"):
        if len(address.removeprefix("unix://").encode()) > SOCKET_LENGTH:
            raise DaemonUnavailable(
                address,
                _ASKED,
                f"the path of a Unix socket has at most {SOCKET_LENGTH} bytes",
                "use a shorter one",
            )
        return address
    tcp = _TCP.fullmatch(address)
    if tcp and 0 < int(tcp["port"]) < 1 << 16:
        return address
    if address.startswith("ssh://"):
        raise DaemonUnavailable(
            address,
            _ASKED,
            "ssh is not supported, because lifecycles cannot use it",
            "forward the socket (`ssh -L /tmp/docker.sock:/var/run/docker.sock HOST`) "
            "and give unix:///tmp/docker.sock",
        )
    raise DaemonUnavailable(
        address or "''",
        _ASKED,
        "not the address of a Docker daemon",
        "give unix:///PATH or tcp://HOST:PORT",
    )


def uses_tls(address: str, environment: Mapping[str, str]) -> bool:
    """Tell whether TLS is asked for, by the variables that Docker's own command line heeds."""
    wanted = any(environment.get(name) for name in TLS_VARIABLES)
    return address.startswith("https://") or (wanted and address.startswith("tcp://"))


def usual_addresses(environment: Mapping[str, str]) -> tuple[str, ...]:
    """List where to look for a daemon, the likeliest first.

    `DOCKER_HOST` alone where it is set; else the current context of Docker's command line, the
    usual socket, and those of rootless Docker and Docker Desktop.
    """
    given = environment.get("DOCKER_HOST")
    if given:
        return (given,)
    sockets = [USUAL_SOCKET]
    if environment.get("XDG_RUNTIME_DIR"):
        sockets.append(Path(environment["XDG_RUNTIME_DIR"]) / "docker.sock")
    if environment.get("HOME"):
        sockets.append(Path(environment["HOME"]) / ".docker" / "run" / "docker.sock")
    context = _context_address()
    addresses = ([context] if context else []) + [f"unix://{socket}" for socket in sockets]
    return tuple(dict.fromkeys(addresses))


def _context_address() -> str | None:
    try:
        context = docker.context.ContextAPI.get_current_context()
        address = None if context.Name == "default" else context.Host
    except (
        docker.errors.DockerException,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ):
        return None
    return str(address).replace("http+unix://", "unix://") if address else None
