"""An image as the phases handle it, wherever it is kept."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from pytest_cnb_report.reference.names import Name

Json = dict[str, Any]


class Layer(NamedTuple):
    """A layer, known by its diff ID: held in a repository, or (`tar`) here and uncompressed."""

    diff_id: str
    tar: bytes | None = None
    descriptor: Json | None = None
    repository: Name | None = None

    @classmethod
    def of(cls, tar: bytes) -> Layer:
        """Make a layer of an uncompressed tar archive."""
        return cls(digest_of(tar), tar)


class Image(NamedTuple):
    """A run image or app image.

    `name` is what it was asked for by, `reference` its digest reference or its image ID; `manifest`
    is empty at a daemon. Config and manifest are JSON objects as they were found.
    """

    name: str
    reference: str
    layers: tuple[Layer, ...]
    config: Json
    manifest: Json

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the image's configuration."""
        return (self.config.get("config") or {}).get("Labels") or {}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the image's configuration."""
        entries = (self.config.get("config") or {}).get("Env") or []
        return dict(entry.partition("=")[::2] for entry in entries)

    @property
    def diff_ids(self) -> list[str]:
        """The diff IDs of the layers, the lowest first."""
        return [layer.diff_id for layer in self.layers]

    @property
    def history(self) -> list[Json]:
        """The history that the image came with."""
        return self.config.get("history") or []


class Saved(NamedTuple):
    """What became of an app image: its names, and its digest and size or its image ID."""

    names: tuple[str, ...]
    digest: str = ""
    manifest_size: int = 0
    image_id: str = ""


def digest_of(content: bytes) -> str:
    """Digest `content`: `sha256:` and 64 lower-case hex digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
