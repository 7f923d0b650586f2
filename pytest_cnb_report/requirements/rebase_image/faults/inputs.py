"""Mistakes in how a rebaser reads its inputs, and in which names it writes."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import AT_DAEMON, faults_of
from pytest_cnb_report.reference.image import Image, Json, Saved
from pytest_cnb_report.reference.inputs import REBASER, Inputs
from pytest_cnb_report.reference.rebased import lifecycle_metadata
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.resolution import Entry, Resolution

ENVIRONMENT = ("rebase.inputs.environment",)
DEFAULT = ("rebase.run-image.default",)
SAME_IMAGE = ("rebase.tags.same-image",)
PREVIOUS_IMAGE = ("rebase.previous-image.untouched",)


# Flags and variables.


class _RunImageVariableIgnored(Inputs):
    """CNB_RUN_IMAGE is ignored."""

    trips = ENVIRONMENT

    def from_environment(self, flag: str) -> str:
        ignored = flag == "run-image" and self.phase == REBASER
        return "" if ignored else super().from_environment(flag)


class _RunImageVariableFirst(Inputs):
    """CNB_RUN_IMAGE takes precedence over -run-image."""

    trips = ENVIRONMENT
    also = ("rebase.metadata.forced-unlisted", "report.run-image.after-rebase")

    def text(self, flag: str) -> str:
        tried = flag == "run-image" and self.phase == REBASER
        return (self.from_environment(flag) if tried else "") or super().text(flag)


class _ForceVariableIgnored(Inputs):
    """CNB_FORCE_REBASE is ignored."""

    trips = ENVIRONMENT
    also = ("rebase.target.forced",)

    def from_environment(self, flag: str) -> str:
        return "" if flag == "force" else super().from_environment(flag)


class _DaemonVariableIgnored(Inputs):
    """CNB_USE_DAEMON is ignored."""

    trips = ENVIRONMENT
    scenarios = ("daemon-by-environment",)
    shows_at = AT_DAEMON

    def from_environment(self, flag: str) -> str:
        ignored = flag == "daemon" and self.phase == REBASER
        return "" if ignored else super().from_environment(flag)


class _DeprecatedImageIgnored(Inputs):
    """The deprecated -image is accepted and ignored."""

    trips = ENVIRONMENT
    also = ("report.run-image.after-rebase", "rebase.metadata.forced-unlisted")

    def run_image(self) -> str:
        return self.text("run-image")


class _DeprecatedImageRefused(Inputs):
    """The deprecated -image is refused."""

    trips = ENVIRONMENT
    also = ("rebase.refusal.exit-code",)

    def run_image(self) -> str:
        if "image" in self.flags:
            raise ValueError("-image is unsupported")
        return super().run_image()


# The run image that nobody gave.


class _DefaultFromReference(Rebaser):
    """Without a given run image, the image is rebased onto the old reference."""

    trips = DEFAULT

    def run_image_name(self, app: Image, entry: Entry | None) -> str:  # noqa: ARG002
        given = self.inputs.run_image()
        return given or str(lifecycle_metadata(app)["runImage"]["reference"])


class _StackKeyNotRead(Rebaser):
    """The deprecated stack key is not read if `runImage` names no image."""

    trips = DEFAULT

    def entry(self, metadata: Json) -> Entry | None:
        return Entry.of(metadata.get("runImage"))


class _StackKeyRequired(Rebaser):
    """An app image whose metadata label has no stack key is refused."""

    trips = ("rebase.succeeds",)
    also = DEFAULT
    scenarios = ("label-without-stack",)

    def entry(self, metadata: Json) -> Entry | None:
        if "stack" not in metadata:
            raise ValueError("the metadata label has no stack key")
        return super().entry(metadata)


class _MirrorsNotTried(Resolution):
    """Without a given run image, the mirrors are ignored."""

    trips = DEFAULT

    def candidates(self, entry: Entry, app_image: str) -> list[str]:  # noqa: ARG002
        return [entry.image]


class _DefaultRefused(Rebaser):
    """A rebase without a given run image is refused."""

    trips = DEFAULT

    def run_image_name(self, app: Image, entry: Entry | None) -> str:
        if not self.inputs.run_image():
            raise ValueError("-run-image is required")
        return super().run_image_name(app, entry)


# The names that are written.


class _SecondImageForgotten(Rebaser):
    """Only the first of several images is written."""

    trips = SAME_IMAGE

    def save(self, rebased: Image) -> Saved:
        images = self.inputs.output_images()
        return self.store.save(rebased, images[:1])._replace(names=tuple(images))


class _SecondImageNotRebased(Rebaser):
    """Every image except the first is written without the rebase."""

    trips = SAME_IMAGE

    def save(self, rebased: Image) -> Saved:
        first, *others = self.inputs.output_images()
        if others:
            self.store.save(self.app_image(), others)
        return self.store.save(rebased, [first])._replace(names=(first, *others))


class _PreviousImageOverwritten(Rebaser):
    """The rebased image also overwrites the original one."""

    trips = PREVIOUS_IMAGE
    also = ("effects.nothing-else-written",)

    def save(self, rebased: Image) -> Saved:
        saved = super().save(rebased)
        self.store.save(rebased, [self.inputs.previous_image()])
        return saved


FAULTS = faults_of(
    _RunImageVariableIgnored,
    _RunImageVariableFirst,
    _ForceVariableIgnored,
    _DaemonVariableIgnored,
    _DeprecatedImageIgnored,
    _DeprecatedImageRefused,
    _DefaultFromReference,
    _StackKeyNotRead,
    _StackKeyRequired,
    _MirrorsNotTried,
    _DefaultRefused,
    _SecondImageForgotten,
    _SecondImageNotRebased,
    _PreviousImageOverwritten,
)
