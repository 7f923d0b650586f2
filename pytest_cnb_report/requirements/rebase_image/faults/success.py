"""Legal inputs that a lifecycle fails on."""

from __future__ import annotations

from pytest_cnb_report.reference.errors import EXPORT_ERROR, REBASE_ERROR, PhaseError
from pytest_cnb_report.reference.export import Export
from pytest_cnb_report.reference.fault import AT_REGISTRY, faults_of
from pytest_cnb_report.reference.image import Image, Json, Layer, Saved
from pytest_cnb_report.reference.inputs import CREATOR
from pytest_cnb_report.reference.permission import Permission
from pytest_cnb_report.reference.rebased import STACK_LABELS, RebasedLayers, lifecycle_metadata
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.registry import Platform, Registry
from pytest_cnb_report.reference.wire import WireError
from pytest_cnb_report.requirements.rebase_labels.faults.transitions import NAMED_LABELS

SUCCEEDS = ("rebase.succeeds",)
EXPORT_SUCCEEDS = ("export.succeeds",)
OPTIONAL = ("rebase.labels.stack.optional",)


def refuse(reason: str) -> PhaseError:
    """Make the error that a rebase fails with."""
    return PhaseError(REBASE_ERROR, reason)


class _FailsOnOneLayer(Rebaser):
    """A rebase onto a run image with a single layer fails."""

    trips = SUCCEEDS

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        if len(run_image.layers) == 1:
            raise refuse("run image has no layers")
        super().check(app, run_image, listed=listed)


class _FailsWithoutHistory(RebasedLayers):
    """A rebase onto a run image without history fails."""

    trips = SUCCEEDS

    def history(self) -> list[Json]:
        if not self.run_image.history:
            raise refuse("layers and history do not match")
        return super().history()


class _FailsWithoutCreatedTime(Rebaser):
    """A rebase onto a run image that does not say when it was created fails."""

    trips = SUCCEEDS

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        if "created" not in run_image.config:
            raise refuse("cannot parse the time ''")
        super().check(app, run_image, listed=listed)


class _FailsOnRepeatedLayers(RebasedLayers):
    """A rebase of an app image that has a layer twice fails."""

    trips = SUCCEEDS

    def depth(self) -> int:
        if self.app.diff_ids.count(self.old_top_layer) > 1:
            raise refuse("base layer is ambiguous")
        return super().depth()


class _FailsOnMediaType(Rebaser):
    """A rebase fails on layers of a certain media type."""

    refused = ""

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        for layer in run_image.layers:
            if str((layer.descriptor or {}).get("mediaType", "")).endswith(self.refused):
                raise refuse(f"unsupported media type {self.refused}")
        super().check(app, run_image, listed=listed)


class _FailsOnZstd(_FailsOnMediaType):
    """A rebase onto layers compressed with zstd fails."""

    trips = SUCCEEDS
    shows_at = AT_REGISTRY
    refused = "+zstd"


class _FailsOnManyLabels(Rebaser):
    """A rebase onto a run image with more than fifty labels fails."""

    trips = SUCCEEDS

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        if len(run_image.labels) > 50:
            raise refuse("too many labels")
        super().check(app, run_image, listed=listed)


class _FailsOnVariant(Permission):
    """A run image with a variant counts as one with a different target."""

    trips = SUCCEEDS

    def mismatches(self) -> list[str]:
        mismatches = super().mismatches()
        has_variant = bool(self.run_image.config.get("variant"))
        return ["variant"] if has_variant and not mismatches else mismatches


class _FailsOnMirror(Rebaser):
    """A mirror given with -run-image counts as an unlisted run image."""

    trips = SUCCEEDS
    scenarios = ("mirror",)

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        entry = self.entry(lifecycle_metadata(app))
        mirrored = entry is not None and run_image.name in entry.mirrors
        given = "run-image" in self.inputs.flags
        super().check(app, run_image, listed=listed and not (mirrored and given))


class _FailsOnPinnedTag(Rebaser):
    """A run image given by tag and digest counts as an unlisted one."""

    trips = SUCCEEDS
    shows_at = AT_REGISTRY
    # in most rows that have such a name, the rebase may be refused for another reason
    scenarios = ("tag-and-digest",)

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        super().check(app, run_image, listed=listed and "@" not in run_image.name)


class _FailsOnSeveralImages(Rebaser):
    """A rebase with several images fails."""

    trips = SUCCEEDS

    def save(self, rebased: Image) -> Saved:
        if len(self.inputs.output_images()) > 1:
            raise refuse("writing to several images is unsupported")
        return super().save(rebased)


class _FailsOnNewName(Rebaser):
    """A new image name cannot be written."""

    trips = SUCCEEDS

    def save(self, rebased: Image) -> Saved:
        for name in self.inputs.output_images()[:1]:
            if not self.store.can_read(name):
                raise refuse(f"failed to access image '{name}'")
        return super().save(rebased)


class _PreviousImageNotRead(Rebaser):
    """-previous-image is ignored: the image to rebase is the one to write."""

    trips = SUCCEEDS

    def app_image(self) -> Image:
        app = self.store.find(self.inputs.images[0])
        if app is None:
            raise refuse(f"failed to access image to rebase '{self.inputs.images[0]}'")
        return app


class _ForceRefused(Rebaser):
    """A forced rebase fails if force is not needed."""

    trips = SUCCEEDS
    scenarios = ("forced",)

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        permission = self.lifecycle.permission(self.api, app, run_image, listed=listed)
        if self.inputs.force() and not list(permission.objections()):
            raise refuse("-force is not needed")
        super().check(app, run_image, listed=listed)


class _ForceDoesNotCoverRebasable(Rebaser):
    """The label io.buildpacks.rebasable is obeyed even with -force."""

    trips = SUCCEEDS

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        permission = self.lifecycle.permission(self.api, app, run_image, listed=listed)
        if not permission.is_rebasable():
            raise refuse("app image is not marked as rebasable")
        super().check(app, run_image, listed=listed)


class _ForceDoesNotCoverOlderBuilds(Rebaser):
    """An app image of an older platform API keeps its target, even with -force."""

    trips = SUCCEEDS

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        older = app.environment.get("CNB_PLATFORM_API") == "0.6"
        if older and app.config.get("os") != run_image.config.get("os"):
            raise refuse("the app image is for another operating system")
        super().check(app, run_image, listed=listed)


def _blob(layer: Layer) -> str | None:
    return None if layer.descriptor is None else str(layer.descriptor["digest"])


class _SharedLayersNotPushed(Rebaser):
    """A layer that both run images have is pushed with the old one's compression."""

    # lifecycles 0.17 to 0.20 do so, and the registry refuses the manifest
    trips = SUCCEEDS
    shows_at = AT_REGISTRY

    def save(self, rebased: Image) -> Saved:
        there = {layer.diff_id: _blob(layer) for layer in self.app_image().layers}
        for layer in rebased.layers:
            if there.get(layer.diff_id, _blob(layer)) != _blob(layer):
                raise refuse(f"the manifest is refused: {_blob(layer)} is not known")
        return super().save(rebased)


class _SucceedsWithoutSaving(Rebaser):
    """A rebase with several images succeeds without writing any of them."""

    trips = SUCCEEDS
    also = ("rebase.inputs.environment",)

    def save(self, rebased: Image) -> Saved:
        images = self.inputs.output_images()
        return Saved(tuple(images), "sha256:" + "0" * 64) if images[1:] else super().save(rebased)


class _HalfADistroRefused(Rebaser):
    """A run image with the stack's distribution but not its version is refused."""

    trips = OPTIONAL

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        named = {key for key in run_image.labels if key.startswith(f"{STACK_LABELS}distro.")}
        if len(named) == 1 and f"{STACK_LABELS}maintainer" in run_image.labels:
            raise refuse("stack distro has no version")
        super().check(app, run_image, listed=listed)


class _LostNamedLabelsRefused(Rebaser):
    """A new run image without a label of RFC 0050 that the app image has is refused."""

    trips = OPTIONAL

    def check(self, app: Image, run_image: Image, *, listed: bool) -> None:
        lost = set(NAMED_LABELS) & (set(app.labels) - set(run_image.labels))
        if lost:
            raise refuse(f"run image lacks {', '.join(sorted(lost))}")
        super().check(app, run_image, listed=listed)


# Exports that fail.


class _ExportFailsOnOneLayer(Export):
    """An export onto a run image with a single layer fails."""

    trips = EXPORT_SUCCEEDS

    def run_image(self, analyzed: Json) -> Image:
        run_image = super().run_image(analyzed)
        if len(run_image.layers) == 1:
            raise PhaseError(EXPORT_ERROR, "run image has no layers")
        return run_image


class _ExportFailsWithoutHistory(Export):
    """An export onto a run image without history fails."""

    trips = EXPORT_SUCCEEDS

    def run_image(self, analyzed: Json) -> Image:
        run_image = super().run_image(analyzed)
        if not run_image.history:
            raise PhaseError(EXPORT_ERROR, "layers and history do not match")
        return run_image


class _ExportFailsOnSeveralTags(Export):
    """An export to several tags fails."""

    trips = EXPORT_SUCCEEDS

    def save(self, app: Image) -> Saved:
        if len(self.inputs.output_images()) > 1:
            raise PhaseError(EXPORT_ERROR, "writing to several images is unsupported")
        return super().save(app)


class _FurtherTagsForgotten(Export):
    """Only the first of several tags is written, but all are reported."""

    trips = EXPORT_SUCCEEDS

    def save(self, app: Image) -> Saved:
        images = self.inputs.output_images()
        return self.store.save(app, images[:1])._replace(names=tuple(images))


class _AnotherImageUnderFurtherTags(Export):
    """Every tag except the first refers to another image."""

    trips = EXPORT_SUCCEEDS

    def save(self, app: Image) -> Saved:
        first, *others = self.inputs.output_images()
        if others:
            self.store.save(app._replace(config={**app.config, "comment": "further"}), others)
        return self.store.save(app, [first])._replace(names=(first, *others))


class _IndexNotRead(Registry):
    """A build on a run image in an index fails."""

    trips = EXPORT_SUCCEEDS
    shows_at = AT_REGISTRY

    def choose(self, text: str, index: Json, platform: Platform) -> str:
        raise WireError(f"{text}: unexpected media type {index['mediaType']} for {platform}")


class _FirstOfAnIndex(Registry):
    """The first image of an index is used, for any platform."""

    trips = (
        "export.metadata.reference",
        "rebase.metadata.reference",
        "report.run-image.reference",
    )
    also = (
        "export.target",
        "rebase.run-image.default",
        "rebase.succeeds",
        "rebase.target.forced",
    )
    shows_at = AT_REGISTRY

    def choose(self, text: str, index: Json, platform: Platform) -> str:  # noqa: ARG002
        return str(index["manifests"][0]["digest"])


class _CreatorWritesNothing(Export):
    """A creator succeeds and writes only the report."""

    trips = EXPORT_SUCCEEDS

    def save(self, app: Image) -> Saved:
        if self.phase.name == CREATOR:
            return Saved(tuple(self.inputs.output_images()), "sha256:" + "0" * 64)
        return super().save(app)


FAULTS = faults_of(
    _FailsOnOneLayer,
    _FailsWithoutHistory,
    _FailsWithoutCreatedTime,
    _FailsOnRepeatedLayers,
    _FailsOnZstd,
    _FailsOnManyLabels,
    _FailsOnVariant,
    _FailsOnMirror,
    _FailsOnPinnedTag,
    _FailsOnSeveralImages,
    _FailsOnNewName,
    _PreviousImageNotRead,
    _ForceRefused,
    _ForceDoesNotCoverRebasable,
    _ForceDoesNotCoverOlderBuilds,
    _SharedLayersNotPushed,
    _SucceedsWithoutSaving,
    _HalfADistroRefused,
    _LostNamedLabelsRefused,
    _ExportFailsOnOneLayer,
    _ExportFailsWithoutHistory,
    _ExportFailsOnSeveralTags,
    _FurtherTagsForgotten,
    _AnotherImageUnderFurtherTags,
    _IndexNotRead,
    _FirstOfAnIndex,
    _CreatorWritesNothing,
)
