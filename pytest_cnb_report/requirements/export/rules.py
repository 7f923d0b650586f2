"""The exported image: that it is there, what it inherits, what its metadata label says."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import (
    EXPORT_INPUTS,
    EXPORT_PUSH_FAILURE,
    EXPORT_SUCCEEDS,
    UNKNOWN_PROCESS,
    asks,
)
from pytest_cnb_report.judge.layer_content import check_content
from pytest_cnb_report.judge.layer_order import how_layers_differ
from pytest_cnb_report.judge.metadata_label import check_reference, check_top_layer
from pytest_cnb_report.judge.preconditions import (
    SuccessfulCall,
    ignored_input,
    refused,
    require_metadata,
    require_success,
    run_image_of,
    succeeded,
    succeeded_by_flags,
    unable,
)
from pytest_cnb_report.judge.push_failure import push_failure
from pytest_cnb_report.judge.resolution import (
    check_image,
    check_mirrors,
    given_by_digest,
    resolved_entries,
)
from pytest_cnb_report.judge.rule import Judge, Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.used_run_image import uses_its_run_image
from pytest_cnb_report.judge.verdict import (
    Answer,
    Verdict,
    any_met,
    broken,
    cannot_tell,
    met,
    not_applicable,
    shown,
    untestable,
)
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.export import config

LABEL = "export.metadata.top-layer"
LAYERS = "export.layers"


def succeeds(observation: Observation, _: Text) -> Verdict:
    """Judge that the phase exits 0 and leaves the app image."""
    return succeeded_by_flags(observation)


def inputs(observation: Observation, _: Text) -> Verdict:
    """Judge that a variable means what the flag means, and that the flag goes before it."""
    never = unable(observation)
    if never is not None:
        return never
    ignored = ignored_input(observation)
    if ignored is not None:
        return ignored
    verdict = succeeded(observation)
    if verdict.answer is Answer.MET and not uses_its_run_image(observation):
        return untestable("the same build by flags uses another run image too", cause=LAYERS)
    return verdict if verdict.answer is Answer.UNTESTABLE else met()


def unknown_process(observation: Observation, _: Text) -> Verdict:
    """Judge that an export with a process type that does not exist fails."""
    return refused(observation)


def layers(observation: Observation, _: Text) -> Verdict:
    """Judge that the app image stands on the run image's layers and has some of its own."""
    done = require_success(observation)
    base, actual = done.asked.run_image.diff_ids, done.app.diff_ids
    if actual[: len(base)] != base:
        differ = how_layers_differ(
            base, [layer for layer in actual if layer in base], lambda _: "run image"
        )
        if differ == "the order differs" and set(actual[: len(base)]) != set(base):
            differ = "other layers are among them"
        return broken(
            f"wrong layers: {differ} (expected the run image's, then the app's own)",
            expected=[_layer_name(base, layer) for layer in base],
            actual=[_layer_name(base, layer) for layer in actual[: len(base)]],
        )
    if len(actual) == len(base):
        return broken(
            "the app image has only the run image's layers",
            expected="at least one layer of the app's own",
            actual="none",
        )
    name = functools.partial(_layer_name, base)
    return check_content(done.app, name, observation.situation) or met()


def _layer_name(base: Sequence[str], diff_id: str) -> str:
    """Name a layer by whose it is, with enough of its diff ID to find it."""
    if diff_id in base:
        return f"run image {base.index(diff_id) + 1}/{len(base)}: {diff_id[:19]}"
    return f"app: {diff_id[:19]}" if diff_id else "missing or damaged"


def inherited(prefix: str) -> Judge:
    """Judge that the app image carries the run image's labels with a prefix.

    A buildpack may give such a label another value, but cannot take it away.
    """

    def judge(observation: Observation, _: Text) -> Verdict:
        done = require_success(observation)
        expected = {
            key: value
            for key, value in done.asked.run_image.labels.items()
            if key.startswith(prefix)
        }
        differing = {
            key: done.app.labels.get(key)
            for key, value in expected.items()
            if done.app.labels.get(key) != value
        }
        if not differing:
            return met()
        set_by_buildpacks = Evidence.BUILDPACK_LABELS not in observation.situation.known
        if set_by_buildpacks and None not in differing.values():
            return cannot_tell(
                f"{', '.join(sorted(differing)[:5])}: another value than the run image's, which a"
                " buildpack may have set in a build",
                Evidence.BUILD_OR_REBASE
                if Evidence.BUILD_OR_REBASE not in observation.situation.known
                else Evidence.BUILDPACK_LABELS,
            )
        return broken(
            f"{len(differing)} of the run image's {prefix}* labels are missing or changed on the"
            " app image",
            expected={key: expected[key] for key in sorted(differing)[:5]},
            actual={key: differing[key] for key in sorted(differing)[:5]},
        )

    return judge


def _run_image(done: SuccessfulCall) -> Mapping[str, Any]:
    return run_image_of(require_metadata(done.app, cause=LABEL))


def metadata_top_layer(observation: Observation, _: Text) -> Verdict:
    """Judge that the label's top layer is the run image's."""
    done = require_success(observation)
    metadata = done.app.metadata
    if isinstance(metadata, str):
        return broken(metadata, expected="a JSON object", actual=None)
    return check_top_layer(done, run_image_of(metadata).get("topLayer"))


def metadata_reference(observation: Observation, text: Text) -> Verdict:
    """Judge that the label's reference identifies the run image."""
    done = require_success(observation)
    return check_reference(done, _run_image(done).get("reference"), text)


def metadata_image(observation: Observation, text: Text) -> Verdict:
    """Judge that the label's `runImage.image` is resolved from `run.toml`."""
    done = require_success(observation)
    if given_by_digest(done.asked):
        return not_applicable("the run image was given by digest; tested with tag names only")
    found = _run_image(done).get("image")
    return any_met(
        check_image(found, entry.image, "runImage.image")
        for entry in resolved_entries(done.asked, text)
    )


def metadata_mirrors(observation: Observation, text: Text) -> Verdict:
    """Judge that the label's `runImage.mirrors` are those of the resolved entry."""
    done = require_success(observation)
    if given_by_digest(done.asked):
        return not_applicable("the run image was given by digest; tested with tag names only")
    found = _run_image(done).get("mirrors")
    return any_met(
        check_mirrors(found, entry.mirrors, "runImage.mirrors", text)
        for entry in resolved_entries(done.asked, text)
    )


def stack_same(observation: Observation, text: Text) -> Verdict:
    """Judge that the deprecated `stack.runImage` has the same data as `runImage`."""
    done = require_success(observation)
    metadata = require_metadata(done.app, cause=LABEL)
    run_image = run_image_of(metadata)
    if "image" not in run_image:
        return untestable("runImage names no image", cause="export.metadata.image")
    stack = metadata.get("stack")
    same = run_image_of(stack) if isinstance(stack, Mapping) else {}
    all_of_it = not text.accepts("stack-key-scope", "a")
    keys = ("image", "mirrors", "topLayer", "reference") if all_of_it else ("image", "mirrors")
    expected = {key: run_image.get(key) for key in keys}
    actual = {key: same.get(key) for key in keys}
    if text.accepts("empty-mirrors", "a"):
        expected["mirrors"] = expected["mirrors"] or []
        actual["mirrors"] = actual["mirrors"] or []
    if expected == actual:
        return met()
    return broken(
        "stack.runImage does not have the same data as runImage"
        if all_of_it
        else "stack.runImage does not name the same image and mirrors as runImage",
        expected=shown(expected),
        actual=shown(actual),
    )


RULES: Mapping[str, Rule] = {
    EXPORT_SUCCEEDS: Rule(succeeds, asks.success, needs(Evidence.CALL)),
    EXPORT_INPUTS: Rule(
        inputs, asks.success & asks.succeeding_by(EXPORT_INPUTS), needs(Evidence.CALL)
    ),
    EXPORT_PUSH_FAILURE: Rule(push_failure, asks.refused_push, needs(Evidence.CALL)),
    UNKNOWN_PROCESS: Rule(unknown_process, asks.unknown_process, needs(Evidence.CALL)),
    LAYERS: Rule(layers, asks.success),
    **config.RULES,
    "export.labels.stack.inherited": Rule(inherited("io.buildpacks.stack."), asks.success),
    "export.labels.base.inherited": Rule(inherited("io.buildpacks.base."), asks.success),
    "export.metadata.top-layer": Rule(metadata_top_layer, asks.success),
    "export.metadata.reference": Rule(metadata_reference, asks.success),
    "export.metadata.image": Rule(metadata_image, asks.success, needs(Evidence.RUN_FILE)),
    "export.metadata.mirrors": Rule(metadata_mirrors, asks.success, needs(Evidence.RUN_FILE)),
    # a forced rebase may name another run image in one of the two
    "export.metadata.stack-same": Rule(stack_same, asks.success, needs(Evidence.BUILD_OR_REBASE)),
}
