"""Mistakes beside the app image: what a phase writes or removes without being asked."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pytest_cnb_report.reference.errors import PhaseError
from pytest_cnb_report.reference.export import Export
from pytest_cnb_report.reference.exported import Build
from pytest_cnb_report.reference.fault import AT_REGISTRY, faults_of
from pytest_cnb_report.reference.image import Image, Json, Saved, digest_of
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.registry import Registry
from pytest_cnb_report.reference.resolution import Entry

CHANGED = ("effects.nothing-else-changed",)
WRITTEN = ("effects.nothing-else-written",)


class _RunImageMoved(Export):
    """The app image is also written to the run image's name."""

    trips = CHANGED

    def exported(self, run_image: Image, entry: Entry | None, build: Build) -> Image:
        app = super().exported(run_image, entry, build)
        self.store.save(app, [run_image.name.partition("@")[0]])
        return app


class _PreviousImageReplaced(Export):
    """An app image is also written to the name that -previous-image gives."""

    trips = CHANGED
    scenarios = ("replaced-elsewhere",)

    def save(self, app: Image) -> Saved:
        saved = super().save(app)
        previous = self.inputs.text("previous-image")
        if previous:
            self.store.save(app, [previous])
        return saved


class _RunImageMovedByARefusal(Rebaser):
    """A refused rebase writes the app image to the run image's name."""

    trips = CHANGED

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        try:
            super().check(app, run_image, listed=listed)
        except PhaseError:
            self.store.save(app, [run_image.name.partition("@")[0]])
            raise


class _OldManifestDeleted(Registry):
    """The previous manifest of an image name is deleted, even if other names refer to it."""

    trips = CHANGED
    shows_at = AT_REGISTRY

    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        names = [Name.parse(text) for text in texts]
        old = [(name, found[0]) for name in names if (found := self._manifest(name))]
        saved = super().save(image, texts)
        for name, digest in old:
            if digest != saved.digest:
                self._ask(name, "DELETE", f"manifests/{digest}")
        return saved


class _OldBlobsDeleted(Registry):
    """Blobs that the new image does not need are deleted, although the old image still exists."""

    trips = CHANGED
    shows_at = AT_REGISTRY

    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        names = [Name.parse(text) for text in texts]
        old = [(name, found[1]) for name in names if (found := self._manifest(name))]
        saved = super().save(image, texts)
        for name, manifest in old:
            _, new = self._manifest(name) or ("", {})
            for digest in sorted(_blobs_of(manifest) - _blobs_of(new)):
                self._ask(name, "DELETE", f"blobs/{digest}")
        return saved


def _blobs_of(manifest: Json) -> set[str]:
    return {descriptor["digest"] for descriptor in (manifest["config"], *manifest["layers"])}


class _TagBeside(Export):
    """The app image gets an additional tag."""

    trips = WRITTEN

    def save(self, app: Image) -> Saved:
        saved = super().save(app)
        self.store.save(app, [f"{saved.names[0]}-cache"])
        return saved


class _ManifestBeside(Registry):
    """An untagged copy of the manifest with an annotation is left."""

    trips = WRITTEN
    shows_at = AT_REGISTRY

    def save(self, image: Image, texts: Sequence[str]) -> Saved:
        saved = super().save(image, texts)
        name = Name.parse(texts[0])
        _, manifest = self._manifest(name) or ("", {})
        content = json.dumps({**manifest, "annotations": {"org.example.copy": "yes"}}).encode()
        self._ask(name, "PUT", f"manifests/{digest_of(content)}", content, manifest["mediaType"])
        return saved


FAULTS = faults_of(
    _RunImageMoved,
    _PreviousImageReplaced,
    _RunImageMovedByARefusal,
    _OldManifestDeleted,
    _OldBlobsDeleted,
    _TagBeside,
    _ManifestBeside,
)
