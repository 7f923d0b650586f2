"""The metadata label after a rebase: what changes in it, and that nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.label_spelling import buildpack, staying
from pytest_cnb_report.judge.metadata_label import (
    check_reference,
    check_top_layer,
    run_images_of,
)
from pytest_cnb_report.judge.preconditions import (
    SuccessfulCall,
    require_before,
    require_metadata,
    require_success,
    run_image_of,
)
from pytest_cnb_report.judge.resolution import check_image, check_mirrors, is_unlisted
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import (
    Answer,
    Verdict,
    any_met,
    broken,
    met,
    not_applicable,
    observed,
    shown,
)
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.platform_apis import EXECUTION_ENVIRONMENT

TOP_LAYER = "rebase.metadata.top-layer"

_DEFINED = ("app", "sbom", "config", "launcher", "buildpacks", "runImage", "stack")
_MOVING = frozenset({"topLayer", "reference"})
_NAMES = frozenset({"image", "mirrors"})


def reference(observation: Observation, text: Text) -> Verdict:
    """Judge that the label's reference identifies the new run image."""
    done = require_success(observation)
    metadata = require_metadata(done.app, cause=TOP_LAYER)
    return any_met(
        check_reference(done, run_image.get("reference"), text)
        for run_image in run_images_of(observation, metadata, text)
    )


def top_layer(observation: Observation, text: Text) -> Verdict:
    """Judge that the label's top layer is the new run image's."""
    done = require_success(observation)
    if isinstance(done.app.metadata, str):
        return broken(done.app.metadata, expected="a JSON object", actual=None)
    return any_met(
        check_top_layer(done, run_image.get("topLayer"))
        for run_image in run_images_of(observation, done.app.metadata, text)
    )


def rest_unchanged(observation: Observation, text: Text) -> Verdict:
    """Judge that every other key that the specification defines has the value that it had."""
    done = require_success(observation)
    before = _rest(require_metadata(require_before(done), cause=TOP_LAYER), done, text)
    after = _rest(require_metadata(done.app, cause=TOP_LAYER), done, text)
    if _stack_may_follow(done, text) and "stack" not in before:
        after.pop("stack", None)
    if before == after:
        return met()
    differing = [key for key in before if before.get(key) != after.get(key)]
    differing += [key for key in after if key not in before]
    return broken(
        f"{', '.join(differing)} changed in the metadata label",
        expected={key: shown(before.get(key)) for key in differing},
        actual={key: shown(after.get(key)) for key in differing},
    )


def _rest(metadata: Mapping[str, Any], done: SuccessfulCall, text: Text) -> dict[str, Any]:
    """Return what a rebase has to leave alone, in one spelling."""
    forced_unlisted = _may_be_forced(done) and is_unlisted(done.asked, text)
    new_key = done.observation.platform_api >= EXECUTION_ENVIRONMENT
    defined = (*_DEFINED, "exec-env") if new_key else _DEFINED
    rest = {key: metadata[key] for key in defined if metadata.get(key) is not None}
    moving = _MOVING | _NAMES if forced_unlisted else _MOVING
    if isinstance(rest.get("runImage"), Mapping):
        rest["runImage"] = staying(rest["runImage"], moving, text)
    stack = rest.get("stack")
    if isinstance(stack, Mapping) and isinstance(stack.get("runImage"), Mapping):
        # a copy of all that `runImage` says moves with it
        rest["stack"] = {**stack, "runImage": staying(stack["runImage"], _MOVING, text)}
    if _stack_may_follow(done, text):
        # what the deprecated key names is for `rebase.metadata.forced-unlisted` to say
        rest.pop("stack", None)
        if _stack_of(metadata):
            rest["stack"] = "names a run image"
    if isinstance(rest.get("buildpacks"), list):
        rest["buildpacks"] = [buildpack(entry, text) for entry in rest["buildpacks"]]
    return rest


def _stack_may_follow(done: SuccessfulCall, text: Text) -> bool:
    """Whether the deprecated `stack` key may name the run image that was given."""
    forced_unlisted = _may_be_forced(done) and is_unlisted(done.asked, text)
    return forced_unlisted and text.accepts("forced-unlisted-stack-key", "a")


def _may_be_forced(done: SuccessfulCall) -> bool:
    return done.asked.forced or Evidence.FORCE not in done.observation.situation.known


def unknown_kept(observation: Observation, text: Text) -> Verdict:
    """Observe, or judge, whether keys that the specification does not define survive."""
    done = require_success(observation)
    before = require_metadata(require_before(done), cause=TOP_LAYER)
    after = require_metadata(done.app, cause=TOP_LAYER)
    unknown = [key for key in before if key not in (*_DEFINED, "exec-env")]
    kept = {key: shown(after.get(key)) for key in unknown}
    if all(after.get(key) == before[key] for key in unknown):
        if not text.accepts("unknown-metadata-keys", "b"):
            return met("keys that the specification does not define are kept")
        return observed("keys that the specification does not define are kept", actual=kept)
    lost = [key for key in unknown if key not in after]
    how = "dropped" if lost else "changed"
    if not text.accepts("unknown-metadata-keys", "b"):
        return broken(
            f"keys that the specification does not define are {how}",
            expected={key: shown(before[key]) for key in unknown},
            actual=kept,
        )
    return observed(f"keys that the specification does not define are {how}", actual=kept)


def forced_unlisted(observation: Observation, text: Text) -> Verdict:
    """Judge that a forced, unlisted run image is named as given, without mirrors."""
    done = require_success(observation)
    given = done.asked.given
    if given is None or not is_unlisted(done.asked, text):
        return not_applicable("the run image is listed")
    metadata = require_metadata(done.app, cause=TOP_LAYER)
    verdict = any_met(
        _named_as_given(run_image, given, "runImage", text)
        for run_image in run_images_of(observation, metadata, text)
    )
    if verdict.answer is not Answer.MET or not text.accepts("forced-unlisted-stack-key", "a"):
        return verdict
    old = _stack_of(require_metadata(require_before(done), cause=TOP_LAYER))
    new = _stack_of(metadata)
    if not old or not new:
        # that it is lost is for `rebase.metadata.rest-unchanged` to say
        return verdict
    stays = text.accepts("forced-unlisted-stack-key", "b")
    if stays and staying(new, _MOVING, text) == staying(old, _MOVING, text):
        return verdict
    return _named_as_given(new, given, "stack.runImage", text) or verdict


def _named_as_given(
    run_image: Mapping[str, Any], given: str, what: str, text: Text
) -> Verdict | None:
    return check_image(run_image.get("image"), given, f"{what}.image") or check_mirrors(
        run_image.get("mirrors"), (), f"{what}.mirrors", text
    )


def _stack_of(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    stack = metadata.get("stack")
    return run_image_of(stack) if isinstance(stack, Mapping) else {}


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
