"""What the suite asks of any registry, whoever it belongs to and wherever it runs."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar, runtime_checkable

Done = TypeVar("Done")


class RegistryError(Exception):
    """A registry did not do what it was asked to.

    The message is for the reader: which registry, what was asked of it, what it answered and what
    to do about it. `transient` is whether the same request may succeed a little later, and
    `retry_after` the seconds that the registry wants to be left alone for, where it says so.
    """

    def __init__(
        self,
        registry: str,
        asked: str,
        answered: str,
        remedy: str = "",
        *,
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(registry, asked, answered, remedy)
        self.transient = transient
        self.retry_after = retry_after

    def __str__(self) -> str:
        registry, asked, answered, remedy = self.args
        message = f"registry {registry}: {asked}: {answered}"
        return f"{message}; {remedy}" if remedy else message


class TooLongError(RegistryError):
    """A registry answers with more than is read."""


class RegistryUnavailable(Exception):  # noqa: N818 - a state, and the word that its users know
    """No such registry can be had on this machine; the message says why, and what to do."""


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index, in the very bytes that were pushed."""

    content: bytes
    media_type: str

    @cached_property
    def digest(self) -> str:
        """`sha256:` and the lower-case hex digest of the content."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@dataclass(frozen=True)
class Request:
    """One request that a registry was sent, and how it answered."""

    number: int
    """Its place in the registry's life, from 1."""
    at: float
    """When it had arrived, in seconds of the registry's life."""
    method: str
    path: str
    """As it stood in the request line, query included."""
    status: int
    received: int
    """Bytes in the body of the request."""
    sent: int
    """Bytes in the body of the answer."""
    user_agent: str = ""


@dataclass(frozen=True)
class Change:
    """A tag or a manifest that was written or deleted, or a blob that was and is still needed.

    `reference` is a tag, or the digest of a manifest or blob. `before` and `after` are the digests
    that it led to; None where it was not there. Of blobs, those alone are told about that are gone
    and that a manifest needs which was there before and still is.
    """

    repository: str
    reference: str
    before: str | None
    after: str | None
    blob: bool = False


class Registry(Protocol):
    """A registry that images are put into and read from. Every method may raise RegistryError."""

    @property
    def address(self) -> str:
        """`HOST:PORT`, as it stands at the front of an image name."""

    @property
    def has_tls(self) -> bool:
        """Whether it is spoken to over TLS."""

    def put_blob(self, repository: str, content: bytes) -> str:
        """Store a blob and return its sha256 digest; cheap where it is there already."""

    def put_manifest(self, repository: str, reference: str, content: bytes, media_type: str) -> str:
        """Store a manifest or an index under a tag or a digest; return its digest."""

    def get_manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return the manifest under a tag or a digest; None where there is none."""

    def get_blob(self, repository: str, digest: str) -> bytes | None:
        """Return the blob with this digest; None where there is none."""

    def tags(self, repository: str) -> tuple[str, ...]:
        """Return the tags of a repository, sorted; none where there is no such repository."""

    def delete_manifest(self, repository: str, reference: str) -> bool:
        """Delete a manifest by digest, or a tag; False where it is not there or may not be."""

    def requests(self, since: int = 0) -> tuple[Request, ...]:
        """Return the requests numbered above `since`; none where the registry cannot tell."""


@runtime_checkable
class RegistryInProcess(Registry, Protocol):
    """A registry in this process: it tells what changes in it, and refuses what it is told to."""

    def empty(self) -> None:
        """Forget every image, and every upload that was begun."""

    def changes_during(self, do: Callable[[], Done]) -> tuple[Done, tuple[Change, ...]]:
        """Do something; return also what anybody changed meanwhile."""

    def refusing(
        self, repository: str, reference: str, status: int
    ) -> contextlib.AbstractContextManager[None]:
        """Answer every push of this manifest with an HTTP status for the length of a block."""
