"""The metadata label after a rebase: what changes in it, and that nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.metadata_label import check_reference, check_top_layer
from pytest_cnb_report.judge.preconditions import (
    require_before,
    require_metadata,
    require_success,
    run_image_of,
)
from pytest_cnb_report.judge.resolution import check_image, check_mirrors
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import (
    Verdict,
    broken,
    met,
    not_applicable,
    observed,
    shown,
)
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.platform_apis import EXECUTION_ENVIRONMENT, PlatformApi

TOP_LAYER = "rebase.metadata.top-layer"
REST = "rebase.metadata.rest-unchanged"

_DEFINED = ("app", "sbom", "config", "launcher", "buildpacks", "runImage", "stack")
_MOVING = frozenset({"topLayer", "reference"})
_NAMES = frozenset({"image", "mirrors"})
_FALSE_WHEN_ABSENT = ("build", "launch", "cache")


def reference(observation: Observation, _: Text) -> Verdict:
    """Judge that the label's reference identifies the new run image."""
    done = require_success(observation)
    metadata = require_metadata(done.app, cause=TOP_LAYER)
    return check_reference(done, run_image_of(metadata).get("reference"))


def top_layer(observation: Observation, _: Text) -> Verdict:
    """Judge that the label's top layer is the new run image's."""
    done = require_success(observation)
    if isinstance(done.app.metadata, str):
        return broken(done.app.metadata, expected="a JSON object", actual=None)
    return check_top_layer(done, run_image_of(done.app.metadata).get("topLayer"))


def rest_unchanged(observation: Observation, _: Text) -> Verdict:
    """Judge that every other key that the specification defines has the value that it had."""
    done = require_success(observation)
    forced_unlisted = done.asked.forced and done.asked.unlisted
    api = observation.platform_api
    before = _rest(require_metadata(require_before(done), cause=TOP_LAYER), api, forced_unlisted)
    after = _rest(require_metadata(done.app, cause=TOP_LAYER), api, forced_unlisted)
    if before == after:
        return met()
    differing = [key for key in before if before.get(key) != after.get(key)]
    differing += [key for key in after if key not in before]
    return broken(
        f"{', '.join(differing)} changed in the metadata label",
        expected={key: shown(before.get(key)) for key in differing},
        actual={key: shown(after.get(key)) for key in differing},
    )


def _rest(metadata: Mapping[str, Any], api: PlatformApi, forced_unlisted: bool) -> dict[str, Any]:
    """Return what a rebase has to leave alone, in one spelling."""
    defined = (*_DEFINED, "exec-env") if api >= EXECUTION_ENVIRONMENT else _DEFINED
    rest = {key: metadata[key] for key in defined if metadata.get(key) is not None}
    moving = _MOVING | _NAMES if forced_unlisted else _MOVING
    if isinstance(rest.get("runImage"), Mapping):
        rest["runImage"] = _staying(rest["runImage"], moving)
    stack = rest.get("stack")
    if isinstance(stack, Mapping) and isinstance(stack.get("runImage"), Mapping):
        # a copy of all that `runImage` says moves with it
        rest["stack"] = {**stack, "runImage": _staying(stack["runImage"], moving)}
    if forced_unlisted:
        # whether the deprecated key follows is an open question: both are taken
        rest.pop("stack", None)
    if isinstance(rest.get("buildpacks"), list):
        rest["buildpacks"] = [_buildpack(entry) for entry in rest["buildpacks"]]
    return rest


def _staying(run_image: Mapping[str, Any], moving: frozenset[str]) -> dict[str, Any]:
    return {
        key: value
        for key, value in run_image.items()
        if key not in moving and value not in (None, "", [])
    }


def _buildpack(entry: object) -> object:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("layers"), Mapping):
        return entry
    layers = {name: _layer(layer) for name, layer in entry["layers"].items()}
    return {**_present(entry), "layers": layers}


def _layer(layer: object) -> object:
    if not isinstance(layer, Mapping):
        return layer
    return {**dict.fromkeys(_FALSE_WHEN_ABSENT, False), **_present(layer)}


def _present(table: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is null, which says as much as what is absent."""
    return {key: value for key, value in table.items() if value is not None}


def unknown_kept(observation: Observation, _: Text) -> Verdict:
    """Observe whether keys that the specification does not define survive."""
    done = require_success(observation)
    before = require_metadata(require_before(done), cause=TOP_LAYER)
    after = require_metadata(done.app, cause=TOP_LAYER)
    unknown = [key for key in before if key not in (*_DEFINED, "exec-env")]
    kept = {key: shown(after.get(key)) for key in unknown}
    if all(after.get(key) == before[key] for key in unknown):
        return observed("keys that the specification does not define are kept", actual=kept)
    lost = [key for key in unknown if key not in after]
    how = "dropped" if lost else "changed"
    return observed(f"keys that the specification does not define are {how}", actual=kept)


def forced_unlisted(observation: Observation, _: Text) -> Verdict:
    """Judge that a forced, unlisted run image is named as given, without mirrors."""
    done = require_success(observation)
    if done.asked.given is None or not done.asked.unlisted:
        return not_applicable("the run image is listed")
    run_image = run_image_of(require_metadata(done.app, cause=TOP_LAYER))
    return (
        check_image(run_image.get("image"), done.asked.given, "runImage.image")
        or check_mirrors(run_image.get("mirrors"), (), "runImage.mirrors")
        or met()
    )


_BEFORE = needs(Evidence.APP_BEFORE)

RULES: Mapping[str, Rule] = {
    "rebase.metadata.reference": Rule(reference, asks.success),
    "rebase.metadata.top-layer": Rule(top_layer, asks.success),
    "rebase.metadata.rest-unchanged": Rule(rest_unchanged, asks.success, _BEFORE),
    "rebase.metadata.unknown-kept": Rule(unknown_kept, asks.success, _BEFORE),
    "rebase.metadata.forced-unlisted": Rule(
        forced_unlisted, asks.success & asks.force & asks.unlisted, needs(Evidence.FORCE)
    ),
}
