"""What a registry has to know about a manifest: what it refers to, and how it is listed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.images.model import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
)
from pytest_cnb_report.registry.http_types import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
INDEXES = frozenset({OCI_INDEX, DOCKER_INDEX})

SIZE_LIMIT = 4 << 20
"""Bytes; the specification asks clients and registries to expect this much."""


@dataclass(frozen=True)
class Parsed:
    """The parts of a manifest that a registry looks at."""

    media_type: str
    blobs: tuple[str, ...] = ()
    """Digests that have to be in the repository as blobs."""
    manifests: tuple[str, ...] = ()
    """Digests that have to be in the repository as manifests."""
    subject: str | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)


def parse_manifest(content: bytes, content_type: str | None) -> Parsed:
    """Read a manifest as it is pushed; a media type that is not known is not looked into.

    Raises Refusal where it is no manifest of the type that it is said to be.
    """
    if len(content) > SIZE_LIMIT:
        raise Refusal(413, "SIZE_INVALID", f"a manifest has at most {SIZE_LIMIT} bytes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "MANIFEST_INVALID", f"not JSON: {error}") from error
    try:
        return _parse(document, content_type)
    except (KeyError, TypeError, AttributeError) as error:
        raise Refusal(400, "MANIFEST_INVALID", f"not shaped like a manifest: {error!r}") from error


def _parse(document: dict[str, Any], content_type: str | None) -> Parsed:
    own_type = document.get("mediaType")
    media_type = (content_type or own_type or OCI_MANIFEST).partition(";")[0].strip()
    if own_type is not None and own_type != media_type:
        message = f"pushed as {media_type}, but its mediaType is {own_type}"
        raise Refusal(400, "MANIFEST_INVALID", message)
    if media_type not in IMAGES | INDEXES:
        return Parsed(media_type)
    if document["schemaVersion"] != 2:
        raise Refusal(400, "MANIFEST_INVALID", "its schemaVersion is not 2")
    image = media_type in IMAGES
    needed = [document["config"], *document["layers"]] if image else []
    children = [] if image else document["manifests"]
    subject = document.get("subject")
    artifact_type = document.get("artifactType")
    return Parsed(
        media_type,
        blobs=tuple(item["digest"] for item in needed if not _is_elsewhere(item)),
        manifests=tuple(item["digest"] for item in children),
        subject=subject["digest"] if subject else None,
        artifact_type=artifact_type or (document["config"]["mediaType"] if image else None),
        annotations=document.get("annotations") or {},
    )


def _is_elsewhere(layer: dict[str, Any]) -> bool:
    """Tell whether a layer is one that registries need not hold."""
    media_type = layer["mediaType"]
    return (
        bool(layer.get("urls")) or ".nondistributable." in media_type or ".foreign." in media_type
    )


def listed(parsed: Parsed, digest: str, size: int) -> dict[str, Any]:
    """Return the descriptor under which a manifest stands among the referrers of its subject."""
    descriptor: dict[str, Any] = {
        "mediaType": parsed.media_type,
        "digest": digest,
        "size": size,
    }
    if parsed.artifact_type:
        descriptor["artifactType"] = parsed.artifact_type
    if parsed.annotations:
        descriptor["annotations"] = dict(parsed.annotations)
    return descriptor
