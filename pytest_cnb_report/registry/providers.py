"""Where a registry comes from, by the word that users choose it with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.container import IMAGE, container_registry
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.registry.leftovers import sweep_dead_runs
from pytest_cnb_report.registry.process import process_registry
from pytest_cnb_report.registry.protocol import Registry, RegistryError, RegistryUnavailable

KINDS = ("embedded", "container", "process", "http://HOST:PORT")


@contextlib.contextmanager
def open_registry(
    spec: str,
    *,
    prefix: str | None = None,
    image: str = IMAGE,
    verify: bool = True,
    timeout: float = 30.0,
) -> Iterator[Registry]:
    """Give the registry that `spec` names for the length of a block; nothing of it stays behind.

    `embedded`, `container` (of `image`) and `process` run one of our own. An `http://` or
    `https://` address is somebody else's: it has to answer as a registry, TLS is verified unless
    `verify` is False, no request takes longer than `timeout` seconds, and what was put into
    repositories below `prefix` is deleted at the end as far as the registry allows; so is, at the
    beginning, what runs left that were killed.

    Raises RegistryUnavailable where there is no such registry, with what to do about it.
    """
    if spec == "embedded":
        with embedded_registry() as embedded:
            yield embedded
    elif spec == "container":
        with container_registry(image) as client:
            yield client
    elif spec == "process":
        with process_registry() as client:
            yield client
    else:
        url = _url(spec)
        with contextlib.closing(RegistryClient(url, verify=verify, timeout=timeout)) as client:
            try:
                client.check()
            except RegistryError as error:
                raise RegistryUnavailable(str(error)) from error
            if prefix is None:
                yield client
                return
            sweep_dead_runs(client)
            try:
                yield client
            finally:
                client.cleanup(prefix)


def _url(spec: str) -> str:
    """Return the address in `spec` without a slash at its end; raises RegistryUnavailable."""
    try:
        parts = urlsplit(spec)
        well_formed = (
            parts.scheme in {"http", "https"}
            and parts.hostname
            and parts.port != 0
            and parts.path in {"", "/"}
            and not (parts.query or parts.fragment or parts.username)
        )
    except ValueError:
        well_formed = False
    if not well_formed:
        known = ", ".join(KINDS[:-1])
        raise RegistryUnavailable(
            f"{spec!r} is no registry: give {known}, http://HOST:PORT or https://HOST:PORT"
        )
    return spec.rstrip("/")
