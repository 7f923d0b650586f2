"""Image names: tag references, digest references and the short forms that people write."""

from __future__ import annotations

import re
from typing import NamedTuple

DEFAULT_REGISTRY = "index.docker.io"
DEFAULT_TAG = "latest"

_REPOSITORY = re.compile(r"[a-z0-9._-]+(/[a-z0-9._-]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Name(NamedTuple):
    """An image name in full: `<registry>/<repository>`, with a tag, a digest or both."""

    registry: str
    repository: str
    tag: str
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Name:
        """Read a name as Docker does; raises ValueError where it is none.

        Without a registry it is Docker Hub's, there without a folder `library`'s; without a tag it
        is `latest`.
        """
        rest, _, digest = text.partition("@")
        head, slash, tail = rest.partition("/")
        if slash and ("." in head or ":" in head or head == "localhost"):
            registry, rest = head, tail
        else:
            registry = DEFAULT_REGISTRY
        if registry in ("docker.io", "registry-1.docker.io"):
            registry = DEFAULT_REGISTRY
        repository, colon, tag = rest.partition(":")
        if registry == DEFAULT_REGISTRY and "/" not in repository:
            repository = f"library/{repository}"
        name = cls(registry, repository, tag if colon else DEFAULT_TAG, digest)
        if not (
            _REPOSITORY.fullmatch(repository)
            and _TAG.fullmatch(name.tag)
            and ("@" not in text or _DIGEST.fullmatch(digest))
        ):
            raise ValueError(f"could not parse reference: {text}")
        return name

    @property
    def locator(self) -> str:
        """What a registry is asked for: the digest where there is one, else the tag."""
        return self.digest or self.tag

    def with_digest(self, digest: str) -> str:
        """Spell the digest reference to the manifest `digest` in this repository."""
        return f"{self.registry}/{self.repository}@{digest}"


def same_tag(one: str, other: str) -> bool:
    """Whether two names are the same tag reference, whatever digest is pinned behind it."""
    try:
        return Name.parse(one)[:3] == Name.parse(other)[:3]
    except ValueError:
        return one == other


def registry_of(text: str) -> str:
    """Name the registry of an image name; raises ValueError where `text` is none."""
    return Name.parse(text).registry
