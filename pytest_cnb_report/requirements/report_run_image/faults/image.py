"""Mistakes in the report's name and mirrors of the run image."""

from __future__ import annotations

from typing import Any

from pytest_cnb_report.reference.fault import BY_APPROVED, faults_of
from pytest_cnb_report.reference.rebased import lifecycle_metadata
from pytest_cnb_report.reference.report import Report

IMAGE = ("report.run-image.image",)
AFTER_REBASE = ("report.run-image.after-rebase",)
RESOLVED = ("report.run-image.image.resolved",)
MATCHES_LABEL = ("report.run-image.matches-label",)
MIRRORS = ("report.run-image.mirrors",)
FORCED_UNLISTED = ("report.run-image.forced-unlisted",)


class _NoRunImage(Report):
    """The report has no run image fields."""

    trips = (*IMAGE, "report.run-image.reference", "report.run-image.top-layer")

    def run_image_table(self) -> dict[str, Any]:
        return {}


class _NoRunImageName(Report):
    """The run image's name is left out."""

    trips = IMAGE

    def run_image_table(self) -> dict[str, Any]:
        return {key: value for key, value in super().run_image_table().items() if key != "image"}


class _EmptyRunImageName(Report):
    """The run image's name is empty."""

    trips = IMAGE

    def run_image_image(self) -> str:
        return ""


class _NamesInAnArray(Report):
    """The run image's name is an array of names."""

    trips = IMAGE

    def run_image_table(self) -> dict[str, Any]:
        return {**super().run_image_table(), "image": list(self.entry.names)}


class _ReferenceForName(Report):
    """The run image's name is its digest reference."""

    trips = IMAGE

    def run_image_image(self) -> str:
        return self.run_image.reference


class _RepositoryForName(Report):
    """The run image's name is its repository without the tag."""

    trips = IMAGE

    def run_image_image(self) -> str:
        return self.entry.image.rpartition(":")[0]


class _AppImageForName(Report):
    """The run image's name is the app image's."""

    trips = IMAGE

    def run_image_image(self) -> str:
        return self.saved.names[0]


class _OldNameAfterForcedRebase(Report):
    """After a rebase, the run image's name is the one that the app image listed before."""

    trips = AFTER_REBASE

    def run_image_image(self) -> str:
        listed = self.before and lifecycle_metadata(self.before).get("runImage", {}).get("image")
        return listed or super().run_image_image()


class _MirrorForName(Report):
    """The run image's name is its first mirror."""

    trips = RESOLVED + MATCHES_LABEL
    shows_at = BY_APPROVED

    def run_image_image(self) -> str:
        return self.entry.mirrors[0] if self.entry.mirrors else self.entry.image


class _NameWithDigest(Report):
    """The run image's name has the digest after its tag."""

    trips = RESOLVED + MATCHES_LABEL + FORCED_UNLISTED
    also = ("report.run-image.image",)
    shows_at = BY_APPROVED

    def run_image_image(self) -> str:
        return f"{self.entry.image}@{self.run_image.reference.rpartition('@')[2]}"


class _GivenDigestInName(Report):
    """If the run image is given by digest, the report's name has it but the label's does not."""

    trips = MATCHES_LABEL
    shows_at = BY_APPROVED

    def run_image_image(self) -> str:
        given = self.run_image.name
        return given if "@" in given else super().run_image_image()


class _GivenNameForName(Report):
    """The run image's name is the one that was given, not the listed one."""

    trips = RESOLVED
    shows_at = BY_APPROVED

    def run_image_image(self) -> str:
        return self.run_image.name.partition("@")[0]


class _NoMirrors(Report):
    """The run image's mirrors are left out."""

    trips = MIRRORS
    shows_at = BY_APPROVED

    def run_image_mirrors(self) -> list[str]:
        return []


class _RunImageAsItsOwnMirror(Report):
    """A run image without mirrors is reported as a mirror of itself."""

    trips = MIRRORS + FORCED_UNLISTED
    shows_at = BY_APPROVED
    scenarios = ("no-mirrors",)

    def run_image_mirrors(self) -> list[str]:
        return list(self.entry.mirrors) or [self.entry.image]


class _MirrorsInOneString(Report):
    """The mirrors are one string with commas, not an array."""

    trips = MIRRORS
    shows_at = BY_APPROVED

    def run_image_table(self) -> dict[str, Any]:
        table = super().run_image_table()
        return {**table, "mirrors": ",".join(table["mirrors"])} if "mirrors" in table else table


class _OldMirrorsAfterForcedRebase(Report):
    """Forced onto an unlisted run image, the report still has the mirrors of the old one."""

    trips = FORCED_UNLISTED
    shows_at = BY_APPROVED

    def run_image_mirrors(self) -> list[str]:
        listed = lifecycle_metadata(self.before).get("runImage", {}) if self.before else {}
        return super().run_image_mirrors() or listed.get("mirrors") or []


FAULTS = faults_of(
    _NoRunImage,
    _NoRunImageName,
    _EmptyRunImageName,
    _NamesInAnArray,
    _ReferenceForName,
    _RepositoryForName,
    _AppImageForName,
    _OldNameAfterForcedRebase,
    _MirrorForName,
    _NameWithDigest,
    _GivenDigestInName,
    _GivenNameForName,
    _NoMirrors,
    _RunImageAsItsOwnMirror,
    _MirrorsInOneString,
    _OldMirrorsAfterForcedRebase,
)
