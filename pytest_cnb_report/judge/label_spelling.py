"""The lifecycle metadata label with everything that means the same spelled in one way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.judge.text import Text

_FALSE_WHEN_ABSENT = ("build", "launch", "cache")


def in_one_spelling(metadata: Mapping[str, Any], text: Text) -> dict[str, Any]:
    """Return a whole label in one spelling; two that are equal then say the same."""
    said = _present(metadata)
    if isinstance(said.get("runImage"), Mapping):
        said["runImage"] = staying(said["runImage"], frozenset(), text)
    stack = said.get("stack")
    if isinstance(stack, Mapping) and isinstance(stack.get("runImage"), Mapping):
        said["stack"] = {**stack, "runImage": staying(stack["runImage"], frozenset(), text)}
    if isinstance(said.get("buildpacks"), list):
        said["buildpacks"] = [buildpack(entry, text) for entry in said["buildpacks"]]
    return said


def staying(run_image: Mapping[str, Any], moving: frozenset[str], text: Text) -> dict[str, Any]:
    """Return what the label says of a run image, without the keys that a rebase changes."""
    nothing: tuple[object, ...] = (
        (None, "", []) if text.accepts("empty-mirrors", "a") else (None, "")
    )
    return {
        key: value for key, value in run_image.items() if key not in moving and value not in nothing
    }


def buildpack(entry: object, text: Text) -> object:
    """Return an entry of `buildpacks` with the booleans of its layers spelled out."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("layers"), Mapping):
        return entry
    layers = {name: _layer(layer, text) for name, layer in entry["layers"].items()}
    return {**_present(entry), "layers": layers}


def _layer(layer: object, text: Text) -> object:
    if not isinstance(layer, Mapping):
        return layer
    absent = _FALSE_WHEN_ABSENT if text.accepts("absent-boolean", "a") else ()
    return {**dict.fromkeys(absent, False), **_present(layer)}


def _present(table: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is null, which says as much as what is absent."""
    return {key: value for key, value in table.items() if value is not None}
