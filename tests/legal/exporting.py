"""App images that are exported with other labels, another config, or other layers of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone

from pytest_cnb_report.reference.exported import (
    ExportedConfig,
    ExportedLayers,
    ExportedMetadata,
    Made,
)
from pytest_cnb_report.reference.image import Json, Layer

from .seen import blobs, config
from .table_rows import rows
from .variation import EXPORTS, Variation

_OWN = (
    "Platform specification, exporter: the labels and keys that it lists are asked for, and no"
    " others are forbidden."
)
_LABEL = "Platform specification, io.buildpacks.lifecycle.metadata: a JSON object with these keys."
_IMAGE = "OCI image specification, Image configuration: {}."


def with_labels(change: Callable[[dict[str, str]], dict[str, str]]) -> type[ExportedConfig]:
    """Return the part that writes other labels."""

    class Labelled(ExportedConfig):
        def labels(self, metadata: str) -> dict[str, str]:
            return change(super().labels(metadata))

    return Labelled


def with_config(change: Callable[[Json], Json]) -> type[ExportedConfig]:
    """Return the part that writes another config."""

    class Configured(ExportedConfig):
        def config(self, layers: Sequence[Layer], made: Sequence[Made], metadata: str) -> Json:
            return change(super().config(layers, made, metadata))

    return Configured


def with_execution(**more: object) -> type[ExportedConfig]:
    """Return the part that adds to how the app runs."""
    return with_config(lambda document: {**document, "config": {**document["config"], **more}})


def with_metadata(change: Callable[[Json], Json]) -> type[ExportedMetadata]:
    """Return the part that says something else in the metadata label."""

    class Described(ExportedMetadata):
        def document(self) -> Json:
            return change(super().document())

    return Described


def with_label_text(spell: Callable[[Json], str]) -> type[ExportedMetadata]:
    """Return the part that spells the metadata label in another way."""

    class Spelled(ExportedMetadata):
        def label(self) -> str:
            return spell(self.document())

    return Spelled


def _exported(name: str, what: str, part: type, why: str = _OWN) -> Variation:
    return Variation(name, what, why, (part,), cases=EXPORTS, shows=config)


def _edit_run_image(document: Json, change: Callable[[Json], Json]) -> Json:
    return {**document, "runImage": change(document["runImage"])}


def _same_stack(document: Json) -> Json:
    return {**document, "stack": {"runImage": document["runImage"]}}


def _empty_mirrors(document: Json) -> Json:
    without = {"mirrors": [], **document["runImage"]}
    return {**document, "runImage": without, "stack": {"runImage": {"mirrors": [], **without}}}


def explicit(layer: Json) -> Json:
    """Say of a layer what it is not, too."""
    return {"cache": False, "build": False, "data": None, **layer}


def brief(layer: Json) -> Json:
    """Leave out of a layer what is false or null."""
    return {key: value for key, value in layer.items() if value}


def each_layer(change: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Change what the metadata label says of each layer of a buildpack."""

    def edit(document: Json) -> Json:
        buildpacks = [
            {**each, "layers": {name: change(layer) for name, layer in each["layers"].items()}}
            for each in document["buildpacks"]
        ]
        return {**document, "buildpacks": buildpacks}

    return edit


class _MetadataByImageId(ExportedMetadata):
    def reference(self) -> str:
        return str(self.base.manifest["config"]["digest"])


class _MetadataWithTag(ExportedMetadata):
    def reference(self) -> str:
        name, at, digest = super().reference().rpartition("@")
        return f"{name}:any-tag{at}{digest}"


LABELS = (
    _exported(
        "labels-of-the-lifecycle",
        "The app image has labels of the lifecycle's own, some of them near the prefixes.",
        with_labels(
            lambda labels: {
                **labels,
                "io.buildpacks.exporter": "1",
                "io.buildpacks.stackless": "x",
                "org.example.<label>": "\u00e9 & \u2028",
                "empty": "",
            }
        ),
    ),
    _exported(
        "labels-of-oci",
        "The app image has OCI's labels.",
        with_labels(
            lambda labels: {
                **labels,
                "org.opencontainers.image.base.name": "registry.example/run:1",
                "org.opencontainers.image.created": "1980-01-01T00:00:01Z",
            }
        ),
    ),
    _exported(
        "labels-sorted",
        "Labels are sorted.",
        with_labels(lambda labels: dict(sorted(labels.items()))),
        "RFC 8259: the members of an object are in no order.",
    ),
    _exported(
        "rebasable-by-the-letter",
        "The app image says that it cannot be rebased.",
        with_labels(lambda labels: {**labels, "io.buildpacks.rebasable": "false"}),
        "Question rebasable-of-an-app: the exporter's outputs say so of what was not extended.",
    ),
)

METADATA = (
    *(
        _exported(
            f"metadata-{name}",
            f"The metadata label is written {how}.",
            with_label_text(spell),
            "RFC 8259: white space, order and escapes do not change a JSON value.",
        )
        for name, how, spell in (
            ("indented", "on many lines", lambda d: json.dumps(d, indent=2)),
            ("sorted", "with sorted keys", lambda d: json.dumps(d, sort_keys=True)),
            ("escaped", "with escapes", lambda d: json.dumps(d).replace("/", "\\/")),
            ("padded", "with white space around", lambda d: f" \r\n\t{json.dumps(d)}\n"),
        )
    ),
    _exported(
        "metadata-more-keys",
        "The metadata label has keys that no document defines.",
        with_metadata(lambda d: {**d, "org.example": {"a": [1, None, 2**70]}, "runimage": {}}),
        _LABEL,
    ),
    _exported(
        "metadata-more-of-the-run-image",
        "`runImage` has keys that no document defines.",
        with_metadata(
            lambda d: _edit_run_image(
                d, lambda run: {**run, "digest": "none", "target": {"os": "linux"}}
            )
        ),
        _LABEL,
    ),
    _exported(
        "metadata-whole-stack",
        "`stack.runImage` repeats all of `runImage`.",
        with_metadata(_same_stack),
        "Question stack-key-scope: the same data.",
    ),
    _exported(
        "metadata-empty-mirrors",
        "Where there are no mirrors, there is an empty array.",
        with_metadata(_empty_mirrors),
        "Question empty-mirrors: it says what none does.",
    ),
    _exported(
        "metadata-explicit",
        "The metadata label says what is false or null.",
        with_metadata(each_layer(explicit)),
        "Question absent-boolean: false is what absent is.",
    ),
    _exported(
        "metadata-brief",
        "The metadata label leaves out what is false or null.",
        with_metadata(each_layer(brief)),
        "Question absent-boolean: absent is what false is.",
    ),
    _exported(
        "metadata-by-image-id",
        "`runImage.reference` is the image ID.",
        _MetadataByImageId,
        "Question image-id-at-registry: either form identifies.",
    ),
    _exported(
        "metadata-with-tag",
        "`runImage.reference` is a digest behind a tag.",
        _MetadataWithTag,
        "Question tag-as-reference: a digest cannot be moved, whatever tag is before it.",
    ),
)


def _history(change: Callable[[list[Json]], list[Json] | None]) -> type[ExportedConfig]:
    return with_config(lambda document: {**document, "history": change(document["history"])})


def _an_hour_east(created: str) -> str:
    there = datetime.strptime(created, "%Y-%m-%dT%H:%M:%S%z").astimezone(
        timezone(timedelta(hours=1))
    )
    return there.strftime("%Y-%m-%dT%H:%M:%S.0+01:00")


_HISTORY = _IMAGE.format("history is optional, and so is each of its keys")

CONFIG = (
    _exported(
        "config-more-keys",
        "The config has keys that others write.",
        with_config(
            lambda d: {
                **d,
                "docker_version": "20.10",
                "os.version": "1.2",
                "os.features": ["a"],
                "author": "",
                "container": "x",
                "moby.buildkit.buildinfo.v1": "e30=",
                "parent": "",
            }
        ),
        _IMAGE.format("implementations ignore keys that they do not know"),
    ),
    _exported(
        "execution-more-keys",
        "How the app runs has more keys.",
        with_execution(
            Cmd=[],
            ArgsEscaped=True,
            Hostname="",
            Image="",
            Tty=False,
            Volumes=None,
            OnBuild=[],
            StopTimeout=10,
            Domainname="",
        ),
        _IMAGE.format("every key there is optional, and null is what absent is"),
    ),
    _exported(
        "created-epoch",
        "The app image was created in 1970.",
        with_config(lambda d: {**d, "created": "1970-01-01T00:00:00.000000000+00:00"}),
        "Platform specification, Build Reproducibility: the time is a constant.",
    ),
    Variation(
        "created-in-another-zone",
        "The time that is given is written in another zone.",
        "OCI image specification, config: created is a time as RFC 3339 has it, of any zone.",
        (with_config(lambda d: {**d, "created": _an_hour_east(d["created"])}),),
        cases=rows("exporter", epoch="yes", count=2),
        shows=config,
    ),
    _exported(
        "history-told",
        "History has more to say, and empty layers.",
        _history(
            lambda h: [
                *({**e, "comment": "a <b>", "author": "me"} for e in h),
                {"created_by": "ENV a=b", "empty_layer": True},
            ]
        ),
        _HISTORY,
    ),
    _exported(
        "history-short",
        "History has no times.",
        _history(lambda h: [{"created_by": "x"} for _ in h]),
        _HISTORY,
    ),
    _exported(
        "history-none",
        "There is no history.",
        with_config(lambda d: {k: v for k, v in d.items() if k != "history"}),
        _HISTORY,
    ),
    _exported("history-null", "History is null.", _history(lambda _: None), _HISTORY),
    _exported(
        "keys-reversed",
        "The config's keys are in reverse order.",
        with_config(lambda d: dict(reversed(list(d.items())))),
        "RFC 8259: the members of an object are in no order.",
    ),
)


class _OneMoreLayer(ExportedLayers):
    def metadata(self) -> Json:
        metadata = super().metadata()
        self.add(b"\0" * 1024, "an empty layer")
        return metadata


class _AppLast(ExportedLayers):
    def metadata(self) -> Json:
        metadata = super().metadata()
        self.made.reverse()
        return metadata


LAYERS = (
    Variation(
        "layer-more",
        "The app image has an empty layer at the top.",
        _OWN,
        (_OneMoreLayer,),
        cases=EXPORTS,
        shows=blobs,
    ),
    Variation(
        "layers-reversed",
        "The app's own layers are in reverse order.",
        "Platform specification, exporter: lists the layers, and gives their order nowhere.",
        (_AppLast,),
        cases=EXPORTS,
        shows=blobs,
    ),
)


class _NamedBelow012(ExportedMetadata):
    def run_image(self) -> Json:
        return {**super().run_image(), **self.names()}


OLDER = (
    Variation(
        "names-in-the-label-below-0.12",
        "Below platform API 0.12 the label names the run image in `runImage`, too.",
        _LABEL,
        (_NamedBelow012,),
        cases=("exporter plain", "creator plain", "rebaser plain", "rebaser twice"),
        shows=config,
        platform_api="0.11",
    ),
)

EXPORTING = (*LABELS, *METADATA, *CONFIG, *LAYERS, *OLDER)
