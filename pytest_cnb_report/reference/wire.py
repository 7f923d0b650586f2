"""HTTP, over connections that stay open for as long as a phase runs."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

TIMEOUT = 60.0
"""Seconds that a server may take over one step of an exchange."""

REDIRECTS = 5
REDIRECTING = (301, 302, 303, 307, 308)


class WireError(Exception):
    """A server could not be reached, or answered what makes no sense here."""


class Response(NamedTuple):
    """An answer; `headers` has lower-case names, `url` is what answered in the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class _Request(NamedTuple):
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    @property
    def address(self) -> tuple[str, str]:
        parts = urlsplit(self.url)
        return parts.scheme, parts.netloc

    @property
    def target(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def redirected(self, url: str) -> _Request:
        """The same request elsewhere; credentials stay with the server that they are for."""
        moved = self._replace(url=url)
        if moved.address != self.address:
            moved.headers.pop("Authorization", None)
        return moved


class Wire:
    """Requests to any number of servers."""

    def __init__(self) -> None:
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Send one request and read the whole answer; a redirected GET or HEAD is followed.

        Raises WireError where no answer comes.
        """
        request = _Request(method, url, dict(headers or {}), body)
        for _ in range(REDIRECTS):
            response = self._exchange(request)
            location = response.headers.get("location")
            if response.status not in REDIRECTING or method not in ("GET", "HEAD") or not location:
                return response
            request = request.redirected(urljoin(request.url, location))
        raise WireError(f"{method} {url}: more than {REDIRECTS} redirects")

    def close(self) -> None:
        """Close every connection."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _exchange(self, request: _Request) -> Response:
        address = request.address
        try:
            if address in self._connections:
                try:
                    return _ask(self._connections[address], request)
                except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                    # A server may close an idle connection at any time: only a fresh one tells.
                    self._connections.pop(address).close()
            connection = self._connections[address] = connect(*address)
            return _ask(connection, request)
        except (OSError, http.client.HTTPException) as error:
            self._connections.pop(address).close()
            why = str(error) or type(error).__name__
            raise WireError(f"{request.method} {request.url}: {why}") from error


def _ask(connection: http.client.HTTPConnection, request: _Request) -> Response:
    connection.request(request.method, request.target, request.body, request.headers)
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return Response(answer.status, headers, answer.read(), request.url)


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket; the address is the socket's path, its slashes quoted."""

    def __init__(self, address: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = address.replace("%2F", "/")

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def connect(scheme: str, address: str) -> http.client.HTTPConnection:
    """Make a connection for `http`, `https` or `unix`; nothing is sent yet."""
    if scheme == "unix":
        return _SocketConnection(address)
    if scheme == "https":
        return http.client.HTTPSConnection(address, timeout=TIMEOUT)
    return http.client.HTTPConnection(address, timeout=TIMEOUT)
