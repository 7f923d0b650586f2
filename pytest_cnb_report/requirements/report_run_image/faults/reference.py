"""Mistakes in the report's reference of the run image."""

from __future__ import annotations

import json
from typing import Any

from pytest_cnb_report.reference.fault import AT_DAEMON, AT_REGISTRY, faults_of
from pytest_cnb_report.reference.image import digest_of
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.rebased import lifecycle_metadata
from pytest_cnb_report.reference.report import Report

REFERENCE = ("report.run-image.reference",)
IMMUTABLE = ("report.run-image.reference.immutable",)
FORM = ("report.run-image.reference.form",)
AFTER_REBASE = ("report.run-image.after-rebase",)
MANIFEST_KEYS = ("schemaVersion", "mediaType", "config", "layers")


class _NoReference(Report):
    """The run image's reference is left out."""

    trips = REFERENCE

    def run_image_table(self) -> dict[str, Any]:
        table = super().run_image_table()
        return {key: value for key, value in table.items() if key != "reference"}


class _AppImageForReference(Report):
    """The reference is the app image's and not the run image's."""

    trips = REFERENCE

    def run_image_reference(self) -> str:
        name = Name.parse(self.saved.names[0])
        return self.saved.image_id or name.with_digest(self.saved.digest)


class _ConfigDigestInReference(Report):
    """The reference has the image ID where the manifest's digest belongs."""

    trips = REFERENCE
    shows_at = AT_REGISTRY

    def run_image_reference(self) -> str:
        repository = self.run_image.reference.partition("@")[0]
        return f"{repository}@{self.run_image.manifest['config']['digest']}"


class _DigestInTheAppsRepository(Report):
    """The reference is the run image's digest in the app image's repository."""

    trips = REFERENCE
    shows_at = AT_REGISTRY

    def run_image_reference(self) -> str:
        digest = self.run_image.reference.partition("@")[2]
        return Name.parse(self.saved.names[0]).with_digest(digest)


class _DigestOfReferenceCutShort(Report):
    """The reference's digest is cut to twelve digits."""

    trips = REFERENCE
    shows_at = AT_REGISTRY

    def run_image_reference(self) -> str:
        repository, _, digest = self.run_image.reference.partition("@")
        return f"{repository}@{digest[: len('sha256:') + 12]}"


class _ManifestEncodedAnew(Report):
    """The reference has the digest of the parsed and re-encoded manifest."""

    trips = REFERENCE
    shows_at = AT_REGISTRY

    def run_image_reference(self) -> str:
        repository, _, digest = self.run_image.reference.partition("@")
        known = {key: self.run_image.manifest.get(key) for key in MANIFEST_KEYS}
        if known == self.run_image.manifest:
            return f"{repository}@{digest}"
        return f"{repository}@{digest_of(json.dumps(known, separators=(',', ':')).encode())}"


class _RepositoryForReference(Report):
    """The reference is the run image's repository, which means its tag `latest`."""

    trips = REFERENCE
    shows_at = AT_REGISTRY

    def run_image_reference(self) -> str:
        return self.run_image.reference.partition("@")[0]


class _ReferenceInATable(Report):
    """The reference is a table with its parts."""

    trips = REFERENCE

    def run_image_table(self) -> dict[str, Any]:
        table = super().run_image_table()
        return {**table, "reference": {"name": table["image"], "digest": table["reference"]}}


class _ShortestImageId(Report):
    """In a daemon, the reference is one digit of the image ID, which other images share."""

    trips = REFERENCE
    also = FORM  # where the digit happens to lead to one image only, it is a form of its own
    shows_at = AT_DAEMON

    def run_image_reference(self) -> str:
        return self.run_image.reference.removeprefix("sha256:")[:1]


class _FewDigitsForReference(Report):
    """At a registry the reference is the first seven digits of the image ID."""

    trips = REFERENCE
    shows_at = AT_REGISTRY

    def run_image_reference(self) -> str:
        return str(self.run_image.manifest["config"]["digest"]).removeprefix("sha256:")[:7]


class _TagForReference(Report):
    """The reference is the tag that the run image was found by."""

    trips = (*IMMUTABLE, *FORM)
    also = REFERENCE

    def run_image_reference(self) -> str:
        return self.run_image.name.partition("@")[0]


class _OldReferenceAfterRebase(Report):
    """After a rebase the reference is still the old run image's."""

    trips = AFTER_REBASE

    def run_image_reference(self) -> str:
        if self.before is None:
            return super().run_image_reference()
        return str(lifecycle_metadata(self.before)["runImage"]["reference"])


class _ImageIdForReference(Report):
    """At a registry the reference is the image ID, which is permitted."""

    trips = FORM
    shows_at = AT_REGISTRY

    def run_image_reference(self) -> str:
        return str(self.run_image.manifest["config"]["digest"])


class _ShortImageIdForReference(Report):
    """The reference is the first twelve digits of the image ID, as the RFC shows it."""

    trips = FORM

    def run_image_reference(self) -> str:
        config = self.run_image.manifest.get("config") or {"digest": self.run_image.reference}
        return str(config["digest"]).removeprefix("sha256:")[:12]


class _BareDigestForReference(Report):
    """The reference is the manifest's digest without a repository."""

    trips = FORM
    shows_at = AT_REGISTRY

    def run_image_reference(self) -> str:
        return self.run_image.reference.partition("@")[2]


FAULTS = faults_of(
    _NoReference,
    _AppImageForReference,
    _ConfigDigestInReference,
    _DigestInTheAppsRepository,
    _DigestOfReferenceCutShort,
    _ManifestEncodedAnew,
    _RepositoryForReference,
    _ReferenceInATable,
    _ShortestImageId,
    _FewDigitsForReference,
    _TagForReference,
    _OldReferenceAfterRebase,
    _ImageIdForReference,
    _ShortImageIdForReference,
    _BareDigestForReference,
)
