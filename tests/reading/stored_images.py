"""Images as a target holds them, and what is read of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from pytest_cnb_report.drive.hosts import StoredImage
from pytest_cnb_report.images.model import sha256
from pytest_cnb_report.observe.image import AppImage, LayerFacts, NoImage, read_image
from pytest_cnb_report.registry.protocol import Manifest

TAR = b"a tar, as good as any"
SMALL, LARGE = b"tar", bytes(200_000)
MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG: dict[str, Any] = {
    "os": "linux",
    "config": {"Labels": {"a": "b"}, "Env": ["A=b"]},
    "rootfs": {"diff_ids": [sha256(TAR)]},
}
NO_IMAGE = "that name refers to something that is not an image: "


def at_registry(
    config: bytes | None = None,
    layers: tuple[bytes, ...] = (TAR,),
    manifest: dict[str, Any] | bytes | None = None,
    missing: bytes | None = None,
) -> StoredImage:
    """An image at a registry; `manifest` replaces keys of its manifest, or the whole."""
    config = json.dumps(CONFIG).encode() if config is None else config
    described = {
        "config": {"digest": sha256(config), "mediaType": "a config"},
        "layers": [{"digest": sha256(layer), "mediaType": "a layer"} for layer in layers],
    }
    content = (
        manifest
        if isinstance(manifest, bytes)
        else json.dumps({**described, **(manifest or {})}).encode()
    )
    blobs = tuple(
        (sha256(blob), None if blob == missing else blob)
        for blob in dict.fromkeys((config, *layers))
    )
    return StoredImage("app", Manifest(content, MEDIA_TYPE), None, blobs)


def at_daemon(config: bytes | None, *layers: bytes | None) -> StoredImage:
    blobs = tuple((str(number), layer) for number, layer in enumerate(layers))
    return StoredImage("app", None, config, blobs)


def contents(image: AppImage) -> tuple[LayerFacts, ...]:
    """What is in the layers, without how they are stored."""
    return tuple(replace(each, size=None, form=None) for each in image.layers)


def read(stored: StoredImage | None) -> AppImage:
    image = read_image(stored)
    assert isinstance(image, AppImage), image
    return image


def refused(stored: StoredImage | None) -> str:
    image = read_image(stored)
    assert isinstance(image, NoImage)
    assert image.there
    assert image.why.startswith(NO_IMAGE)
    return image.why.removeprefix(NO_IMAGE)


def under_digests_of(algorithm: str) -> StoredImage:
    """An image whose config and layer are under digests of another algorithm."""
    config = json.dumps(CONFIG).encode()
    blobs = {f"{algorithm}:{hashlib.sha512(blob).hexdigest()}": blob for blob in (config, TAR)}
    names = list(blobs)
    manifest = {"config": {"digest": names[0]}, "layers": [{"digest": names[1]}]}
    content = json.dumps(manifest).encode()
    return StoredImage("app", Manifest(content, MEDIA_TYPE), None, tuple(blobs.items()))
