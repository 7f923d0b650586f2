"""Whichever registries image names lead to, each spoken to as Docker would."""

from __future__ import annotations

import contextlib

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.protocol import RegistryError

_DOCKER_HUB = {"index.docker.io": "registry-1.docker.io"}
"""Where the registry is that an image name without one stands for."""


class RegistriesByName:
    """Registries over HTTPS, with the user's own credentials; loopback ones over HTTP too.

    With `insecure` certificates are not verified, and a registry without TLS will do. `timeout`
    is in seconds, for each request.
    """

    def __init__(self, *, insecure: bool = False, timeout: float = 30.0) -> None:
        self._insecure = insecure
        self._timeout = timeout
        self._clients: dict[str, RegistryClient] = {}

    def close(self) -> None:
        """Close the connections that are kept open."""
        for client in self._clients.values():
            client.close()

    def client(self, registry: str) -> RegistryClient:
        """Return what speaks to a registry, `HOST` or `HOST:PORT`."""
        if registry not in self._clients:
            url = self._url(_DOCKER_HUB.get(registry, registry))
            self._clients[registry] = RegistryClient(
                url, verify=not self._insecure, timeout=self._timeout
            )
        return self._clients[registry]

    def _url(self, address: str) -> str:
        """Return where to speak to a registry: over TLS, unless it has none and that is allowed."""
        from pytest_cnb_report.registry.transport import is_loopback  # noqa: PLC0415 - urllib3

        loopback = is_loopback(address.rpartition(":")[0] or address)
        if not (loopback or self._insecure):
            return f"https://{address}"
        first, second = ("http", "https") if loopback else ("https", "http")
        preferred = f"{first}://{address}"
        return preferred if self._answers(preferred) else f"{second}://{address}"

    def _answers(self, url: str) -> bool:
        """Whether something at an address speaks this scheme, whatever it says."""
        from pytest_cnb_report.registry.transport import Transport  # noqa: PLC0415 - urllib3

        transport = Transport(url, verify=not self._insecure, timeout=self._timeout)
        with contextlib.closing(transport):
            try:
                # what expects TLS answers plain HTTP with 400, if at all
                return transport.request("GET", "/v2/", limit=1 << 20).status != 400
            except RegistryError:
                return False
