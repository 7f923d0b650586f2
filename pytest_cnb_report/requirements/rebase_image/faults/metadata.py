"""Mistakes in the lifecycle metadata label of a rebased image."""

from __future__ import annotations

import json
from typing import Any

from pytest_cnb_report.reference.fault import BY_APPROVED, BY_SPECIFICATION, faults_of
from pytest_cnb_report.reference.image import Json
from pytest_cnb_report.reference.rebased import RebasedMetadata
from pytest_cnb_report.requirements.report_run_image.faults.top_layer import compressed_digest

REFERENCE = ("rebase.metadata.reference",)
TOP_LAYER = ("rebase.metadata.top-layer",)
REST = ("rebase.metadata.rest-unchanged",)
UNKNOWN = ("rebase.metadata.unknown-kept",)
FORCED_UNLISTED = ("rebase.metadata.forced-unlisted",)
MATCHES_LABEL = ("report.run-image.matches-label",)
IDEMPOTENT = ("rebase.labels.idempotent",)

DEFINED = (
    *("app", "sbom", "config", "exec-env", "launcher", "buildpacks", "runImage", "stack"),
    "process-types",
)
"""Keys of the label that lifecycles know."""


def without(table: Json, key: str) -> Json:
    """Leave a key out of an object."""
    return {name: value for name, value in table.items() if name != key}


# What identifies the run image.


class _OldReferenceInLabel(RebasedMetadata):
    """The label's reference is still the old run image's."""

    trips = REFERENCE + MATCHES_LABEL

    def reference(self) -> str:
        return str(self.old["runImage"]["reference"])


class _TagInLabel(RebasedMetadata):
    """After a rebase the label's reference is the tag that the new run image was found by."""

    trips = REFERENCE

    def reference(self) -> str:
        return self.run_image.name.partition("@")[0]


class _CompressedDigestInLabel(RebasedMetadata):
    """The label's top layer is the digest of its compressed blob, so no second rebase finds it."""

    trips = TOP_LAYER + MATCHES_LABEL + IDEMPOTENT

    def top_layer(self) -> str:
        return compressed_digest(self.run_image)


class _OldTopLayerInLabel(RebasedMetadata):
    """The label's top layer is still the old run image's, so no second rebase finds it."""

    trips = TOP_LAYER + MATCHES_LABEL + IDEMPOTENT

    def top_layer(self) -> str:
        return str(self.old["runImage"]["topLayer"])


class _BottomLayerInLabel(RebasedMetadata):
    """The label's top layer is the bottom one."""

    trips = TOP_LAYER
    shows_at = BY_SPECIFICATION

    def top_layer(self) -> str:
        return self.run_image.diff_ids[0]


# What stays.


class _BuildpacksLostFromLabel(RebasedMetadata):
    """The label loses the buildpacks."""

    trips = REST

    def document(self) -> Json:
        return without(super().document(), "buildpacks")


class _StackLostFromLabel(RebasedMetadata):
    """The label loses the deprecated stack key."""

    trips = REST

    def document(self) -> Json:
        return without(super().document(), "stack")


class _AppLayersEmptied(RebasedMetadata):
    """The label loses the application's layers."""

    trips = REST

    def document(self) -> Json:
        return {**super().document(), "app": []}


class _SlicesSorted(RebasedMetadata):
    """The label lists the application's layers in the order of their digests."""

    trips = REST

    def document(self) -> Json:
        document = super().document()
        return {**document, "app": sorted(document.get("app") or [], key=lambda each: each["sha"])}


class _BuildpacksSorted(RebasedMetadata):
    """The label lists the buildpacks in the order of their IDs."""

    trips = REST

    def document(self) -> Json:
        document = super().document()
        found = sorted(document.get("buildpacks") or [], key=lambda each: each["key"])
        return {**document, "buildpacks": found}


class _WordsInAscii(RebasedMetadata):
    """Non-ASCII characters in the label become question marks."""

    trips = REST
    also = ("rebase.metadata.unknown-kept",)

    def label(self) -> str:
        return super().label().encode("ascii", "replace").decode()


class _RunImageNamesLost(RebasedMetadata):
    """The label loses the run image's name and mirrors."""

    trips = (*REST, *MATCHES_LABEL)
    shows_at = BY_APPROVED

    def run_image_key(self) -> dict[str, Any]:
        described = super().run_image_key()
        return described if self.is_renamed() else without(without(described, "image"), "mirrors")


class _MirrorsLostFromLabel(RebasedMetadata):
    """The label loses the run image's mirrors."""

    trips = (*REST, "report.run-image.mirrors")
    shows_at = BY_APPROVED

    def run_image_key(self) -> dict[str, Any]:
        return without(super().run_image_key(), "mirrors")


class _StackRenamed(RebasedMetadata):
    """The deprecated stack key takes the run image's given name."""

    trips = REST

    def document(self) -> Json:
        return {**super().document(), "stack": {"runImage": {"image": self.given_name()}}}


class _UnknownKeysDropped(RebasedMetadata):
    """Keys of the label that no specification defines are dropped."""

    trips = UNKNOWN

    def document(self) -> Json:
        return {key: value for key, value in super().document().items() if key in DEFINED}


class _BigIntegersRounded(RebasedMetadata):
    """Integers above 2^53 are rounded, as in JavaScript."""

    trips = UNKNOWN

    def label(self) -> str:
        return json.dumps(json.loads(super().label(), parse_int=_rounded))


def _rounded(digits: str) -> int:
    return int(float(digits))


# Forced onto a run image that is not listed.


class _OldNameInLabelWhenForced(RebasedMetadata):
    """Forced onto an unlisted run image, the label still names the old one."""

    trips = FORCED_UNLISTED

    def given_name(self) -> str:
        return str((self.old.get("runImage") or {}).get("image", self.run_image.name))


class _OldMirrorsInLabelWhenForced(RebasedMetadata):
    """Forced onto an unlisted run image, the label still has the old one's mirrors."""

    trips = FORCED_UNLISTED

    def run_image_key(self) -> dict[str, Any]:
        old = (self.old.get("runImage") or {}).get("mirrors")
        return {**super().run_image_key(), **({"mirrors": old} if old else {})}


FAULTS = faults_of(
    _OldReferenceInLabel,
    _TagInLabel,
    _CompressedDigestInLabel,
    _OldTopLayerInLabel,
    _BottomLayerInLabel,
    _BuildpacksLostFromLabel,
    _StackLostFromLabel,
    _AppLayersEmptied,
    _SlicesSorted,
    _BuildpacksSorted,
    _WordsInAscii,
    _RunImageNamesLost,
    _MirrorsLostFromLabel,
    _StackRenamed,
    _UnknownKeysDropped,
    _BigIntegersRounded,
    _OldNameInLabelWhenForced,
    _OldMirrorsInLabelWhenForced,
)
