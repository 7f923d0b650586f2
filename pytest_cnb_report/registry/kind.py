"""What one kind of registry does differently from another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pytest_cnb_report.registry.limits import UNLIMITED, Limits
from pytest_cnb_report.registry.protocol import Registry

IMAGE = "registry:2"
"""The image of a registry in a container, where no other is named."""


@dataclass(frozen=True)
class RegistryOptions:
    """How a registry is to be opened; each kind heeds what concerns it.

    `given` is the value of `--registry`; `prefix` is what the run puts below, and None where
    nothing is to be cleaned up; `image` is for a container; `verify` is whether TLS is verified;
    `timeout` is in seconds, for each request; `limits` are those of an embedded registry.
    """

    given: str
    prefix: str | None = None
    image: str = IMAGE
    verify: bool = True
    timeout: float = 30.0
    limits: Limits = UNLIMITED


@dataclass(frozen=True)
class RegistryKind:
    """One kind of registry; `registry.providers.KINDS` lists them."""

    name: str
    spelled: str
    """How users spell one, for help and messages."""
    takes: Callable[[str], bool]
    """Whether a value of `--registry` is of this kind."""
    open: Callable[[RegistryOptions], AbstractContextManager[Registry]]
    """Gives the registry for the length of a block, after which nothing of the run is left in it;
    raises RegistryUnavailable."""
    needs: tuple[str, ...] = ()
    """The subjects of the findings of `doctor` that all have to be usable for it."""
    owned_by_worker: bool = False
    """Whether each process of a run opens one of its own; else they share that of the first."""
    borrowed: bool = False
    """Whether it belongs to somebody else, and each process deletes what it put there."""
