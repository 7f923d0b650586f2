"""A registry that somebody else runs, named by its address."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.kind import RegistryKind, RegistryOptions
from pytest_cnb_report.registry.protocol import Registry, RegistryError, RegistryUnavailable
from pytest_cnb_report.registry.stale_runs import noted_repositories, sweep_dead_runs
from pytest_cnb_report.registry.try_out import REPOSITORY, try_out


def _takes(given: str) -> bool:
    try:
        parts = urlsplit(given)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and parts.path in {"", "/"}
            and not (parts.query or parts.fragment or parts.username)
        )
    except ValueError:
        return False


@contextlib.contextmanager
def _open(options: RegistryOptions) -> Iterator[Registry]:
    """Give the registry, once it has taken and given out images as lifecycles need it.

    What killed runs left is deleted first, and what is below the prefix at the end, as far as the
    registry allows. Without a prefix there is neither, and nothing is put there.
    """
    client = RegistryClient(
        options.given.rstrip("/"), verify=options.verify, timeout=options.timeout
    )
    with contextlib.closing(client):
        try:
            client.check()
        except RegistryError as error:
            raise RegistryUnavailable(str(error)) from error
        if options.prefix is None:
            yield client
            return
        sweep_dead_runs(client)
        with noted_repositories(client, options.prefix) as client.announce:
            repository = f"{options.prefix}/{REPOSITORY}"
            client.announce(repository)
            try:
                try_out(client, repository)
            except RegistryError as error:
                raise RegistryUnavailable(str(error)) from error
            yield client


ADDRESS = RegistryKind(
    name="address",
    spelled="http://HOST:PORT or https://HOST:PORT",
    takes=_takes,
    open=_open,
    borrowed=True,
)
