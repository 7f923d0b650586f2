"""Images in a folder: an OCI image layout (OCI image specification, Image Layout), both ways.

A layout may hold images of several repositories: the annotation that names one is then its whole
`REPOSITORY:TAG`. Manifests keep their bytes and media types, Docker's among them, so that every
digest stays what it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_cnb_report.images.model import DOCKER_INDEX, OCI_INDEX, encode
from pytest_cnb_report.registry.digests import is_digest, matches
from pytest_cnb_report.registry.protocol import Manifest, Registry

REF_NAME = "org.opencontainers.image.ref.name"
_VERSION = "1.0.0"
_INDEXES = {OCI_INDEX, DOCKER_INDEX}
_HOST = re.compile(r"(?:[^/]*[.:][^/]*|localhost)/")


class LayoutError(Exception):
    """A folder is no image layout, or a damaged one; the message says which and why."""


@dataclass(frozen=True)
class LayoutImage:
    """An image or an index as a layout holds it.

    `blobs` has by digest what the manifest names, for as far as it is there; `children` are the
    images of an index.
    """

    manifest: Manifest
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    children: tuple[LayoutImage, ...] = ()


def write_layout(folder: Path, images: Mapping[str, LayoutImage]) -> None:
    """Write images, by the names that the layout is to give them; raises OSError."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    descriptors = []
    for name, image in images.items():
        for part in _parts(image):
            contents = {part.manifest.digest: part.manifest.content, **part.blobs}
            for digest, content in contents.items():
                blobs.joinpath(digest.partition(":")[2]).write_bytes(content)
        descriptors.append({**_descriptor(image.manifest), "annotations": {REF_NAME: name}})
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": descriptors}
    (folder / "index.json").write_bytes(encode(index))
    (folder / "oci-layout").write_bytes(encode({"imageLayoutVersion": _VERSION}))


def _parts(image: LayoutImage) -> Iterator[LayoutImage]:
    """Give what an image consists of, what is referred to before what refers to it."""
    for child in image.children:
        yield from _parts(child)
    yield image


def _descriptor(manifest: Manifest) -> dict[str, Any]:
    return {
        "mediaType": manifest.media_type,
        "size": len(manifest.content),
        "digest": manifest.digest,
    }


def read_layout(folder: Path) -> Iterator[tuple[str | None, LayoutImage]]:
    """Yield each image in a layout with its name, None where it has none.

    Raises LayoutError where the folder is no layout, or something in it is missing or damaged.
    """
    if not (folder / "oci-layout").is_file():
        raise LayoutError(f"{folder}: not an OCI image layout: oci-layout is missing")
    try:
        descriptors = json.loads((folder / "index.json").read_bytes())["manifests"]
        for descriptor in descriptors:
            name = (descriptor.get("annotations") or {}).get(REF_NAME)
            yield name, _read(folder, descriptor["digest"], descriptor["mediaType"])
    except OSError as error:
        raise LayoutError(f"{folder}: {error.filename}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LayoutError(f"{folder}: not as an OCI image layout has to be: {error!r}") from error


def _read(folder: Path, digest: str, media_type: str) -> LayoutImage:
    manifest = Manifest(_blob(folder, digest), media_type)
    document = json.loads(manifest.content)
    if media_type in _INDEXES:
        children = document["manifests"]
        return LayoutImage(
            manifest, {}, tuple(_read(folder, c["digest"], c["mediaType"]) for c in children)
        )
    needed = [document["config"], *document["layers"]]
    return LayoutImage(manifest, {d["digest"]: _blob(folder, d["digest"]) for d in needed})


def _blob(folder: Path, digest: str) -> bytes:
    if not is_digest(digest):
        raise ValueError(f"{digest!r} is not a digest")
    content = folder.joinpath("blobs", *digest.split(":")).read_bytes()
    if not matches(digest, content):
        raise ValueError(f"the blob {digest} has another content")
    return content


def load_layout(registry: Registry, folder: Path, repository: str | None = None) -> Sequence[str]:
    """Put every image of a layout into a registry and return the names that it has there.

    An image goes to the repository and tag that the layout names, without the registry that may
    stand before them; one that the layout gives only a tag, or no name, goes to `repository`, or
    where that is not given to one called as the folder. Raises LayoutError and RegistryError.
    """
    fallback = repository or re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    names = []
    for name, image in read_layout(folder):
        place, tag = _place(name, fallback or "images")
        for part in _parts(image):
            for content in part.blobs.values():
                registry.put_blob(place, content)
            reference = part.manifest.digest
            registry.put_manifest(place, reference, part.manifest.content, part.manifest.media_type)
        last = image.manifest
        if tag is not None:
            registry.put_manifest(place, tag, last.content, last.media_type)
        names.append(
            f"{registry.address}/{place}" + (f":{tag}" if tag else f"@{image.manifest.digest}")
        )
    return names


def _place(name: str | None, fallback: str) -> tuple[str, str | None]:
    """Return the repository and the tag that a name in a layout stands for."""
    if name is None:
        return fallback, None
    if "/" not in name and ":" not in name:
        return fallback, name
    host = _HOST.match(name)
    path, colon, tag = (name[host.end() :] if host else name).partition(":")
    return path, tag if colon else "latest"
