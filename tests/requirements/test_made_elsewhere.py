"""Rebases and builds that were made elsewhere: judged by as much as is known, and no further."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.drive.situation import ALL_EVIDENCE, Evidence
from pytest_cnb_report.judge.rule import Judge
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.export.rules import inherited
from pytest_cnb_report.requirements.rebase_labels.label_changes import LabelChange, certain_changes
from pytest_cnb_report.requirements.rebase_labels.rules import from_run_image
from pytest_cnb_report.requirements.rules import RULES

from .examples import DRAFT
from .observations import (
    Edit,
    app_of,
    asked,
    asked_of,
    chain,
    diff_ids,
    label,
    label_before,
    not_called,
    recorded,
    run_image_label,
    situation,
    stored,
)

STACK = "io.buildpacks.stack."
BASE = "io.buildpacks.base."
ADDED = "rebase.labels.stack.added"
REPLACED = "rebase.labels.stack.replaced"
COPIED = "rebase.labels.stack.copied"
REMOVED = "rebase.labels.stack.removed"
INHERITED = "export.labels.stack.inherited"


def lacking(*evidence: Evidence) -> Edit:
    """Have somebody else have made it, of which this is not known either."""
    known = ALL_EVIDENCE - {Evidence.CALL, Evidence.CONTROLLED_RUN_IMAGE, *evidence}
    return chain(not_called, asked(own_run_image=False), situation(known=known))


def judged(requirement: str, seen: Observation, **readings: str) -> Verdict:
    return _rule(requirement)(seen, reading(**readings))


def reading(**readings: str) -> Text:
    return replace(DRAFT, readings={**DRAFT.readings, **readings})  # type: ignore[dict-item]


def _rule(requirement: str) -> Judge:
    """Return a rule, made anew where one function makes several: mutants change such a function."""
    labels, _, part = requirement.rpartition(".")
    if labels == "rebase.labels.stack":
        return from_run_image(STACK, part)
    if labels == "rebase.labels.base":
        return from_run_image(BASE, part)
    return inherited(STACK) if requirement == INHERITED else RULES[requirement].judge


def rebase(*edits: Edit, without: tuple[Evidence, ...] = (Evidence.APP_BEFORE,)) -> Observation:
    return chain(lacking(*without), *edits)(recorded("draft", "rebaser-plain"))


def build(*edits: Edit, without: tuple[Evidence, ...]) -> Observation:
    return chain(lacking(*without), *edits)(recorded("draft", "exporter-plain"))


@pytest.mark.parametrize(
    ("edit", "requirement", "message"),
    [
        (
            chain(run_image_label(f"{STACK}x", "new"), label(f"{STACK}x", None)),
            ADDED,
            "an io.buildpacks.stack.* label of the new run image is missing",
        ),
        (
            chain(run_image_label(f"{STACK}x", "new"), label(f"{STACK}x", "old")),
            COPIED,
            "an io.buildpacks.stack.* label has a value that is not the new run image's, byte for byte",  # noqa: E501
        ),
        (
            chain(run_image_label(f"{STACK}x", None), label(f"{STACK}x", "old")),
            REMOVED,
            "an io.buildpacks.stack.* label is there that the new run image does not have",
        ),
    ],
)
def test_labels_that_are_wrong_whatever_the_app_image_had(
    edit: Edit, requirement: str, message: str
) -> None:
    seen = rebase(edit)
    verdicts = {each: judged(each, seen) for each in (ADDED, COPIED, REMOVED)}
    wrong = [each for each, verdict in verdicts.items() if verdict.answer is Answer.BROKEN]
    assert wrong == [requirement]
    verdict = verdicts[requirement]
    assert verdict.message == message
    assert verdict.expected == {f"{STACK}x": asked_of(seen).run_image.labels.get(f"{STACK}x")}
    assert verdict.actual == {f"{STACK}x": app_of(seen).labels.get(f"{STACK}x")}


@pytest.mark.parametrize("distribution", ["a", "b", "either"])
@pytest.mark.parametrize("stale", ["a", "b"])
def test_target_data_may_stay_by_the_reading_that_says_so(distribution: str, stale: str) -> None:
    key = f"{BASE}distro.name"
    changes = certain_changes(
        run_image={f"{BASE}copied": "new"},
        after={key: "alpine", f"{BASE}copied": "old"},
        prefixes=(BASE,),
        text=reading(**{"distribution-lost": distribution, "stale-labels": stale}),
        target_data=frozenset({key}),
    ).families[BASE]
    left = LabelChange(key, None, None, "alpine", None)
    assert changes.removed == ((left,) if distribution == "a" and stale == "a" else ())
    assert changes.copied == (LabelChange(f"{BASE}copied", None, "new", "old", "new"),)


def test_an_old_value_and_a_third_one_cannot_be_told_apart() -> None:
    seen = rebase(run_image_label(f"{STACK}x", "new"), label(f"{STACK}x", "old"))
    verdict = judged(REPLACED, seen)
    assert verdict.answer is Answer.NOT_APPLICABLE
    assert verdict.missing is Evidence.APP_BEFORE
    assert verdict.message == (
        "a label has another value than the new run image's: whether it is the old one is not known"
    )
    assert judged(REPLACED, rebase()).answer is Answer.MET


@pytest.mark.parametrize(
    ("requirement", "question"), [(ADDED, "if-present"), (REMOVED, "stale-labels")]
)
@pytest.mark.parametrize("which", ["b", "either"])
def test_a_reading_by_which_it_matters_what_the_app_image_had(
    requirement: str, question: str, which: str
) -> None:
    edits = (run_image_label(f"{STACK}x", "new"), label(f"{STACK}x", None), label(f"{STACK}y", "?"))
    assert judged(requirement, rebase(*edits)).answer is Answer.BROKEN
    verdict = judged(requirement, rebase(*edits), **{question: which})
    assert verdict.missing is Evidence.APP_BEFORE
    assert verdict.message == "whether the app image had the label is not known"


@pytest.mark.parametrize("missing", [Evidence.APP_BEFORE, Evidence.OLD_RUN_IMAGE])
def test_layers_are_wrong_where_the_run_images_are_and_never_known_to_be_right(
    missing: Evidence,
) -> None:
    verdict = judged("rebase.layers", rebase(without=(missing,)))
    assert (verdict.answer, verdict.missing) == (Answer.NOT_APPLICABLE, missing)
    assert verdict.message == (
        "the app image begins with the new run image's layers; whether all of its own are kept is"
        " not known"
    )
    seen = rebase(diff_ids(lambda ids: ["sha256:" + "ab" * 32, *ids[1:]]), without=(missing,))
    base = asked_of(seen).run_image.diff_ids
    names = [f"new run image {n}/{len(base)}: {each[:19]}" for n, each in enumerate(base, 1)]
    verdict = judged("rebase.layers", seen)
    assert verdict.answer is Answer.BROKEN
    assert verdict.message == "the app image does not begin with the new run image's layers"
    assert verdict.expected == names
    assert verdict.actual == ["unknown: sha256:abababababab", *names[1:]]
    assert judged("rebase.layers", rebase(without=())).answer is Answer.MET


def test_layers_that_are_not_stored_are_wrong_whatever_they_are() -> None:
    seen = rebase(stored(lambda layers: layers[:-1]))
    verdict = judged("rebase.layers", seen)
    assert verdict.answer is Answer.BROKEN
    assert verdict.message == "the image does not store as many layers as its config names"
    assert isinstance(verdict.expected, list)
    assert verdict.expected[-1] == f"unknown: {app_of(seen).diff_ids[-1][:19]}"


def test_target_data_is_not_judged_where_force_may_have_changed_it() -> None:
    assert RULES["rebase.target.unchanged"].needs == {Evidence.APP_BEFORE, Evidence.FORCE}


def test_a_value_that_a_buildpack_may_have_set_is_not_called_wrong() -> None:
    other = chain(
        *(
            chain(run_image_label(f"{STACK}{n}", "run image"), label(f"{STACK}{n}", "buildpack"))
            for n in range(6)
        )
    )
    both = (Evidence.BUILDPACK_LABELS, Evidence.BUILD_OR_REBASE)
    verdict = judged(INHERITED, build(other, without=both))
    assert (verdict.answer, verdict.missing) == (Answer.NOT_APPLICABLE, Evidence.BUILD_OR_REBASE)
    assert verdict.message == (
        ", ".join(f"{STACK}{n}" for n in range(5))
        + ": another value than the run image's, which a buildpack may have set in a build"
    )
    known = build(other, without=(Evidence.BUILDPACK_LABELS,))
    assert judged(INHERITED, known).missing is Evidence.BUILDPACK_LABELS
    assert judged(INHERITED, build(other, without=())).answer is Answer.BROKEN
    lost = chain(run_image_label(f"{STACK}x", "run image"), label(f"{STACK}x", None))
    assert judged(INHERITED, build(lost, without=both)).answer is Answer.BROKEN


def test_a_label_that_a_forced_rebase_may_have_kept_is_not_called_wrong() -> None:
    key = "io.buildpacks.base.distro.version"
    kept = chain(
        label_before(key, "1"),
        run_image_label(key, "2"),
        label(key, "1"),
        lacking(Evidence.FORCE),
    )
    seen = kept(recorded("draft", "rebaser-plain"))
    differing = replace(seen, situation=replace(seen.situation, differing=frozenset({key})))
    assert judged("rebase.labels.base.replaced", differing).answer is Answer.BROKEN
    by_b = judged("rebase.labels.base.replaced", differing, **{"target-mismatch": "b"})
    assert by_b.answer is Answer.MET
