"""Mistakes in what an exported image inherits and says of its run image.

What a rebase needs of the label is wrong only where creator makes it: else there would be no app
image to try a rebase on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from pytest_cnb_report.reference.errors import PhaseError
from pytest_cnb_report.reference.export import Export
from pytest_cnb_report.reference.exported import Build, ExportedConfig, ExportedMetadata
from pytest_cnb_report.reference.fault import AT_REGISTRY, BY_APPROVED, BY_SPECIFICATION, faults_of
from pytest_cnb_report.reference.image import Image, Json, Saved
from pytest_cnb_report.reference.inputs import CREATOR, RUN_TOML
from pytest_cnb_report.reference.layertar import LAUNCHER
from pytest_cnb_report.reference.rebased import BASE_LABELS, STACK_LABELS
from pytest_cnb_report.reference.resolution import Entry, Resolution
from pytest_cnb_report.reference.wire import WireError
from pytest_cnb_report.requirements.rebase_labels.faults.transitions import NAMED_LABELS
from pytest_cnb_report.requirements.report_run_image.faults.top_layer import compressed_digest

STACK_INHERITED = ("export.labels.stack.inherited",)
BASE_INHERITED = ("export.labels.base.inherited",)
LAYERS = ("export.layers",)
TOP_LAYER = ("export.metadata.top-layer",)
REFERENCE = ("export.metadata.reference",)
IMAGE = ("export.metadata.image",)
MIRRORS = ("export.metadata.mirrors",)
STACK_SAME = ("export.metadata.stack-same",)
MATCHES_LABEL = ("report.run-image.matches-label",)
PUSH_FAILURE = ("export.push-failure",)
UNKNOWN_PROCESS = ("export.unknown-process.refused",)
ABSENT_ON_FAILURE = ("report.absent-on-failure",)
HELD = ("io.buildpacks.stack.id", "io.buildpacks.stack.mixins", f"{BASE_LABELS}distro.")
"""Labels that say whether a rebase is legal: without them no rebase could be tried."""


# What is inherited.


class _StackLabelsNotInherited(ExportedConfig):
    """Only the stack labels that a rebase checks are inherited from the run image."""

    trips = STACK_INHERITED

    def inherited(self) -> dict[str, str]:
        return {
            key: value
            for key, value in super().inherited().items()
            if key.startswith(HELD) or not key.startswith(STACK_LABELS)
        }


class _OnlyNamedLabelsInherited(ExportedConfig):
    """Only the ID and the eight stack labels of RFC 0050 are inherited from the run image."""

    trips = STACK_INHERITED

    def inherited(self) -> dict[str, str]:
        wanted = (*NAMED_LABELS, "io.buildpacks.stack.id")
        return {
            key: value
            for key, value in super().inherited().items()
            if key in wanted or not key.startswith(STACK_LABELS)
        }


class _BaseLabelsNotInherited(ExportedConfig):
    """Only the distribution labels are inherited from the run image's base labels."""

    trips = BASE_INHERITED

    def inherited(self) -> dict[str, str]:
        return {
            key: value
            for key, value in super().inherited().items()
            if key.startswith(HELD) or not key.startswith(BASE_LABELS)
        }


class _BaseLabelsRenamed(ExportedConfig):
    """Base labels are inherited under their earlier names, as stack labels."""

    trips = BASE_INHERITED

    def inherited(self) -> dict[str, str]:
        inherited = super().inherited()
        renamed = {
            key.replace(BASE_LABELS, STACK_LABELS) if self._is_renamed(key) else key: value
            for key, value in inherited.items()
        }
        return {**renamed, **{k: v for k, v in inherited.items() if k.startswith(STACK_LABELS)}}

    def _is_renamed(self, key: str) -> bool:
        return self.api >= RUN_TOML and key.startswith(BASE_LABELS) and not key.startswith(HELD)


# What it stands on.


class _CreatedWithoutTheBottomLayer(Export):
    """A creator's app image lacks the run image's bottom layer."""

    trips = LAYERS

    def run_image(self, analyzed: Json) -> Image:
        run_image = super().run_image(analyzed)
        if self.inputs.phase != CREATOR or len(run_image.layers) == 1:
            return run_image
        return run_image._replace(layers=run_image.layers[1:])


class _CreatedWithoutTheApp(Export):
    """A creator's app image has only the run image's layers."""

    trips = LAYERS

    def exported(self, run_image: Image, entry: Entry | None, build: Build) -> Image:
        app = super().exported(run_image, entry, build)
        if self.inputs.phase != CREATOR:
            return app
        rootfs = {"type": "layers", "diff_ids": run_image.diff_ids}
        config = {**app.config, "rootfs": rootfs, "history": run_image.history}
        return app._replace(layers=run_image.layers, config=config)


# What identifies the run image.


class _CreatedWithBottomLayer(ExportedMetadata):
    """A creator's label has the bottom layer as the top layer."""

    trips = TOP_LAYER
    shows_at = BY_SPECIFICATION

    def top_layer(self) -> str:
        return self.base.diff_ids[0] if self.inputs.phase == CREATOR else super().top_layer()


class _CreatedWithCompressedDigest(ExportedMetadata):
    """A creator's label has the digest of the top layer's compressed blob."""

    trips = TOP_LAYER + MATCHES_LABEL

    def top_layer(self) -> str:
        wrong = self.inputs.phase == CREATOR
        return compressed_digest(self.base) if wrong else super().top_layer()


class _CreatedWithoutTopLayer(ExportedMetadata):
    """A creator's label has no top layer."""

    trips = TOP_LAYER + MATCHES_LABEL

    def run_image(self) -> Json:
        described = super().run_image()
        if self.inputs.phase == CREATOR:
            del described["topLayer"]
        return described


class _ExportedWithTag(ExportedMetadata):
    """The label's reference is the tag that the run image was found by."""

    trips = REFERENCE
    also = ("report.run-image.matches-label",)

    def reference(self) -> str:
        return self.entry.image if self.entry else self.base.name


class _ExportedWithoutReference(ExportedMetadata):
    """The label has no reference."""

    trips = REFERENCE + MATCHES_LABEL

    def run_image(self) -> Json:
        return {key: value for key, value in super().run_image().items() if key != "reference"}


# What the run image is called.


class _GivenNameExported(ExportedMetadata):
    """The label has the run image's given name, not the listed one."""

    trips = IMAGE
    also = ("export.inputs.environment",)
    shows_at = BY_SPECIFICATION

    def names(self) -> Json:
        given = self.base.name.partition("@")[0]
        return {**super().names(), "image": given} if self.entry else {}


class _CreatedWithoutMirrors(ExportedMetadata):
    """A creator's label has no mirrors."""

    trips = MIRRORS

    def names(self) -> Json:
        names = super().names()
        if self.inputs.phase == CREATOR:
            names.pop("mirrors", None)
        return names


class _FirstEntryAlways(Resolution):
    """The run image's names are the first entry's, whichever entry lists it."""

    trips = (*IMAGE, *MIRRORS, "report.run-image.image", "report.run-image.mirrors")
    shows_at = BY_APPROVED

    def entry_for(self, entries: Sequence[Entry], run_image: str) -> Entry | None:  # noqa: ARG002
        return entries[0] if entries else None


class _NoStackKey(ExportedMetadata):
    """The label has no stack key."""

    trips = STACK_SAME

    def document(self) -> Json:
        return {key: value for key, value in super().document().items() if key != "stack"}


class _StackKeyWithoutMirrors(ExportedMetadata):
    """The label's stack key has no mirrors."""

    trips = STACK_SAME

    def stack(self) -> Json:
        return {"runImage": {"image": self.entry.image} if self.entry else {}}


class _StackKeyWithGivenName(ExportedMetadata):
    """The label's stack key has the run image's given name."""

    trips = STACK_SAME

    def stack(self) -> Json:
        return {"runImage": {**self.names(), "image": self.base.name}}


# How it ends.


class _ReportBeforeExport(Export):
    """The report is written before the app image."""

    trips = ABSENT_ON_FAILURE
    scenarios = ("first-push-refused",)

    def exported(self, run_image: Image, entry: Entry | None, build: Build) -> Image:
        saved = Saved(tuple(self.inputs.output_images()), digest="sha256:" + "0" * 64)
        self.report(saved, run_image, run_image, entry or Entry(run_image.name))
        return super().exported(run_image, entry, build)


class _RefusedPushOverlooked(Export):
    """A refused push of the app image is ignored."""

    trips = PUSH_FAILURE
    shows_at = AT_REGISTRY

    def save(self, app: Image) -> Saved:
        try:
            return super().save(app)
        except WireError:
            return Saved(tuple(self.inputs.output_images()), digest="sha256:" + "0" * 64)


class _LaterTagsOverlooked(Export):
    """Of several tags, only a refused push of the first is an error."""

    trips = PUSH_FAILURE
    shows_at = AT_REGISTRY
    scenarios = ("later-push-refused",)

    def save(self, app: Image) -> Saved:
        first, *others = self.inputs.output_images()
        saved = self.store.save(app, [first])
        for other in others:
            with contextlib.suppress(WireError):
                self.store.save(app, [other])
        return saved._replace(names=(first, *others))


class _UnknownProcessIgnored(ExportedConfig):
    """A process type that does not exist is ignored, and the default one is set."""

    trips = UNKNOWN_PROCESS

    def entrypoint(self) -> str:
        try:
            return super().entrypoint()
        except PhaseError:
            return LAUNCHER


FAULTS = faults_of(
    _StackLabelsNotInherited,
    _OnlyNamedLabelsInherited,
    _BaseLabelsNotInherited,
    _BaseLabelsRenamed,
    _CreatedWithoutTheBottomLayer,
    _CreatedWithoutTheApp,
    _CreatedWithBottomLayer,
    _CreatedWithCompressedDigest,
    _CreatedWithoutTopLayer,
    _ExportedWithTag,
    _ExportedWithoutReference,
    _GivenNameExported,
    _CreatedWithoutMirrors,
    _FirstEntryAlways,
    _NoStackKey,
    _StackKeyWithoutMirrors,
    _StackKeyWithGivenName,
    _ReportBeforeExport,
    _RefusedPushOverlooked,
    _LaterTagsOverlooked,
    _UnknownProcessIgnored,
)
