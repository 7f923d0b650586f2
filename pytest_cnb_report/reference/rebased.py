"""The parts of a rebased image: layers, labels, metadata, and the rest of its configuration."""

from __future__ import annotations

import json
from typing import Any

from pytest_cnb_report.reference.errors import REBASE_ERROR, PhaseError
from pytest_cnb_report.reference.image import Image, Json, Layer
from pytest_cnb_report.reference.inputs import RUN_TOML, Api
from pytest_cnb_report.reference.target import CONFIG_KEYS

CREATED = "1980-01-01T00:00:01Z"
"""The time that every image is created at, so that equal inputs make equal images."""

LIFECYCLE_METADATA = "io.buildpacks.lifecycle.metadata"
STACK_LABELS = "io.buildpacks.stack."
BASE_LABELS = "io.buildpacks.base."


def lifecycle_metadata(app: Image) -> Json:
    """Read the label that an exporter left; raises PhaseError (exit 72) where there is none."""
    try:
        metadata = json.loads(app.labels.get(LIFECYCLE_METADATA, ""))
    except ValueError as error:
        raise PhaseError(
            REBASE_ERROR, f"label {LIFECYCLE_METADATA} of {app.name}: {error}"
        ) from error
    if not isinstance(metadata, dict):
        raise PhaseError(
            REBASE_ERROR, f"label {LIFECYCLE_METADATA} of {app.name} is no JSON object"
        )
    return metadata


class RebasedLayers:
    """The new run image's layers, and above them the app's own."""

    def __init__(self, app: Image, run_image: Image, old_top_layer: str) -> None:
        self.app = app
        self.run_image = run_image
        self.old_top_layer = old_top_layer

    def layers(self) -> tuple[Layer, ...]:
        """Stack them."""
        return (*self.base(), *self.own())

    def history(self) -> list[Json]:
        """Say of each layer how it came to be, as far as the two images do."""
        return [*history_of(self.run_image), *own_history(self.app, self.depth())]

    def base(self) -> tuple[Layer, ...]:
        """The layers of the new run image."""
        return self.run_image.layers

    def own(self) -> tuple[Layer, ...]:
        """The layers of the app image that are not its old run image's."""
        return self.app.layers[self.depth() :]

    def depth(self) -> int:
        """Count the layers up to and including the old run image's top layer.

        A run image may hold one layer twice: the last of them is the top. Raises PhaseError (exit
        72) where there is none.
        """
        diff_ids = self.app.diff_ids
        if self.old_top_layer not in diff_ids:
            raise PhaseError(
                REBASE_ERROR, f"could not find base layer {self.old_top_layer!r} in image"
            )
        return len(diff_ids) - diff_ids[::-1].index(self.old_top_layer)


class RebasedLabels:
    """The app image's labels, those about the run image taken from the new one."""

    def __init__(self, api: Api, old: dict[str, str], new: dict[str, str]) -> None:
        self.api = api
        self.old = old
        self.new = new

    def labels(self) -> dict[str, str]:
        """Keep the app image's other labels, and copy the new run image's own."""
        kept = {key: value for key, value in self.old.items() if self.is_kept(key)}
        return {**kept, **self.copied()}

    def copied(self) -> dict[str, str]:
        """What the new run image says of itself, byte for byte."""
        return {key: self.value(key) for key in self.new if self.is_copied(key)}

    def is_kept(self, key: str) -> bool:
        """Whether a label of the app image stays."""
        return not self.is_about_run_image(key)

    def is_copied(self, key: str) -> bool:
        """Whether a label of the new run image is copied."""
        return self.is_about_run_image(key)

    def is_about_run_image(self, key: str) -> bool:
        """Whether a label describes the run image and not the app."""
        return key.startswith(self.prefixes())

    def prefixes(self) -> tuple[str, ...]:
        """What the names of such labels begin with."""
        return (STACK_LABELS, BASE_LABELS) if self.api >= RUN_TOML else (STACK_LABELS,)

    def value(self, key: str) -> str:
        """The value that a copied label takes."""
        return self.new[key]


class RebasedMetadata:
    """The `io.buildpacks.lifecycle.metadata` label, brought up to date and otherwise as it was."""

    def __init__(self, api: Api, old: Json, run_image: Image, *, listed: bool) -> None:
        self.api = api
        self.old = old
        self.run_image = run_image
        self.listed = listed

    def label(self) -> str:
        """Spell it as JSON; keys that nobody here knows and numbers of any size come through."""
        return json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"))

    def document(self) -> Json:
        """Replace what the specification has replaced."""
        document = {**self.old, "runImage": self.run_image_key()}
        if self.is_renamed():
            document["stack"] = {
                **(self.old.get("stack") or {}),
                "runImage": {"image": self.given_name()},
            }
        return document

    def run_image_key(self) -> dict[str, Any]:
        """Describe the new run image; the names that the platform gave it stay."""
        described = dict(self.old.get("runImage") or {})
        described["topLayer"] = self.top_layer()
        described["reference"] = self.reference()
        if self.is_renamed():
            described["image"] = self.given_name()
            described.pop("mirrors", None)
        return described

    def top_layer(self) -> str:
        """The diff ID of the new run image's top layer."""
        return self.run_image.diff_ids[-1]

    def reference(self) -> str:
        """What identifies the new run image."""
        return self.run_image.reference

    def is_renamed(self) -> bool:
        """Whether the app image is forced onto a run image that it does not list."""
        return self.api >= RUN_TOML and not self.listed

    def given_name(self) -> str:
        """The name that the platform gave the new run image."""
        return self.run_image.name


class RebasedConfig:
    """The app image's configuration around new layers and labels."""

    def __init__(self, api: Api, app: Image, run_image: Image, *, force: bool) -> None:
        self.api = api
        self.app = app
        self.run_image = run_image
        self.force = force

    def config(
        self, layers: tuple[Layer, ...], history: list[Json], labels: dict[str, str]
    ) -> Json:
        """Keep everything but what a rebase changes."""
        return {
            **self.app.config,
            **self.target(),
            "created": self.created(),
            "config": {**self.execution(), "Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
            "history": history,
        }

    def execution(self) -> Json:
        """Env, Entrypoint, User and all else that says how the app runs."""
        return self.app.config.get("config") or {}

    def target(self) -> dict[str, str]:
        """With `-force`, what the new run image says that it runs on; else nothing changes."""
        if not (self.force and self.api >= RUN_TOML):
            return {}
        return {
            key: self.run_image.config[key] for key in CONFIG_KEYS if self.run_image.config.get(key)
        }

    def created(self) -> str:
        """When the image was made."""
        return CREATED


def history_of(image: Image) -> list[Json]:
    """Take over an image's history; where it leaves layers out, say only that each is there."""
    if _layers_told(image.history) == len(image.layers):
        return image.history
    return [{"created": CREATED} for _ in image.layers]


def own_history(app: Image, depth: int) -> list[Json]:
    """Take over what the history says of the layers above `depth`."""
    history, passed = history_of(app), 0
    for position, entry in enumerate(history):
        if not entry.get("empty_layer"):
            passed += 1
            if passed > depth:
                return history[position:]
    return []


def _layers_told(history: list[Json]) -> int:
    return sum(not entry.get("empty_layer") for entry in history)
