"""The image at the registry: what its manifest says of each blob."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_cnb_report.images.model import sha256
from pytest_cnb_report.observe.image import AppImage, Form
from pytest_cnb_report.observe.observation import Observation

from .examples import Example, nothing_to_judge, right, untestable, wrong
from .observations import Document, Edit, app, app_of, failed, no_app

EXPORT = "draft/exporter-plain"
REBASE = "draft/rebaser-plain"
SEVERAL = "draft/exporter-several-tags"
SIZE = "image.descriptors.size"
MEDIA_TYPE = "image.descriptors.media-type"
OCI, DOCKER = "application/vnd.oci.image.", "application/vnd.docker."


def _as_said(image: AppImage) -> AppImage:
    layers = json.loads(image.manifest or b"{}")["layers"]
    facts = (
        replace(facts, size=layer["size"], form="gzip")
        for facts, layer in zip(image.layers, layers, strict=True)
    )
    return replace(image, layers=tuple(facts))


looked_at = app(_as_said)
"""The records do not say how blobs are stored: they are as the manifest says."""


def manifest(change: Callable[[Document], object]) -> Edit:
    """Change the manifest in place, not what is stored."""

    def edit(image: AppImage) -> AppImage:
        document = json.loads(image.manifest or b"{}")
        change(document)
        content = json.dumps(document).encode()
        return replace(image, manifest=content, digest=sha256(content))

    return app(edit)


def config_says(**changes: object) -> Edit:
    return manifest(lambda document: document["config"].update(changes))


def layer_says(number: int, **changes: object) -> Edit:
    return manifest(lambda document: document["layers"][number].update(changes))


def without(key: str) -> Edit:
    def drop(document: Document) -> None:
        for each in (document["config"], document["layers"][0]):
            del each[key]

    return manifest(drop)


def stored_as(form: Form) -> Edit:
    """Store every layer in this way, whatever the manifest says."""
    return app(
        lambda image: replace(image, layers=tuple(replace(f, form=form) for f in image.layers))
    )


def damaged(number: int) -> Edit:
    """Have a layer without a blob, which the requirements about layers are about."""

    def edit(image: AppImage) -> AppImage:
        layers = list(image.layers)
        layers[number] = replace(layers[number], diff_id=None, size=None, form=None)
        return replace(image, layers=tuple(layers))

    return app(edit)


def of_config(seen: Observation) -> int:
    return len(app_of(seen).config)


SIZES = (
    right(SIZE, "of an export", EXPORT, looked_at),
    right(SIZE, "of a rebase", REBASE, looked_at),
    right(SIZE, "under three tags", SEVERAL, looked_at),
    right(SIZE, "a layer that is missing", EXPORT, looked_at, damaged(0), layer_says(0, size=1)),
    wrong(
        SIZE,
        "of the config",
        EXPORT,
        looked_at,
        config_says(size=7),
        words="a size in the manifest is not that of the stored blob",
        expected=lambda seen: {"the config": of_config(seen)},
        actual={"the config": 7},
    ),
    wrong(
        SIZE,
        "of a layer",
        REBASE,
        looked_at,
        layer_says(2, size=10240),
        words="a size in the manifest",
        expected=lambda seen: {"layer 2": app_of(seen).layers[2].size},
        actual={"layer 2": 10240},
    ),
    wrong(
        SIZE,
        "as text",
        EXPORT,
        looked_at,
        config_says(size="7"),
        layer_says(0, size=True),
        words="a size in the manifest",
        actual={"the config": "7", "layer 0": True},
    ),
    wrong(
        SIZE,
        "left out",
        EXPORT,
        looked_at,
        without("size"),
        words="a size in the manifest",
        actual={"the config": None, "layer 0": None},
    ),
    wrong(
        SIZE,
        "of the config under each tag",
        SEVERAL,
        looked_at,
        config_says(size=7),
        words="a size in the manifest",
        actual={"the config": 7},
    ),
)


def types_of(form: Form, *media_types: str) -> tuple[Example, ...]:
    """Every layer is stored in one form, and the first has one of these media types."""
    suffix = {"gzip": "+gzip", "zstd": "+zstd", "tar": ""}[form]
    others = manifest(
        lambda document: [
            layer.update(mediaType=f"{OCI}layer.v1.tar{suffix}") for layer in document["layers"]
        ]
    )
    return tuple(
        right(
            MEDIA_TYPE,
            f"{media_type} as {form}",
            EXPORT,
            looked_at,
            stored_as(form),
            others,
            layer_says(0, mediaType=media_type),
        )
        for media_type in media_types
    )


def no_layer(media_type: str, what: object) -> Example:
    return wrong(
        MEDIA_TYPE,
        f"{media_type} for gzip",
        REBASE,
        looked_at,
        layer_says(1, mediaType=media_type),
        words="a media type in the manifest is not that of the stored blob",
        expected={"layer 1": what},
        actual={"layer 1": media_type},
    )


def no_config(media_type: str) -> Example:
    return wrong(
        MEDIA_TYPE,
        f"{media_type} for the config",
        EXPORT,
        looked_at,
        config_says(mediaType=media_type),
        words="a media type in the manifest",
        expected={"the config": "a config"},
        actual={"the config": media_type},
    )


MEDIA_TYPES = (
    right(MEDIA_TYPE, "of an export", EXPORT, looked_at),
    right(MEDIA_TYPE, "of a rebase", REBASE, looked_at),
    right(
        MEDIA_TYPE,
        "a layer that is missing",
        EXPORT,
        looked_at,
        damaged(0),
        layer_says(0, mediaType=f"{OCI}layer.v1.tar"),
    ),
    right(
        MEDIA_TYPE,
        "of a config of another kind",
        EXPORT,
        looked_at,
        config_says(mediaType="application/vnd.example.config.v1+json"),
    ),
    right(MEDIA_TYPE, "of OCI", EXPORT, looked_at, config_says(mediaType=f"{OCI}config.v1+json")),
    *types_of(
        "gzip",
        f"{OCI}layer.v1.tar+gzip",
        f"{OCI}layer.nondistributable.v1.tar+gzip",
        f"{DOCKER}image.rootfs.diff.tar.gzip",
        f"{DOCKER}image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.example.layer.tar",
    ),
    *types_of("zstd", f"{OCI}layer.v1.tar+zstd", f"{DOCKER}image.rootfs.diff.tar.zstd"),
    *types_of(
        "tar", f"{OCI}layer.v1.tar", f"{DOCKER}image.rootfs.diff.tar", f"{OCI}layer.v2.squashfs"
    ),
    no_layer(f"{OCI}layer.v1.tar", "gzip"),
    no_layer(f"{OCI}layer.v1.tar+zstd", "gzip"),
    no_layer(f"{DOCKER}image.rootfs.diff.tar", "gzip"),
    no_layer(f"{OCI}config.v1+json", "a layer"),
    no_layer(f"{DOCKER}distribution.manifest.v2+json", "a layer"),
    no_layer("", "a media type"),
    no_config(f"{OCI}manifest.v1+json"),
    no_config(f"{OCI}index.v1+json"),
    no_config(f"{DOCKER}image.rootfs.diff.tar.gzip"),
    wrong(
        MEDIA_TYPE,
        "left out",
        EXPORT,
        looked_at,
        without("mediaType"),
        words="a media type in the manifest",
        expected={"the config": "a media type", "layer 0": "a media type"},
        actual={"the config": None, "layer 0": None},
    ),
    wrong(
        MEDIA_TYPE,
        "not compressed",
        EXPORT,
        looked_at,
        stored_as("tar"),
        words="a media type in the manifest",
    ),
)

GENERAL = tuple(
    example
    for requirement in (SIZE, MEDIA_TYPE)
    for example in (
        nothing_to_judge(requirement, "not looked at", EXPORT, words="was not recorded"),
        untestable(
            requirement,
            "no app image",
            REBASE,
            no_app(),
            words="did not leave an app image",
            cause="rebase.succeeds",
        ),
        untestable(
            requirement, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"
        ),
    )
)

EXAMPLES: tuple[Example, ...] = (*SIZES, *MEDIA_TYPES, *GENERAL)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_a_manifest_says_of_its_blobs(example: Example) -> None:
    example.check()
