"""Make the app image that a rebase starts from out of the one that the lifecycle exported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.cases import AppEdits, Rebase
from pytest_cnb_report.drive.shapes import label_document
from pytest_cnb_report.images.build import with_config
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.observe.bench import BlockedError, RunImageNames
from pytest_cnb_report.observe.image import LIFECYCLE_METADATA

UNREACHABLE = "registry.invalid/run/listed:stable"
"""A run image name at a registry that does not exist (RFC 2606)."""


def derive_app(exported: Image, ask: Rebase, names: RunImageNames) -> Image:
    """Apply the case's edits; with none of them the exported image comes back byte for byte.

    Raises BlockedError where the exported image has not the metadata that the edits start from.
    """
    metadata = dict(ask.app.metadata)
    if ask.given == "default" and ask.default_from != "image":
        metadata.update(_default_run_image(_metadata(exported), ask, names))
    edits = AppEdits(ask.app.labels, ask.app.config, metadata, ask.app.document)
    if edits == AppEdits():
        return exported
    return edit_app(exported, edits)


def edit_app(image: Image, edits: AppEdits) -> Image:
    """Derive an app image with other labels, config, metadata or platform."""
    config: dict[str, Any] = json.loads(image.config)
    settings = config.setdefault("config", {})
    settings.update(edits.config)
    config = _merged(config, edits.document)
    settings = config["config"]
    labels = dict(settings.get("Labels") or {})
    if edits.metadata:
        labels[LIFECYCLE_METADATA] = label_document(
            _merged(_metadata(image), edits.metadata),
        )
    settings["Labels"] = _merged(labels, edits.labels)
    return with_config(image, config)


def _merged(old: Mapping[str, Any], new: Mapping[str, object]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **new}.items() if value is not None}


def _metadata(image: Image) -> dict[str, Any]:
    labels = json.loads(image.config).get("config", {}).get("Labels") or {}
    try:
        metadata = json.loads(labels[LIFECYCLE_METADATA])
    except (KeyError, ValueError) as problem:
        raise BlockedError(
            f"the exported app image has no readable {LIFECYCLE_METADATA} label"
        ) from problem
    if not isinstance(metadata, dict):
        raise BlockedError(f"the exported app image's {LIFECYCLE_METADATA} label is no JSON object")
    return metadata


def _default_run_image(
    metadata: Mapping[str, Any], ask: Rebase, names: RunImageNames
) -> dict[str, object]:
    """Metadata in which only a mirror, or only the deprecated `stack` key, leads to an image."""
    run_image = dict(metadata.get("runImage") or {})
    for key in ("image", "mirrors"):
        run_image.pop(key, None)
    if ask.default_from == "stack":
        found = {"image": names.listed, "mirrors": [names.mirror]}
        return {"runImage": run_image, "stack": {"runImage": found}}
    found = {"image": UNREACHABLE, "mirrors": [names.mirror]}
    stack: dict[str, object] = {"stack": {"runImage": found}}
    had_name = "image" in (metadata.get("runImage") or {})
    return {"runImage": {**run_image, **found}, **stack} if had_name else stack
