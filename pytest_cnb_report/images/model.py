"""Images as bytes: a layer, an image, an index, and the digests that follow from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


def sha256(content: bytes) -> str:
    """The digest of some bytes, as `sha256:` and 64 lower-case hex digits."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def encode(document: Mapping[str, Any]) -> bytes:
    """Encode a manifest or config as JSON, the same bytes for the same content."""
    try:
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # half a character, which somebody's JSON had escaped, can only stay so
        return json.dumps(document, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Layer:
    """A layer: the tar as the config knows it, and the blob as a registry stores it."""

    tar: bytes
    blob: bytes
    media_type: str

    @cached_property
    def diff_id(self) -> str:
        """Digest of the uncompressed tar (OCI image specification, Layer DiffID)."""
        return sha256(self.tar)

    @cached_property
    def digest(self) -> str:
        """Digest of the blob as stored, which differs from the diff ID where it is compressed."""
        return sha256(self.blob)


@dataclass(frozen=True)
class Image:
    """An image for one platform, every byte of it known."""

    manifest: bytes
    media_type: str
    config: bytes
    layers: tuple[Layer, ...]

    @cached_property
    def digest(self) -> str:
        """Digest of the manifest, the one that a digest reference carries."""
        return sha256(self.manifest)

    @cached_property
    def image_id(self) -> str:
        """Digest of the config (OCI image specification, ImageID)."""
        return sha256(self.config)

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The config, parsed; raises ValueError where it is not JSON."""
        parsed: Mapping[str, Any] = json.loads(self.config)
        return parsed

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Diff IDs from the bottom layer to the top one."""
        return tuple(layer.diff_id for layer in self.layers)

    @property
    def top_layer(self) -> str:
        """Diff ID of the top layer, the uncompressed digest that RFC 0129 asks for."""
        return self.layers[-1].diff_id


@dataclass(frozen=True)
class Index:
    """A multi-platform image: an index manifest and the images that it lists."""

    manifest: bytes
    media_type: str
    images: tuple[Image, ...]

    @cached_property
    def digest(self) -> str:
        """Digest of the index manifest."""
        return sha256(self.manifest)
