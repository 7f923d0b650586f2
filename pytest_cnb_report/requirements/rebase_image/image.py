"""The rebased image: its layers, its config, its names, its target data, its reproducibility."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import (
    DEFAULT_RUN_IMAGE,
    INPUTS,
    REBASE_PUSH_FAILURE,
    REBASE_SUCCEEDS,
    asks,
    success_requirement,
)
from pytest_cnb_report.judge.layer_content import check_content
from pytest_cnb_report.judge.layer_order import Whose, how_layers_differ
from pytest_cnb_report.judge.preconditions import (
    SuccessfulCall,
    digest_or_id,
    refused,
    require_before,
    require_success,
    succeeded,
    succeeded_by_flags,
    succeeded_in_particular,
    unable,
)
from pytest_cnb_report.judge.push_failure import push_failure
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.used_run_image import is_used, uses_its_run_image
from pytest_cnb_report.judge.verdict import (
    Answer,
    Json,
    Verdict,
    broken,
    cannot_tell,
    met,
    not_applicable,
    shown,
    untestable,
)
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rebase_image.whole_image import before_and_after

LAYERS = "rebase.layers"
CONFIG_FIELDS = (
    "Env",
    "Entrypoint",
    "Cmd",
    "User",
    "WorkingDir",
    "ExposedPorts",
    "Volumes",
    "StopSignal",
    "Healthcheck",
    "Shell",
    "OnBuild",
)
"""Fields of a config that say how a container starts; all of them are the app image's own."""


def succeeds(observation: Observation, text: Text) -> Verdict:
    """Judge that a rebase that the specification permits is done."""
    situation = observation.situation
    half_given = situation.half_given and situation.force is None
    if half_given and text.accepts("target-data-missing", "b"):
        if not text.accepts("target-data-missing", "a"):
            return not_applicable("one of the images lacks target data that the other has")
        if refused(observation).answer is Answer.MET:
            return met("refused, because one image lacks target data that the other has")
    return succeeded_by_flags(observation)


def allowed_layers(done: SuccessfulCall, text: Text) -> tuple[tuple[str, ...], ...]:
    """Return the diff IDs that the rebased image may have, by the accepted readings.

    The new run image's layers, then those that stood above the old run image's. How many layers
    the old run image had is known; where its top layer is repeated, its end may be read otherwise.
    """
    old = done.asked.old_run_image or done.asked.run_image
    before = require_before(done).diff_ids
    ends = [len(old.diff_ids)] if text.accepts("repeated-top-layer", "a") else []
    if text.accepts("repeated-top-layer", "b"):
        ends.append(before.index(old.top_layer) + 1)
    return tuple((*done.asked.run_image.diff_ids, *before[end:]) for end in ends)


def layers(observation: Observation, text: Text) -> Verdict:
    """Judge that the layers are the new run image's and then the app's own, all of them whole."""
    done = require_success(observation)
    known = observation.situation.known
    unknown = [e for e in (Evidence.APP_BEFORE, Evidence.OLD_RUN_IMAGE) if e not in known]
    if unknown:
        return _certain_layers(done, unknown[0])
    old = done.asked.old_run_image or done.asked.run_image
    if require_before(done).diff_ids[: len(old.diff_ids)] != old.diff_ids:
        return untestable(
            "the app image was not built on the old run image's layers", cause="export.layers"
        )
    allowed = allowed_layers(done, text)
    expected = allowed[0]
    if done.app.diff_ids not in allowed:
        differ = how_layers_differ(expected, done.app.diff_ids, lambda layer: _whose(done, layer))
        return broken(
            f"wrong layers: {differ} (expected the new run image's, then the app's own)",
            expected=[_layer_name(done, layer) for layer in expected],
            actual=[_layer_name(done, layer) for layer in done.app.diff_ids],
        )
    name = functools.partial(_layer_name, done)
    damaged = check_content(done.app, name, observation.situation)
    return damaged or met(_what_stayed(done))


def _certain_layers(done: SuccessfulCall, missing: Evidence) -> Verdict:
    """Judge what is wrong whatever stood above the old run image."""
    base = done.asked.run_image.diff_ids
    names = {d: f"new run image {n}/{len(base)}: {d[:19]}" for n, d in enumerate(base, 1)}

    def name(layer: str) -> str:
        return names.get(layer, f"unknown: {layer[:19]}")

    actual = done.app.diff_ids[: len(base)]
    if actual != base:
        return broken(
            "the app image does not begin with the new run image's layers",
            expected=[name(layer) for layer in base],
            actual=[name(layer) for layer in actual],
        )
    damaged = check_content(done.app, name, done.observation.situation)
    return damaged or cannot_tell(
        "the app image begins with the new run image's layers; whether all of its own are kept is"
        " not known",
        missing,
    )


def _what_stayed(done: SuccessfulCall) -> str:
    """Say that a part of the old run image stayed, where a reading of the text permits that."""
    old = done.asked.old_run_image or done.asked.run_image
    own = require_before(done).diff_ids[len(old.diff_ids) :]
    count = len(done.app.diff_ids) - len(done.asked.run_image.diff_ids) - len(own)
    if count <= 0:
        return ""
    return (
        "split at the first layer with the old top layer's diff ID, so that"
        f" {count} {'layers' if count > 1 else 'layer'} of the old run image stayed"
    )


def _layer_name(done: SuccessfulCall, diff_id: str) -> str:
    """Name a layer by whose it is, with enough of its diff ID to find it."""
    for whose, layers_of in _owners(done):
        if diff_id in layers_of:
            place = f"{layers_of.index(diff_id) + 1}/{len(layers_of)}"
            return f"{whose} {place}: {diff_id[:19]}"
    return f"unknown: {diff_id[:19] or 'missing or damaged'}"


def _whose(done: SuccessfulCall, diff_id: str) -> Whose:
    return next((whose for whose, layers in _owners(done) if diff_id in layers), "unknown")


def _owners(done: SuccessfulCall) -> tuple[tuple[Whose, Sequence[str]], ...]:
    """Return the layers of each image that took part, by diff ID."""
    old = done.asked.old_run_image
    own = require_before(done).diff_ids[len((old or done.asked.run_image).diff_ids) :]
    return (
        ("new run image", done.asked.run_image.diff_ids),
        ("app", own),
        ("old run image", old.diff_ids if old is not None else ()),
    )


def config_unchanged(observation: Observation, text: Text) -> Verdict:
    """Judge that how a container starts is as the app image had it."""
    done = require_success(observation)
    before, after = dict(require_before(done).settings), dict(done.app.settings)
    names: Iterable[str] = CONFIG_FIELDS
    if not text.accepts("identical-scope", "b"):
        before, after = before_and_after(done)
        names = dict.fromkeys((*before, *after))
    differing = [name for name in names if (before.get(name) or None) != (after.get(name) or None)]
    if not differing:
        return met()
    return broken(
        f"{', '.join(differing)} changed",
        expected={name: shown(before.get(name)) for name in differing},
        actual={name: shown(after.get(name)) for name in differing},
    )


def same_image(observation: Observation, _: Text) -> Verdict:
    """Judge that every name that was given ends as the same image."""
    done = require_success(observation)
    found: dict[str, Json] = {
        name: digest_or_id(observation.after.get(name)) for name in done.asked.images
    }
    if len(set(found.values())) == 1:
        return met()
    return broken(
        "not every name that was given leads to the same image",
        expected="one image under each name",
        actual=found,
    )


def previous_untouched(observation: Observation, _: Text) -> Verdict:
    """Judge that `-previous-image` is what is rebased, and itself stays as it was."""
    done = require_success(observation)
    previous = done.asked.previous_image
    before = require_before(done)
    after = observation.after.get(previous or "")
    if not isinstance(after, AppImage) or (after.digest, after.image_id) != (
        before.digest,
        before.image_id,
    ):
        return broken(
            "the image named by -previous-image was changed",
            expected=before.digest or before.image_id,
            actual=digest_or_id(after),
        )
    old = done.asked.old_run_image or done.asked.run_image
    own = before.diff_ids[len(old.diff_ids) :]
    if set(own) & set(done.app.diff_ids):
        return met()
    if not set(done.app.diff_ids).difference(old.diff_ids, done.asked.run_image.diff_ids):
        return untestable(
            "no app layer is left to tell which image was rebased", cause="rebase.layers"
        )
    return broken(
        "the rebased image is not the one that -previous-image names",
        expected=list(own),
        actual=list(done.app.diff_ids),
    )


def default_run_image(observation: Observation, _: Text) -> Verdict:
    """Judge that without a run image given, the one that the metadata label names is used."""
    verdict = succeeded_in_particular(observation)
    if verdict.answer is Answer.UNTESTABLE:
        return verdict
    asked = observation.asked
    if asked is None:
        return untestable("nothing was asked")
    wanted = asked.run_image.diff_ids
    actual = observation.app.diff_ids if isinstance(observation.app, AppImage) else ()
    if verdict.answer is Answer.MET and is_used(asked, actual):
        return met()
    found = verdict.message if verdict.answer is Answer.BROKEN else "another run image was used"
    return broken(
        f"with no run image given, the one that the metadata label names was not used: {found}",
        expected=verdict.expected if verdict.answer is Answer.BROKEN else list(wanted),
        actual=verdict.actual if verdict.answer is Answer.BROKEN else list(actual),
    )


def inputs(observation: Observation, _: Text) -> Verdict:
    """Judge that a variable, or a deprecated flag, means what the flag means."""
    verdict = unable(observation) or succeeded(observation)
    asked = observation.asked
    if verdict.answer is Answer.UNTESTABLE or asked is None:
        return verdict
    if verdict.answer is Answer.BROKEN:
        return broken(
            f"the input was ignored: {verdict.message}",
            expected=verdict.expected,
            actual=verdict.actual,
        )
    wanted = asked.run_image.diff_ids
    actual = observation.app.diff_ids if isinstance(observation.app, AppImage) else ()
    if is_used(asked, actual):
        return met()
    control = observation.control
    if control is not None and not uses_its_run_image(control):
        about = success_requirement(control.situation)
        return untestable(
            "the same rebase by flags uses another run image too",
            cause=LAYERS if about == REBASE_SUCCEEDS else about,
        )
    return broken(
        "the input was ignored: another run image was used",
        expected=list(wanted),
        actual=list(actual),
    )


_CALL = needs(Evidence.CALL)
_BEFORE = needs(Evidence.APP_BEFORE)

RULES: Mapping[str, Rule] = {
    REBASE_SUCCEEDS: Rule(
        succeeds, asks.success & asks.succeeding_by_flags(REBASE_SUCCEEDS), _CALL
    ),
    REBASE_PUSH_FAILURE: Rule(push_failure, asks.refused_push, _CALL),
    LAYERS: Rule(layers, asks.success),
    "rebase.config.unchanged": Rule(config_unchanged, asks.success, _BEFORE),
    "rebase.tags.same-image": Rule(same_image, asks.success & asks.several_images, _CALL),
    "rebase.previous-image.untouched": Rule(
        previous_untouched, asks.success & asks.previous_image, _CALL
    ),
    DEFAULT_RUN_IMAGE: Rule(default_run_image, asks.success & asks.default_run_image, _CALL),
    INPUTS: Rule(inputs, asks.success & asks.succeeding_by(INPUTS), _CALL),
}
