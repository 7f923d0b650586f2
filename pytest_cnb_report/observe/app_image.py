"""Make the app image that a rebase starts from out of the one that the lifecycle exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pytest_cnb_report.drive.cases import AppEdits, Rebase
from pytest_cnb_report.drive.shapes import label_document, shared_layer_files
from pytest_cnb_report.drive.situation import REBASABLE
from pytest_cnb_report.images.build import with_config, with_layers
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.observe.bench import BlockedError, RunImageNames
from pytest_cnb_report.observe.image import LIFECYCLE_METADATA
from pytest_cnb_report.observe.json_text import read_object


def unreachable(names: RunImageNames) -> str:
    """Return a run image name at a registry that certainly does not exist (RFC 2606)."""
    return f"registry.invalid/{names.second.partition('/')[2]}"


def elsewhere(names: RunImageNames) -> str:
    """Return a name of what the listed name leads to, at a registry of another name.

    Where the registry has no other name it is one that does not exist.
    """
    host, _, path = names.listed.partition("/")
    port = host.removeprefix("127.0.0.1:")
    return unreachable(names) if port == host else f"localhost:{port}/{path}"


def derive_app(exported: Image, ask: Rebase, names: RunImageNames) -> Image:
    """Apply the case's edits; with none of them the exported image comes back byte for byte.

    Raises BlockedError where the exported image has not the metadata that the edits start from.
    """
    metadata = dict(ask.app.metadata)
    if ask.given == "default" and ask.default_from != "image":
        metadata.update(_default_run_image(_metadata(exported), ask, names))
    elif ask.mirrors != Rebase.mirrors:
        metadata.update(_with_mirrors(_metadata(exported), names))
    labels = {**_rebasable(exported), **ask.app.labels}
    edits = replace(ask.app, labels=labels, metadata=metadata)
    if edits == AppEdits():
        return exported
    return edit_app(exported, edits)


def _with_mirrors(metadata: Mapping[str, Any], names: RunImageNames) -> dict[str, object]:
    """Metadata that lists other mirrors of the run image, wherever it names one."""

    def listing(entry: Mapping[str, Any]) -> dict[str, Any]:
        return _merged(entry, {"mirrors": list(names.mirrors) or None})

    edited: dict[str, object] = {}
    run_image, stack = metadata.get("runImage"), metadata.get("stack")
    if isinstance(run_image, dict) and "image" in run_image:
        edited["runImage"] = listing(run_image)
    if isinstance(stack, dict) and isinstance(stack.get("runImage"), dict):
        edited["stack"] = {**stack, "runImage": listing(stack["runImage"])}
    return edited


def _rebasable(exported: Image) -> dict[str, str]:
    """Return the label that allows a rebase, where the exporter has set it to forbid any.

    It may have taken the specification's sentence about that label by the letter.
    """
    labels = _labels(exported)
    return {REBASABLE: "true"} if labels.get(REBASABLE) == "false" else {}


def edit_app(image: Image, edits: AppEdits) -> Image:
    """Derive an app image with other labels, config, metadata or platform.

    Raises BlockedError where the image has not what the edits start from.
    """
    config = _merged(read_object(image.config), edits.document)
    settings = _object_in(config, "config", "config")
    labels = _object_in(settings, "Labels", "labels")
    if edits.metadata:
        labels[LIFECYCLE_METADATA] = label_document(_merged(_metadata(image), edits.metadata))
    settings.update(edits.config)
    if edits.env:
        had = settings.get("Env")
        names = {each.partition("=")[0] for each in edits.env}
        kept = [each for each in had or () if str(each).partition("=")[0] not in names]
        settings["Env"] = [*kept, *edits.env]
    settings["Labels"] = _merged(labels, edits.labels)
    edited = with_config(image, {**config, "config": settings})
    return edited if edits.layers == "exported" else with_layers(edited, _further(edits.layers))


def _further(kind: str) -> list[dict[str, bytes]]:
    """Return layers as a user may have put them on an app image."""
    if kind == "of-run-image":
        return [shared_layer_files()]
    return [
        {f"srv/more/part-{number}": f"more {number}\n".encode() * 8}
        for number in (range(12) if kind == "many" else (0, 1, 1))
    ]


def _merged(old: Mapping[str, Any], new: Mapping[str, object]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **new}.items() if value is not None}


def _object_in(holder: Mapping[str, Any], key: str, what: str) -> dict[str, Any]:
    """Return an object of the config, empty where there is none."""
    found = holder.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BlockedError(f"the exported app image's {what} is not a JSON object")
    return dict(found)


def _labels(image: Image) -> Mapping[str, Any]:
    settings = _object_in(read_object(image.config), "config", "config")
    return _object_in(settings, "Labels", "labels")


def _metadata(image: Image) -> Mapping[str, Any]:
    label = _labels(image).get(LIFECYCLE_METADATA)
    if not isinstance(label, str):
        raise BlockedError(f"the exported app image has no readable {LIFECYCLE_METADATA} label")
    try:
        return read_object(label)
    except ValueError as problem:
        raise BlockedError(
            f"the exported app image's {LIFECYCLE_METADATA} label is {problem}"
        ) from problem


def _default_run_image(
    metadata: Mapping[str, Any], ask: Rebase, names: RunImageNames
) -> dict[str, object]:
    """Metadata in which only a mirror, or only the deprecated `stack` key, leads to an image."""
    had = metadata.get("runImage")
    named = dict(had) if isinstance(had, dict) else {}
    run_image = {key: value for key, value in named.items() if key not in {"image", "mirrors"}}
    if ask.default_from == "stack":
        found = {"image": names.listed, "mirrors": list(names.mirrors)}
        return {"runImage": run_image, "stack": {"runImage": found}}
    first = elsewhere(names) if ask.default_from == "nearest" else unreachable(names)
    found = {"image": first, "mirrors": list(names.mirrors)}
    stack: dict[str, object] = {"stack": {"runImage": found}}
    return {"runImage": {**run_image, **found}, **stack} if "image" in named else stack
