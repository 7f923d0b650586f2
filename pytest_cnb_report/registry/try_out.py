"""Try out a registry as lifecycles use it, with requests of the suite's own."""

from __future__ import annotations

import secrets

from pytest_cnb_report.images.build import build_image, build_layer
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.registry.protocol import Registry, RegistryError

REPOSITORY = "base/tools"
"""The repository, below a run's prefix, for images with which something is tried out."""


def try_out(registry: Registry, repository: str) -> None:
    """Push an image, push another over its tag, and pull both: about as much as a rebase does.

    Raises RegistryError where anything of it fails, and where the tag leads to the first image
    afterwards. The images are small and stay there.
    """
    tag = f"build-{secrets.token_hex(4)}"
    first, second = _image(), _image()
    _push(registry, repository, tag, first)
    _pull(registry, repository, first)
    try:
        _push(registry, repository, tag, second)
    except RegistryError as problem:
        if problem.transient:
            raise
        raise _immutable(registry, repository, tag, str(problem.args[2])) from problem
    found = registry.get_manifest(repository, tag)
    if found is None or found.digest != second.digest:
        what = "leads nowhere" if found is None else f"leads to {found.digest}"
        raise _immutable(registry, repository, tag, f"agreed, but the tag {what} afterwards")
    _pull(registry, repository, second)


def _immutable(registry: Registry, repository: str, tag: str, answered: str) -> RegistryError:
    return RegistryError(
        registry.address,
        f"push another image to {repository}:{tag}",
        answered,
        "lifecycles write over tags: make them mutable in this registry, or use another",
    )


def _image() -> Image:
    return build_image([build_layer({"etc/build-id": secrets.token_bytes(16)})])


def _push(registry: Registry, repository: str, tag: str, image: Image) -> None:
    for blob in (image.config, *(layer.blob for layer in image.layers)):
        registry.put_blob(repository, blob)
    registry.put_manifest(repository, tag, image.manifest, image.media_type)


def _pull(registry: Registry, repository: str, image: Image) -> None:
    digests = (image.image_id, *(layer.digest for layer in image.layers))
    manifest = registry.get_manifest(repository, image.digest)
    if manifest is None or any(registry.get_blob(repository, each) is None for each in digests):
        raise RegistryError(
            registry.address,
            f"pull {repository}@{image.digest}",
            "it is not there, although its push was accepted",
            "the registry has lost it: look at its log and its storage",
        )
