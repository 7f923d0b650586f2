"""The table of registry kinds, and the registry that `--registry` names by it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pytest_cnb_report.options import without_password
from pytest_cnb_report.registry.at_address import ADDRESS
from pytest_cnb_report.registry.container import CONTAINER
from pytest_cnb_report.registry.embedded import EMBEDDED
from pytest_cnb_report.registry.kind import IMAGE, RegistryKind, RegistryOptions
from pytest_cnb_report.registry.limits import UNLIMITED, Limits
from pytest_cnb_report.registry.process import PROCESS
from pytest_cnb_report.registry.protocol import Registry, RegistryUnavailable

KINDS: tuple[RegistryKind, ...] = (EMBEDDED, CONTAINER, PROCESS, ADDRESS)
"""Every kind, in the order in which messages name them. The first that takes a value has it."""


def spellings() -> str:
    """Return how users can name a registry, for a message."""
    return ", ".join(kind.spelled for kind in KINDS)


def registry_kind(given: str) -> RegistryKind:
    """Return the kind that a value of `--registry` is of; raises RegistryUnavailable for none."""
    for kind in KINDS:
        if kind.takes(given):
            return kind
    raise RegistryUnavailable(f"{without_password(given)!r} is not a registry: give {spellings()}")


@contextlib.contextmanager
def open_registry(
    given: str,
    *,
    prefix: str | None = None,
    image: str = IMAGE,
    verify: bool = True,
    timeout: float = 30.0,
    limits: Limits = UNLIMITED,
) -> Iterator[Registry]:
    """Give the registry that `given` names for the length of a block; nothing of it stays behind.

    The other arguments are those of `RegistryOptions`. Raises RegistryUnavailable where there is no
    such registry, with what to do about it.
    """
    options = RegistryOptions(
        given, prefix=prefix, image=image, verify=verify, timeout=timeout, limits=limits
    )
    with registry_kind(given).open(options) as registry:
        yield registry
