"""Rebases that leave another image, and one that the specification allows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from pytest_cnb_report.reference.image import Json, Layer
from pytest_cnb_report.reference.rebased import (
    RebasedConfig,
    RebasedLabels,
    RebasedLayers,
    RebasedMetadata,
)

from .exporting import brief, each_layer, explicit
from .seen import Aspect, config
from .variation import REBASES, Variation

_SCOPE = "Question identical-scope: layers, labels, config fields and defined metadata count."
_JSON = "RFC 8259: white space, order and escapes do not change a JSON value."
_TIME = "Question created-constant: any time that does not depend on when the rebase is made."


def with_config(change: Callable[[RebasedConfig, Json], Json]) -> type[RebasedConfig]:
    """Return the part that writes another config."""

    class Configured(RebasedConfig):
        def config(
            self, layers: tuple[Layer, ...], history: list[Json], labels: dict[str, str]
        ) -> Json:
            return change(self, super().config(layers, history, labels))

    return Configured


def with_metadata(change: Callable[[Json], Json]) -> type[RebasedMetadata]:
    """Return the part that says something else in the metadata label."""

    class Described(RebasedMetadata):
        def document(self) -> Json:
            return change(super().document())

    return Described


def with_label_text(spell: Callable[[Json], str]) -> type[RebasedMetadata]:
    """Return the part that spells the metadata label in another way."""

    class Spelled(RebasedMetadata):
        def label(self) -> str:
            return spell(self.document())

    return Spelled


def created(time: str) -> type[RebasedConfig]:
    """Return the part that says another time."""
    return with_config(lambda _, document: {**document, "created": time})


def history(change: Callable[[list[Json]], Any]) -> type[RebasedLayers]:
    """Return the part that tells another history."""

    class Told(RebasedLayers):
        def history(self) -> list[Json]:
            told: list[Json] = change(super().history())
            return told

    return Told


class _CreatedAsBefore(RebasedConfig):
    def created(self) -> str:
        return str(self.app.config.get("created"))


class _Emptied(RebasedConfig):
    """Writes every field of `config` that is not set, as null or empty."""

    def execution(self) -> Json:
        none: Json = {
            "Cmd": None,
            "Volumes": None,
            "ExposedPorts": {},
            "OnBuild": [],
            "StopSignal": "",
        }
        return {**none, **super().execution(), "Hostname": "", "AttachStdin": False}


class _Compact(RebasedConfig):
    def execution(self) -> Json:
        return {key: value for key, value in super().execution().items() if value}


class _LabelsSorted(RebasedLabels):
    def labels(self) -> dict[str, str]:
        return dict(sorted(super().labels().items(), reverse=True))


class _ByImageId(RebasedMetadata):
    def reference(self) -> str:
        return str(self.run_image.manifest["config"]["digest"])


class _ByDigestAndTag(RebasedMetadata):
    def reference(self) -> str:
        name, at, digest = super().reference().rpartition("@")
        return f"{name}:stable{at}{digest}"


class _StackMoves(RebasedMetadata):
    """Repeats all of `runImage` below `stack`."""

    def document(self) -> Json:
        document = super().document()
        return {**document, "stack": {"runImage": document["runImage"]}}


class _StackStays(RebasedMetadata):
    def document(self) -> Json:
        return {**super().document(), "stack": self.old["stack"]}


class _EmptyMirrors(RebasedMetadata):
    def run_image_key(self) -> Json:
        return {"mirrors": [], **super().run_image_key()}


class _UnknownDropped(RebasedMetadata):
    def document(self) -> Json:
        known = ("app", "sbom", "config", "launcher", "buildpacks", "runImage", "stack", "exec-env")
        return {key: value for key, value in super().document().items() if key in known}


class _BackAndForth(RebasedMetadata):
    """Writes keys in the order opposite to the one that it found."""

    def document(self) -> Json:
        return dict(reversed(list(super().document().items())))


def _new_version(part: RebasedConfig, document: Json) -> Json:
    """Take what else the new run image says that it runs on."""
    new = {"os.version": part.run_image.config.get("os.version", "10.0"), "os.features": []}
    return {**document, **new}


def _rebased(
    name: str,
    what: str,
    part: type,
    why: str = _SCOPE,
    *,
    shows: Aspect = config,
    **more: Any,  # noqa: ANN401
) -> Variation:
    return Variation(name, what, why, (part,), **{"cases": REBASES, "shows": shows, **more})


CONFIG = (
    _rebased("rebased-created-as-before", "The created time stays.", _CreatedAsBefore, _TIME),
    *(
        _rebased(f"rebased-created-{name}", f"The created time is {what}.", created(time), _TIME)
        for name, what, time in (
            ("epoch", "in 1970", "1970-01-01T00:00:00Z"),
            ("year-1", "in the year 1", "0001-01-01T00:00:00Z"),
            ("zone", "in another zone", "1980-01-01T00:00:01.000000001+05:30"),
            ("future", "in 2999", "2999-12-31T23:59:59.5-01:00"),
            ("lower-case", "written in lower case", "1980-01-01t00:00:01z"),
            ("leap-second", "a leap second", "1990-12-31T23:59:60Z"),
            ("year-0", "in the year 0", "0000-01-01T00:00:00Z"),
            ("precise", "precise to a picosecond", "1980-01-01T00:00:01.000000000001-00:00"),
        )
    ),
    _rebased(
        "rebased-created-today",
        "The created time is a constant of today, such as when the lifecycle was built.",
        created(datetime.now(timezone.utc).strftime("%Y-%m-%dT00:00:00Z")),
        _TIME,
        false_alarm="rebase.created.constant warns of any time within a day of the rebase",
    ),
    _rebased(
        "rebased-more-keys",
        "The config has keys that others write.",
        with_config(lambda _, d: {**d, "docker_version": "", "container_config": {}}),
    ),
    _rebased(
        "rebased-os-version",
        "The version of the operating system is the new run image's.",
        with_config(_new_version),
    ),
    _rebased(
        "rebased-empty-variant",
        "An absent variant is written as an empty one.",
        with_config(lambda _, d: {"variant": "", **d}),
        "OCI image specification, Image configuration: an empty variant names none.",
    ),
    _rebased(
        "rebased-nulls",
        "Fields that are not set are null or empty.",
        _Emptied,
        "OCI image specification, Image configuration: null is what absent is.",
    ),
    _rebased(
        "rebased-compact",
        "Fields that are empty are left out.",
        _Compact,
        "OCI image specification, Image configuration: absent is what empty is.",
        cases=("rebaser plain", "rebaser twice"),
    ),
    _rebased("rebased-labels-sorted", "Labels are in another order.", _LabelsSorted, _JSON),
)

HISTORY = tuple(
    _rebased(f"rebased-history-{name}", f"History {what}.", history(change))
    for name, what, change in (
        ("none", "is empty", lambda _: []),
        ("null", "is null", lambda _: None),
        (
            "plain",
            "says only that layers are there",
            lambda h: [{"created": "1980-01-01T00:00:01Z"} for e in h if not e.get("empty_layer")],
        ),
        (
            "told",
            "says that there was a rebase",
            lambda h: [
                *({**e, "comment": "rebased"} for e in h),
                {"created_by": "rebase", "empty_layer": True},
            ],
        ),
    )
)

METADATA = (
    *(
        _rebased(
            f"rebased-metadata-{name}",
            f"The metadata label is written {how}.",
            with_label_text(spell),
            _JSON,
        )
        for name, how, spell in (
            ("indented", "on many lines", lambda d: json.dumps(d, indent=2)),
            ("sorted", "with sorted keys", lambda d: json.dumps(d, sort_keys=True)),
            ("escaped", "with escapes", lambda d: json.dumps(d).replace("/", "\\/")),
            ("padded", "with white space around", lambda d: f"\n {json.dumps(d)}\t"),
        )
    ),
    _rebased(
        "rebased-metadata-back-and-forth",
        "The metadata label's keys are in the order opposite to the one before.",
        _BackAndForth,
        _JSON,
        false_alarm="rebase.labels.idempotent compares the metadata label byte by byte; it is"
        " to compare it as JSON",
    ),
    _rebased(
        "rebased-metadata-explicit",
        "The metadata label says what is false or null.",
        with_metadata(each_layer(explicit)),
        "Question absent-boolean: false is what absent is.",
    ),
    _rebased(
        "rebased-metadata-brief",
        "The metadata label leaves out what is false or null.",
        with_metadata(each_layer(brief)),
        "Question absent-boolean: absent is what false is.",
    ),
    _rebased(
        "rebased-metadata-known-keys",
        "Unknown keys of the metadata label are dropped.",
        _UnknownDropped,
        "Question unknown-metadata-keys: a MAY, which is observed alone.",
    ),
    _rebased(
        "rebased-metadata-by-image-id",
        "`runImage.reference` is the image ID.",
        _ByImageId,
        "Question image-id-at-registry: either form identifies.",
    ),
    _rebased(
        "rebased-metadata-with-tag",
        "`runImage.reference` is a digest behind a tag.",
        _ByDigestAndTag,
        "Question tag-as-reference: a digest cannot be moved, whatever tag is before it.",
    ),
    _rebased(
        "rebased-stack-stays",
        "`stack` stays after a forced rebase.",
        _StackStays,
        "Question forced-unlisted-stack-key, read either way.",
    ),
    _rebased(
        "rebased-empty-mirrors",
        "Where there are no mirrors, there is an empty array.",
        _EmptyMirrors,
        "Question empty-mirrors: it says what none does.",
    ),
)

REBASING = (*CONFIG, *HISTORY, *METADATA)
