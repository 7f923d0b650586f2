"""The images of a reproduction: as OCI layouts to look at, and as archives for a daemon."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_cnb_report.daemon.archive import pack
from pytest_cnb_report.drive.hosts import StoredImage
from pytest_cnb_report.images.build import with_manifest
from pytest_cnb_report.images.model import OCI_LAYER, Image, Index, Layer
from pytest_cnb_report.registry.oci_layout import LayoutImage, write_layout
from pytest_cnb_report.registry.protocol import Manifest

Staged = Mapping[str, Image | Index]


def size_of(staged: Staged) -> int:
    """Count the bytes of images, each blob once."""
    blobs = {
        digest: len(content)
        for image in staged.values()
        for part in _images(image)
        for digest, content in _blobs(part).items()
    }
    return sum(blobs.values())


def write_staged(folder: Path, staged: Staged) -> None:
    """Write images as an OCI layout that names each `REPOSITORY:TAG`."""
    write_layout(folder, {_path(name): _from_lab(image) for name, image in staged.items()})


def write_left(folder: Path, left: Mapping[str, StoredImage]) -> None:
    """Write what a phase left behind, as far as it was there, in the same way."""
    write_layout(folder, {_path(name): _from_target(stored) for name, stored in left.items()})


def write_archives(folder: Path, staged: Staged) -> None:
    """Write an archive for `docker load` of each image, under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, image) in enumerate(staged.items(), 1):
        one = _images(image)[-1]
        archive = pack(one.config, [layer.tar for layer in one.layers], [name])
        (folder / f"{number}.tar").write_bytes(archive)


def _images(image: Image | Index) -> tuple[Image, ...]:
    return image.images if isinstance(image, Index) else (image,)


def _blobs(image: Image) -> dict[str, bytes]:
    return {image.image_id: image.config, **{layer.digest: layer.blob for layer in image.layers}}


def _from_lab(image: Image | Index) -> LayoutImage:
    if isinstance(image, Index):
        children = tuple(_from_lab(child) for child in image.images)
        return LayoutImage(Manifest(image.manifest, image.media_type), {}, children)
    whole = image if image.manifest else with_manifest(image.config, image.layers, flavour="oci")
    return LayoutImage(Manifest(whole.manifest, whole.media_type), _blobs(whole))


def _from_target(stored: StoredImage) -> LayoutImage:
    if stored.manifest is not None:
        there = {digest: content for digest, content in stored.blobs if content is not None}
        return LayoutImage(stored.manifest, there)
    layers = [Layer(tar, tar, OCI_LAYER) for _, tar in stored.blobs if tar is not None]
    return _from_lab(with_manifest(stored.config or b"{}", layers, flavour="oci"))


def _path(name: str) -> str:
    """Leave the registry out of a name: another one will serve the image."""
    host, slash, rest = name.partition("/")
    return rest if slash and (":" in host or "." in host or host == "localhost") else name
