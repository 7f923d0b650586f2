"""Manifests for the tests."""

from __future__ import annotations

import json

from pytest_cnb_report.images.build import Flavour, build_image, build_layer
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.registry.protocol import Registry


def image(number: int = 0, *, flavour: Flavour = "docker") -> Image:
    """Make a small image; every number gives another one."""
    layer = build_layer({"number": str(number).encode()}, flavour=flavour)
    return build_image([layer], flavour=flavour)


def push(registry: Registry, repository: str, reference: str, thing: Image | Index) -> str:
    """Push an image or an index with all that it refers to; return its digest."""
    for part in thing.images if isinstance(thing, Index) else (thing,):
        for layer in part.layers:
            registry.put_blob(repository, layer.blob)
        registry.put_blob(repository, part.config)
        registry.put_manifest(repository, part.digest, part.manifest, part.media_type)
    return registry.put_manifest(repository, reference, thing.manifest, thing.media_type)


def referrer(subject: str, config: str, size: int, **extra: object) -> bytes:
    """Make an OCI image manifest without layers that refers to `subject`."""
    descriptor = {"mediaType": "application/x", "digest": config, "size": size}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor,
        "layers": [],
        "subject": {"mediaType": "application/x", "digest": subject, "size": 1},
    }
    return json.dumps({**manifest, **extra}).encode()
