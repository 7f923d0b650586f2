"""Shapes of run images: every one that has ever broken a lifecycle, as a value."""

from __future__ import annotations

import functools
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.images.build import (
    Compression,
    Flavour,
    build_image,
    build_index,
    build_layer,
    history_for,
    with_annotations,
)
from pytest_cnb_report.images.model import Image, Index, Layer

STACK_ID = "io.acme.stacks.harbor"
HELD_LABELS: Mapping[str, str] = {
    "io.buildpacks.stack.id": STACK_ID,
    "io.buildpacks.stack.mixins": '["mixin-a"]',
    "io.buildpacks.base.distro.name": "acmelinux",
    "io.buildpacks.base.distro.version": "1.0",
    "io.buildpacks.rebasable": "true",
}
"""Labels by which a lifecycle decides whether a rebase is legal; equal on every run image."""

_ANNOTATIONS: Mapping[str, str] = {"org.opencontainers.image.title": "a base of \u00e9 & <others>"}
"""What the manifest of a run image has beside its descriptors, where its media types are OCI's."""

_SHARED = "distribution"

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
HOST_ARCHITECTURE = _ARCHITECTURES.get(platform.machine(), platform.machine())
OTHER_ARCHITECTURE = "s390x" if HOST_ARCHITECTURE != "s390x" else "amd64"


@dataclass(frozen=True)
class Shape(ReprForHypothesis):
    """What a run image looks like; the defaults are what most run images are.

    `labels` are added to those that keep a rebase legal, and win over them.
    """

    layers: int = 2
    shared: int = 0
    """Of its lowest layers, how many every run image has that shares some, whatever its edition: as
    an update of a run image keeps the layers of its distribution. No layer is shared if it is 0."""
    compression: Compression = "gzip"
    flavour: Flavour = "docker"
    history: Literal["full", "none", "with-empty"] = "full"
    repeated_top: bool = False
    index: bool = False
    in_index: Literal["second", "first", "attested", "only", "after-other-os"] = "second"
    """Where in an index it is: behind or before an image for another architecture, beside an entry
    of no platform as attestations have it, alone, or behind one for another operating system."""
    os: str = "linux"
    architecture: str = HOST_ARCHITECTURE
    variant: str | None = None
    labels: Mapping[str, str | None] = field(default_factory=dict)
    """None takes one of the held labels away."""
    own_config: bool = False
    """Whether it has an environment, a user, a command and more of its own, such as an author, and
    no time at which it was created."""

    @property
    def all_labels(self) -> Mapping[str, str]:
        """The labels of a run image of this shape."""
        merged = {**HELD_LABELS, **self.labels}
        return {key: value for key, value in merged.items() if value is not None}


@dataclass(frozen=True)
class RunImage:
    """A run image in the lab: the image for this machine, and the index where it is in one."""

    image: Image
    index: Index | None = None

    @property
    def content(self) -> Image | Index:
        """What a name of the run image points at."""
        return self.index or self.image

    @property
    def digests(self) -> tuple[str, ...]:
        """Manifest digests that identify it: the platform's own first, then the index's."""
        own = (self.image.digest,)
        return own if self.index is None else (*own, self.index.digest)


def build_run_image(
    shape: Shape, *, edition: str, labels: Mapping[str, str] | None = None
) -> RunImage:
    """Build a run image; two editions of one shape share no layer but those that are `shared`.

    Their digests differ in any case.
    """
    layers = [
        _layer(
            _SHARED if number < shape.shared else edition, number, shape.compression, shape.flavour
        )
        for number in range(shape.layers)
    ]
    if shape.repeated_top:
        layers = [layers[-1], *layers]
    history: list[dict[str, object]] | None = None
    if shape.history == "none":
        history = []
    elif shape.history == "with-empty":
        history = history_for(layers, empty=True)
    present = {**shape.all_labels, **(labels or {})}

    def build(architecture: str, os: str = shape.os) -> Image:
        image = build_image(
            layers,
            labels=present,
            env=["PATH=/usr/local/bin:/usr/bin:/bin", f"BASE_BUILD={edition}"],
            settings=_own_config(edition) if shape.own_config else {},
            document=_own_document(edition) if shape.own_config else {},
            os=os,
            architecture=architecture,
            variant=shape.variant,
            history=history,
            flavour=shape.flavour,
        )
        return image if shape.flavour == "docker" else with_annotations(image, _ANNOTATIONS)

    image = build(shape.architecture)
    if not shape.index:
        return RunImage(image)
    if shape.in_index == "only":
        images = [image]
    elif shape.in_index == "first":
        images = [image, build(OTHER_ARCHITECTURE)]
    elif shape.in_index == "attested":
        images = [build("unknown", "unknown"), image]
    elif shape.in_index == "after-other-os":
        images = [build(shape.architecture, "windows"), image]
    else:
        images = [build(OTHER_ARCHITECTURE), image]
    return RunImage(image, build_index(images, flavour=shape.flavour))


def _own_config(edition: str) -> dict[str, object]:
    """What a run image says about itself and not about an app on it."""
    return {
        "Env": ["PATH=/opt/tools:/usr/bin:/bin", f"BASE_BUILD={edition}", "LANG=C.UTF-8", "NONE="],
        "User": "1000:1000",
        "Entrypoint": ["/usr/bin/env"],
        "Cmd": ["sh", "-c", edition],
        "WorkingDir": f"/srv/{edition}",
        "ExposedPorts": {"80/tcp": {}},
        "Volumes": {f"/srv/{edition}/data": {}},
        "StopSignal": "SIGINT",
        "Healthcheck": {"Test": ["CMD", "/usr/bin/true"], "Interval": 60_000_000_000},
        "Shell": ["/bin/bash", "-c"],
        "OnBuild": ["ENV BASE_BUILD="],
    }


def _own_document(edition: str) -> dict[str, object]:
    """What it says beside the `config` object."""
    return {"author": f"Makers of {edition}", "created": None}


@functools.lru_cache(maxsize=2048)
def _layer(edition: str, number: int, compression: Compression, flavour: Flavour) -> Layer:
    return build_layer(_layer_files(edition, number), compression=compression, flavour=flavour)


def _layer_files(edition: str, number: int) -> dict[str, bytes]:
    return {f"usr/share/{edition}/part-{number}": f"{edition} {number}\n".encode() * 8}


def shared_layer_files() -> dict[str, bytes]:
    """Return what is in the lowest layer of every run image whose layers are shared."""
    return _layer_files(_SHARED, 0)


def label_document(value: object) -> str:
    """Encode a label that holds JSON as lifecycles do: no white space."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
