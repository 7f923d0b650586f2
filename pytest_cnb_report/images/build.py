"""Build images layer by layer, in every shape that a run image comes in."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import zstandard

from pytest_cnb_report.images.model import (
    DOCKER_CONFIG,
    DOCKER_INDEX,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    Image,
    Index,
    Layer,
    encode,
    sha256,
)

Compression = Literal["gzip", "zstd", "none"]
Flavour = Literal["oci", "docker"]

CREATED = "1980-01-01T00:00:01Z"
"""The time in everything that is built here, so that the same shape has the same digest."""


def build_layer(
    files: Mapping[str, bytes], *, compression: Compression = "gzip", flavour: Flavour = "docker"
) -> Layer:
    """Make a layer of files (path without a leading slash: content).

    Raises ValueError for zstd with Docker media types, which have no name for it.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(content))
    return compress_layer(buffer.getvalue(), compression=compression, flavour=flavour)


def compress_layer(tar: bytes, *, compression: Compression, flavour: Flavour) -> Layer:
    """Store an uncompressed tar as a blob; raises ValueError for zstd with Docker media types."""
    base = OCI_LAYER if flavour == "oci" else DOCKER_LAYER
    if compression == "none":
        return Layer(tar, tar, base)
    if compression == "gzip":
        suffix = "+gzip" if flavour == "oci" else ".gzip"
        return Layer(tar, gzip.compress(tar, compresslevel=1, mtime=0), base + suffix)
    if flavour == "docker":
        raise ValueError("Docker media types have no name for a zstd layer: use flavour='oci'")
    return Layer(tar, zstandard.ZstdCompressor().compress(tar), base + "+zstd")


def history_for(layers: Sequence[Layer], *, empty: bool = False) -> list[dict[str, Any]]:
    """One history entry a layer; with `empty`, one without a layer before each and at the end."""
    history: list[dict[str, Any]] = []
    for number, _ in enumerate(layers):
        if empty:
            history.append(
                {"created": CREATED, "created_by": f"ENV N={number}", "empty_layer": True}
            )
        history.append({"created": CREATED, "created_by": f"layer {number}"})
    if empty:
        history.append({"created": CREATED, "created_by": 'CMD ["sh"]', "empty_layer": True})
    return history


def build_image(
    layers: Sequence[Layer],
    *,
    labels: Mapping[str, str] | None = None,
    env: Sequence[str] = ("PATH=/usr/local/bin:/usr/bin:/bin",),
    os: str = "linux",
    architecture: str = "amd64",
    variant: str | None = None,
    user: str = "",
    history: Sequence[Mapping[str, Any]] | None = None,
    flavour: Flavour = "docker",
    settings: Mapping[str, object] | None = None,
    document: Mapping[str, object] | None = None,
) -> Image:
    """Make an image of these layers, bottom first; `history=[]` leaves the history out.

    `settings` are fields of the `config` object, and `document` those beside it, where None leaves
    one out; both win over the others.
    """
    entries = history_for(layers) if history is None else list(history)
    config: dict[str, Any] = {
        "architecture": architecture,
        "os": os,
        "created": CREATED,
        "config": {
            "Env": list(env),
            "Labels": dict(labels or {}),
            "User": user,
            **(settings or {}),
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
    }
    if variant is not None:
        config["variant"] = variant
    if entries:
        config["history"] = entries
    merged = {**config, **(document or {})}
    present = {key: value for key, value in merged.items() if value is not None}
    return assemble(present, layers, flavour=flavour)


def assemble(config: Mapping[str, Any], layers: Sequence[Layer], *, flavour: Flavour) -> Image:
    """Put a config document and its layers together as one image."""
    return with_manifest(encode(config), layers, flavour=flavour)


def with_manifest(config: bytes, layers: Sequence[Layer], *, flavour: Flavour) -> Image:
    """Put a config, in just these bytes, and its layers together as one image."""
    media_type = OCI_MANIFEST if flavour == "oci" else DOCKER_MANIFEST
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": _descriptor(OCI_CONFIG if flavour == "oci" else DOCKER_CONFIG, config),
        "layers": _layer_descriptors(layers),
    }
    return Image(encode(manifest), media_type, config, tuple(layers))


def build_index(images: Sequence[Image], *, flavour: Flavour = "oci") -> Index:
    """Make an index of images, each listed with the platform that its config names."""
    entries = []
    for image in images:
        config = json.loads(image.config)
        platform = {"architecture": config["architecture"], "os": config["os"]}
        if "variant" in config:
            platform["variant"] = config["variant"]
        entries.append({**_descriptor(image.media_type, image.manifest), "platform": platform})
    media_type = OCI_INDEX if flavour == "oci" else DOCKER_INDEX
    manifest = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
    return Index(encode(manifest), media_type, tuple(images))


def with_config(image: Image, config: Mapping[str, Any]) -> Image:
    """Derive an image with another config and the same layers, in the same kind of manifest.

    An image that came from a daemon has no manifest, and the derived one has none either.
    """
    content = encode(config)
    if not image.manifest:
        return Image(b"", "", content, image.layers)
    manifest = json.loads(image.manifest)
    media_type = manifest["config"].get("mediaType", OCI_CONFIG)
    manifest["config"] = _descriptor(media_type, content)
    return Image(encode(manifest), image.media_type, content, image.layers)


def with_annotations(image: Image, annotations: Mapping[str, str]) -> Image:
    """Derive an image whose manifest has annotations, and white space that no encoder would write.

    A lifecycle that encodes the manifest again, instead of keeping its bytes, gets another digest.
    """
    manifest = {**json.loads(image.manifest), "annotations": dict(annotations)}
    spaced = json.dumps(manifest, indent=3, ensure_ascii=False).encode()
    return Image(spaced, image.media_type, image.config, image.layers)


def with_layers(image: Image, contents: Sequence[Mapping[str, bytes]]) -> Image:
    """Derive an image with further layers on top, of the same media types as the topmost one.

    They get an entry each where the image has a history.
    """
    flavour: Flavour = "oci" if "oci" in image.layers[-1].media_type else "docker"
    more = [build_layer(files, flavour=flavour) for files in contents]
    config = json.loads(image.config)
    config["rootfs"]["diff_ids"] += [layer.diff_id for layer in more]
    if config.get("history"):
        config["history"] += history_for(more)
    manifest = image.manifest
    if manifest:
        document = json.loads(manifest)
        document["layers"] += _layer_descriptors(more)
        manifest = encode(document)
    grown = Image(manifest, image.media_type, image.config, (*image.layers, *more))
    return with_config(grown, config)


def _layer_descriptors(layers: Sequence[Layer]) -> list[dict[str, Any]]:
    return [
        {"mediaType": layer.media_type, "size": len(layer.blob), "digest": layer.digest}
        for layer in layers
    ]


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(content), "digest": sha256(content)}
