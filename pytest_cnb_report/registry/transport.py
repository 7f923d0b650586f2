"""HTTP to one registry, bounded in time and size, with every failure turned into words."""

from __future__ import annotations

import ipaddress
import time
import urllib.request
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InsecureRequestWarning

from pytest_cnb_report.registry.error_hints import shown
from pytest_cnb_report.registry.protocol import RegistryError, TooLongError
from pytest_cnb_report.registry.request_failures import failure
from pytest_cnb_report.registry.trust import tls_context

_REDIRECTS = 5
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_PIECE = 1 << 16
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True)
class Response:
    """A whole answer. Header names are looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Requests to `scheme://HOST:PORT`.

    `timeout` is in seconds, from a request's first byte to its answer's last one. Proxies are taken
    from the environment as usual, but never for this machine itself. What is spoken to over TLS
    leads nowhere that is not: neither a redirection nor a `Location` is followed from https to
    http, whether or not certificates are verified.
    """

    def __init__(self, url: str, *, verify: bool = True, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        self.address = parts.netloc
        self.scheme = parts.scheme
        self._url = f"{parts.scheme}://{parts.netloc}"
        self._timeout = timeout
        self._verify = verify
        self._pools: dict[tuple[str, str], urllib3.PoolManager] = {}

    def close(self) -> None:
        """Close the connections that are kept open."""
        for pool in self._pools.values():
            pool.clear()

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

        Credentials do not go with a redirection to anywhere else. Raises RegistryError where no
        whole answer of at most `limit` bytes arrives in time, and for a way out of TLS.
        """
        asked = f"{method} {shown(place)}"
        until = time.monotonic() + self._timeout
        given = dict(headers or {})
        try:
            url = self._within_tls(self.url(place), asked)
            for _ in range(_REDIRECTS + 1):
                answer = self._once(method, url, body, given, asked, until, limit)
                onward = answer.headers.get("Location")
                if answer.status not in _REDIRECTING or not onward:
                    return answer
                following = self._within_tls(urljoin(url, onward), asked)
                if _origin(following) != _origin(url):
                    given = {k: v for k, v in given.items() if k.lower() not in _CREDENTIALS}
                if answer.status == 303:
                    method, body = "GET", None
                url = following
        except (HTTPError, ValueError) as error:
            raise failure(self.address, asked, error, self._timeout) from error
        answered = "too many redirects"
        raise RegistryError(self.address, asked, answered, "its own configuration is at fault")

    def _within_tls(self, url: str, asked: str) -> str:
        if self.scheme == "https" and urlsplit(url).scheme != "https":
            raise RegistryError(
                self.address,
                asked,
                f"it leads from https to {shown(url)}, which is not followed",
                "the registry's own configuration is at fault",
            )
        return url

    def _once(  # noqa: PLR0917 - one request, spelled out
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        asked: str,
        until: float,
        limit: int,
    ) -> Response:
        answer = self._send(method, url, body, headers)
        try:
            content = self._read(answer, asked, until, limit)
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        return Response(answer.status, answer.headers, content)

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        def send() -> urllib3.BaseHTTPResponse:
            return self._pool(urlsplit(url)).request(
                method,
                url,
                body=body,
                headers=dict(headers),
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=self._timeout, read=self._timeout),
            )

        return send() if self._verify else _without_warning(send)

    def _pool(self, parts: SplitResult) -> urllib3.PoolManager:
        key = (parts.scheme, parts.netloc)
        if key not in self._pools:
            self._pools[key] = _pool(parts, verify=self._verify)
        return self._pools[key]

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


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _without_warning(
    send: Callable[[], urllib3.BaseHTTPResponse],
) -> urllib3.BaseHTTPResponse:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureRequestWarning)
        return send()


def _pool(parts: SplitResult, *, verify: bool) -> urllib3.PoolManager:
    """Make the connections to one host, through a proxy where the environment names one."""
    host = parts.hostname or ""
    proxy = urllib.request.getproxies().get(parts.scheme)
    context = tls_context(parts.netloc, verify=verify) if parts.scheme == "https" else None
    if not proxy or is_loopback(host) or urllib.request.proxy_bypass(host):
        return urllib3.PoolManager(ssl_context=context)
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    return urllib3.ProxyManager(proxy, ssl_context=context)
