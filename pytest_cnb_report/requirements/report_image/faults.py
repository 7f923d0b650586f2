"""Mistakes in what the report says of the app image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tomli

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.exporter import Exporter
from pytest_cnb_report.reference.fault import AT_DAEMON, faults_of
from pytest_cnb_report.reference.image import digest_of
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.report import Report

TAGS = ("report.image.tags",)
DIGEST = ("report.image.digest",)
MANIFEST_SIZE = ("report.image.manifest-size",)
IMAGE_ID = ("report.image.image-id",)


def without(report: dict[str, Any], key: str) -> dict[str, Any]:
    """Leave a key out of a table."""
    return {name: value for name, value in report.items() if name != key}


def with_earlier_tags(path: Path, content: bytes) -> bytes:
    """Add the tags of the report at a path to those of another one."""
    report = tomli.loads(content.decode())
    report["image"]["tags"] += tomltext.read(path, missing_ok=True).get("image", {}).get("tags", [])
    return tomltext.write(report).encode()


class _OnlyTheFirstTag(Report):
    """Of several tags only the first is reported."""

    trips = TAGS

    def tags(self) -> list[str]:
        return super().tags()[:1]


class _NoTags(Report):
    """The report has no tags."""

    trips = TAGS

    def image_table(self) -> dict[str, Any]:
        return without(super().image_table(), "tags")


class _TagsWithoutRegistry(Report):
    """The tags are reported without their registry."""

    trips = TAGS

    def tags(self) -> list[str]:
        return [tag.partition("/")[2] for tag in super().tags()]


class _RunImageAmongTags(Report):
    """The run image's name is reported as another tag of the app image."""

    trips = TAGS

    def tags(self) -> list[str]:
        return [*super().tags(), self.entry.image]


class _InventedTag(Report):
    """A tag `latest` is reported although it was never written."""

    trips = TAGS

    def tags(self) -> list[str]:
        return [*super().tags(), f"{super().tags()[0].rpartition(':')[0]}:latest"]


class _EarlierTagsKept(Rebaser):
    """The tags of the report that is at the path already are kept beside the new ones."""

    trips = TAGS
    scenarios = ("earlier-report",)

    def write_file(self, path: Path, content: bytes) -> None:
        super().write_file(path, with_earlier_tags(path, content))


class _EarlierTagsKeptByExport(Exporter):
    """The exporter keeps the tags of the report that is at the path already."""

    trips = TAGS
    scenarios = ("earlier-report",)

    def write_file(self, path: Path, content: bytes) -> None:
        super().write_file(path, with_earlier_tags(path, content))


class _PreviousImageAmongTags(Report):
    """The name of the original image is reported as a tag of the rebased image."""

    trips = TAGS

    def tags(self) -> list[str]:
        return [*super().tags(), *([self.before.name] if self.before else [])]


class _ConfigDigestForDigest(Report):
    """The digest is the image ID and not the manifest's."""

    trips = DIGEST

    def digest(self) -> str:
        return digest_of(json.dumps(self.app.config, separators=(",", ":")).encode())


class _RunImageDigestForDigest(Report):
    """The digest is the run image's and not the app image's."""

    trips = DIGEST

    def digest(self) -> str:
        return self.run_image.reference.rpartition("@")[2]


class _DigestFromBefore(Report):
    """After a rebase the digest is still that of the image that was rebased."""

    trips = DIGEST

    def digest(self) -> str:
        return self.before.reference.rpartition("@")[2] if self.before else super().digest()


class _DigestWithoutAlgorithm(Report):
    """The digest is reported without `sha256:`."""

    trips = DIGEST

    def digest(self) -> str:
        return super().digest().removeprefix("sha256:")


class _DigestInUpperCase(Report):
    """The digest is reported in upper-case digits."""

    trips = DIGEST

    def digest(self) -> str:
        return super().digest().upper().replace("SHA256", "sha256")


class _NoDigest(Report):
    """The digest is left out of the report."""

    trips = DIGEST

    def image_table(self) -> dict[str, Any]:
        return without(super().image_table(), "digest")


class _ImageIdAtARegistryAlone(Report):
    """At a registry, the report has an image ID instead of the digest."""

    trips = DIGEST

    def image_table(self) -> dict[str, Any]:
        return {**without(super().image_table(), "digest"), "image-id": self.digest()}


class _ConfigSizeForManifestSize(Report):
    """The manifest size is that of the config."""

    trips = MANIFEST_SIZE

    def manifest_size(self) -> int:
        return len(json.dumps(self.app.config, separators=(",", ":")))


class _ImageSizeForManifestSize(Report):
    """The manifest size is the total size of everything that the manifest names."""

    trips = MANIFEST_SIZE

    def manifest_size(self) -> int:
        layers = self.run_image.manifest.get("layers") or []
        return super().manifest_size() + sum(int(layer["size"]) for layer in layers)


class _ManifestSizeWithNewline(Report):
    """The manifest size counts a newline that is not pushed."""

    trips = MANIFEST_SIZE

    def manifest_size(self) -> int:
        return super().manifest_size() + 1


class _NoManifestSize(Report):
    """The manifest size is left out of the report."""

    trips = MANIFEST_SIZE

    def image_table(self) -> dict[str, Any]:
        return without(super().image_table(), "manifest-size")


class _ShortImageId(Report):
    """The image ID is cut to twelve digits, as Docker shows it."""

    trips = IMAGE_ID
    shows_at = AT_DAEMON

    def image_id(self) -> str:
        return super().image_id().removeprefix("sha256:")[:12]


class _NoImageId(Report):
    """The image ID is left out of the report."""

    trips = IMAGE_ID
    shows_at = AT_DAEMON

    def image_table(self) -> dict[str, Any]:
        return without(super().image_table(), "image-id")


class _RunImageIdForImageId(Report):
    """The image ID is the run image's and not the app image's."""

    trips = IMAGE_ID
    shows_at = AT_DAEMON

    def image_id(self) -> str:
        return self.run_image.reference


class _ImageIdFromBefore(Report):
    """After a rebase the image ID is still that of the image that was rebased."""

    trips = IMAGE_ID
    shows_at = AT_DAEMON

    def image_id(self) -> str:
        return self.before.reference if self.before else super().image_id()


class _ImageIdUnderDigest(Report):
    """In a daemon, the image ID is reported as the digest."""

    trips = IMAGE_ID
    shows_at = AT_DAEMON

    def image_table(self) -> dict[str, Any]:
        return {**without(super().image_table(), "image-id"), "digest": self.image_id()}


class _NoTagsOfNoChange(Report):
    """A repeated rebase, which changes nothing, reports no tags."""

    trips = TAGS
    scenarios = ("twice",)

    def tags(self) -> list[str]:
        same = self.before is not None and self.before.config == self.app.config
        return [] if same else super().tags()


FAULTS = faults_of(
    _NoTagsOfNoChange,
    _OnlyTheFirstTag,
    _NoTags,
    _TagsWithoutRegistry,
    _RunImageAmongTags,
    _InventedTag,
    _EarlierTagsKept,
    _EarlierTagsKeptByExport,
    _PreviousImageAmongTags,
    _ConfigDigestForDigest,
    _RunImageDigestForDigest,
    _DigestFromBefore,
    _DigestWithoutAlgorithm,
    _DigestInUpperCase,
    _NoDigest,
    _ImageIdAtARegistryAlone,
    _ConfigSizeForManifestSize,
    _ImageSizeForManifestSize,
    _ManifestSizeWithNewline,
    _NoManifestSize,
    _ShortImageId,
    _NoImageId,
    _RunImageIdForImageId,
    _ImageIdFromBefore,
    _ImageIdUnderDigest,
)
