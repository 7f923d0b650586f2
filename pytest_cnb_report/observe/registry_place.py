"""Images of an own build at registries: whichever registries their names lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_cnb_report.drive.hosts import Resolution, StoredImage
from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.images.model import DOCKER_INDEX, OCI_INDEX
from pytest_cnb_report.observe.finished_build import FinishedBuildError
from pytest_cnb_report.observe.image import AppImage, read_image
from pytest_cnb_report.observe.observation import RunImageFacts
from pytest_cnb_report.registry.by_name import RegistriesByName
from pytest_cnb_report.registry.protocol import Manifest
from pytest_cnb_report.values import Target

_INDEXES = {OCI_INDEX, DOCKER_INDEX}


class RegistryLookup:
    """Registries over HTTPS, with the user's own credentials; loopback ones over HTTP too.

    With `insecure` certificates are not verified, and a registry without TLS will do. `timeout`
    is in seconds, for each request. Its methods raise RegistryError where a registry does not
    answer as it should.
    """

    target = Target.REGISTRY

    def __init__(self, *, insecure: bool = False, timeout: float = 30.0) -> None:
        self._registries = RegistriesByName(insecure=insecure, timeout=timeout)
        self._manifests: dict[str, Manifest | None] = {}

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._registries.close()

    def app_image(self, reference: str, option: str = "--app-image") -> AppImage:
        """Return an image without its layers' content; raises FinishedBuildError for none."""
        name = _name(reference, option)
        manifest = self._there(name, "app image", option)
        if _is_index(manifest):
            raise FinishedBuildError(
                f"the app image {reference} is an index of several platforms: name one platform's"
                f" image, as REPOSITORY@sha256:…, with {option}"
            )
        return self._image(name, manifest)

    def _image(self, name: ImageName, manifest: Manifest) -> AppImage:
        digest = _config_digest(manifest) or ""
        config = self._registries.client(name.registry).get_blob(name.repository, digest)
        state = read_image(StoredImage(str(name), manifest, None, ((digest, config),)))
        if not isinstance(state, AppImage):
            raise FinishedBuildError(f"{name}: {state.why}")
        return state

    def run_image(self, reference: str, app: AppImage) -> RunImageFacts:
        """Return an image's facts for the app's platform; raises FinishedBuildError for none."""
        name = _name(reference, "--run-image")
        given = self._there(name, "run image", "--run-image")
        own, index = given, None
        if _is_index(given):
            index = given.digest
            own = self._for_platform(name, given, app)
        image = self._image(name, own)
        if not image.diff_ids:
            raise FinishedBuildError(f"the run image {reference} has no layers")
        return RunImageFacts(
            names=(reference,),
            digests=(own.digest,) if index is None else (own.digest, index),
            image_id=image.image_id,
            diff_ids=image.diff_ids,
            blob_digests=tuple(layer.digest for layer in image.layers if layer.digest),
            labels=image.labels,
            os=str(image.document.get("os", "")),
            architecture=str(image.document.get("architecture", "")),
            variant=str(image.document.get("variant") or "") or None,
            index_digests=() if index is None else (index,),
        )

    def _for_platform(self, name: ImageName, index: Manifest, app: AppImage) -> Manifest:
        """Return the manifest in an index that is for the platform of the app image."""
        wanted = (app.document.get("os"), app.document.get("architecture"))
        variant = app.document.get("variant")
        fitting = [
            child
            for child in _children(index)
            if (_platform(child).get("os"), _platform(child).get("architecture")) == wanted
        ]
        fitting.sort(key=lambda child: _platform(child).get("variant") != variant)
        for child in fitting:
            manifest = self._manifest(_by_digest(name, child["digest"]))
            if manifest is not None:
                return manifest
        raise FinishedBuildError(
            f"the run image {name} is an index without an image for {'/'.join(map(str, wanted))},"
            " which the app image is for"
        )

    def resolve(self, reference: str) -> Resolution:
        """Say what a name or a digest reference leads to; one that is neither leads nowhere."""
        name = ImageName.parse(reference)
        if name is None or not _says_where(reference):
            return Resolution("nothing", why=f"{reference!r} names neither a registry nor a digest")
        manifest = self._manifest(name)
        if manifest is None:
            return Resolution("nothing", why=f"{name} is not in the registry")
        return Resolution("image", manifest.digest, _config_digest(manifest))

    def index_of(self, reference: str, facts: RunImageFacts) -> str | None:
        """Return the digest of the index that a reference leads to, if the image is in it."""
        name = ImageName.parse(reference)
        manifest = self._manifest(name) if name is not None and _says_where(reference) else None
        if manifest is None or not _is_index(manifest):
            return None
        listed = {child.get("digest") for child in _children(manifest)}
        return manifest.digest if listed & set(facts.digests) else None

    def _there(self, name: ImageName, what: str, option: str) -> Manifest:
        manifest = self._manifest(name)
        if manifest is None:
            raise FinishedBuildError(
                f"the {what} {name} is not in the registry: push it, name another with {option}, or"
                " use --target daemon where it is in a Docker daemon"
            )
        return manifest

    def _manifest(self, name: ImageName) -> Manifest | None:
        key = str(name)
        if key not in self._manifests:
            reference = name.digest or name.tag or "latest"
            client = self._registries.client(name.registry)
            self._manifests[key] = client.get_manifest(name.repository, reference)
        return self._manifests[key]


def _name(reference: str, option: str) -> ImageName:
    name = ImageName.parse(reference)
    if name is None:
        raise FinishedBuildError(f"{option} {reference}: not an image name")
    return name


def _by_digest(name: ImageName, digest: str) -> ImageName:
    return ImageName(name.registry, name.repository, None, digest)


def _says_where(reference: str) -> bool:
    """Whether a reference may be looked up: hex digits read as a name would lead to Docker Hub."""
    head, slash, _ = reference.partition("/")
    return "@" in reference or (bool(slash) and ("." in head or ":" in head or head == "localhost"))


def _document(manifest: Manifest) -> Mapping[str, Any]:
    try:
        document = json.loads(manifest.content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_index(manifest: Manifest) -> bool:
    return manifest.media_type in _INDEXES or "manifests" in _document(manifest)


def _config_digest(manifest: Manifest) -> str | None:
    config = _document(manifest).get("config")
    digest = config.get("digest") if isinstance(config, dict) else None
    return digest if isinstance(digest, str) else None


def _children(index: Manifest) -> Iterator[Mapping[str, Any]]:
    children = _document(index).get("manifests")
    for child in children if isinstance(children, list) else ():
        if isinstance(child, dict) and isinstance(child.get("digest"), str):
            yield child


def _platform(child: Mapping[str, Any]) -> Mapping[str, Any]:
    platform = child.get("platform")
    return platform if isinstance(platform, dict) else {}
