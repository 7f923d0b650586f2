"""HTTP to one registry, bounded in time and size, with every failure turned into words."""

from __future__ import annotations

import contextlib
import ipaddress
import time
import urllib.request
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InsecureRequestWarning

from pytest_cnb_report.registry.error_hints import failure
from pytest_cnb_report.registry.protocol import RegistryError, TooLongError

_REDIRECTS = 5
_PIECE = 1 << 16


@dataclass(frozen=True)
class Response:
    """A whole answer. Header names are looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Requests to `scheme://HOST:PORT`.

    `timeout` is in seconds, from a request's first byte to its answer's last one. Proxies are taken
    from the environment as usual, but never for this machine itself.
    """

    def __init__(self, url: str, *, verify: bool = True, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        self.address = parts.netloc
        self.scheme = parts.scheme
        self._url = f"{parts.scheme}://{parts.netloc}"
        self._timeout = timeout
        self._verify = verify
        self._pool = _pool(parts.scheme, host, verify=verify)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pool.clear()

    def url(self, place: str) -> str:
        """Return the whole URL of a path, or of a `Location` that the registry gave."""
        return urljoin(self._url, place)

    def is_own(self, place: str) -> bool:
        """Tell whether a path or a `Location` leads to the registry itself."""
        parts = urlsplit(self.url(place))
        return (parts.scheme, parts.netloc) == (self.scheme, self.address)

    def request(
        self,
        method: str,
        place: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int,
    ) -> Response:
        """Make one request; redirections are followed, and no status is an error here.

        Raises RegistryError where no whole answer of at most `limit` bytes arrives in time.
        """
        asked = f"{method} {place}"
        until = time.monotonic() + self._timeout
        try:
            answer = self._send(method, place, body, headers or {})
            try:
                content = self._read(answer, asked, until, limit)
            except BaseException:
                answer.close()
                raise
            answer.release_conn()
        except (HTTPError, ValueError) as error:
            raise failure(self.address, asked, error, self._timeout) from error
        return Response(answer.status, answer.headers, content)

    def _send(
        self, method: str, place: str, body: bytes | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        with contextlib.ExitStack() as stack:
            if not self._verify:
                stack.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore", InsecureRequestWarning)
            return self._pool.request(
                method,
                self.url(place),
                body=body,
                headers=dict(headers),
                preload_content=False,
                decode_content=False,
                retries=urllib3.Retry(
                    total=None, connect=0, read=0, status=0, other=0, redirect=_REDIRECTS
                ),
                timeout=urllib3.Timeout(connect=self._timeout, read=self._timeout),
            )

    def _read(
        self, answer: urllib3.BaseHTTPResponse, asked: str, until: float, limit: int
    ) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := answer.read1(_PIECE):
            parts.append(part)
            size += len(part)
            if size > limit:
                answered = f"more than {limit} bytes"
                remedy = "an answer to this is never so long: is it a registry?"
                raise TooLongError(self.address, asked, answered, remedy)
            if time.monotonic() > until:
                answered = f"not whole within {self._timeout:g} s"
                raise RegistryError(self.address, asked, answered, "try again, or nearer to it")
        return b"".join(parts)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine itself, by its name alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _pool(scheme: str, host: str, *, verify: bool) -> urllib3.PoolManager:
    requirement = "CERT_REQUIRED" if verify else "CERT_NONE"
    proxy = urllib.request.getproxies().get(scheme)
    if not proxy or is_loopback(host) or urllib.request.proxy_bypass(host):
        return urllib3.PoolManager(cert_reqs=requirement)
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    return urllib3.ProxyManager(proxy, cert_reqs=requirement)
