"""Rebases and builds that were made elsewhere: judged by as much as is known, and no further."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.drive.situation import ALL_EVIDENCE, Evidence
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rules import RULES

from .examples import DRAFT
from .observations import (
    Edit,
    asked,
    chain,
    diff_ids,
    label,
    label_before,
    not_called,
    recorded,
    run_image_label,
    situation,
)

STACK = "io.buildpacks.stack."
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
    text = replace(DRAFT, readings={**DRAFT.readings, **readings})  # type: ignore[dict-item]
    return RULES[requirement].judge(seen, text)


def rebase(*edits: Edit, without: tuple[Evidence, ...] = (Evidence.APP_BEFORE,)) -> Observation:
    return chain(lacking(*without), *edits)(recorded("draft", "rebaser-plain"))


def build(*edits: Edit, without: tuple[Evidence, ...]) -> Observation:
    return chain(lacking(*without), *edits)(recorded("draft", "exporter-plain"))


@pytest.mark.parametrize(
    ("edit", "requirement"),
    [
        (chain(run_image_label(f"{STACK}x", "new"), label(f"{STACK}x", None)), ADDED),
        (chain(run_image_label(f"{STACK}x", "new"), label(f"{STACK}x", "old")), COPIED),
        (chain(run_image_label(f"{STACK}x", None), label(f"{STACK}x", "old")), REMOVED),
    ],
)
def test_labels_that_are_wrong_whatever_the_app_image_had(edit: Edit, requirement: str) -> None:
    seen = rebase(edit)
    wrong = [
        each for each in (ADDED, COPIED, REMOVED) if judged(each, seen).answer is Answer.BROKEN
    ]
    assert wrong == [requirement]


def test_an_old_value_and_a_third_one_cannot_be_told_apart() -> None:
    seen = rebase(run_image_label(f"{STACK}x", "new"), label(f"{STACK}x", "old"))
    verdict = judged(REPLACED, seen)
    assert verdict.answer is Answer.NOT_APPLICABLE
    assert verdict.missing is Evidence.APP_BEFORE
    assert judged(REPLACED, rebase()).answer is Answer.MET


@pytest.mark.parametrize(
    ("requirement", "reading"), [(ADDED, "if-present"), (REMOVED, "stale-labels")]
)
@pytest.mark.parametrize("which", ["b", "either"])
def test_a_reading_by_which_it_matters_what_the_app_image_had(
    requirement: str, reading: str, which: str
) -> None:
    edits = (run_image_label(f"{STACK}x", "new"), label(f"{STACK}x", None), label(f"{STACK}y", "?"))
    assert judged(requirement, rebase(*edits)).answer is Answer.BROKEN
    verdict = judged(requirement, rebase(*edits), **{reading: which})
    assert verdict.missing is Evidence.APP_BEFORE


@pytest.mark.parametrize("missing", [Evidence.APP_BEFORE, Evidence.OLD_RUN_IMAGE])
def test_layers_are_wrong_where_the_run_images_are_and_never_known_to_be_right(
    missing: Evidence,
) -> None:
    verdict = judged("rebase.layers", rebase(without=(missing,)))
    assert (verdict.answer, verdict.missing) == (Answer.NOT_APPLICABLE, missing)
    lost = rebase(diff_ids(lambda ids: ids[1:]), without=(missing,))
    assert judged("rebase.layers", lost).answer is Answer.BROKEN
    assert judged("rebase.layers", rebase(without=())).answer is Answer.MET


def test_target_data_is_not_judged_where_force_may_have_changed_it() -> None:
    assert RULES["rebase.target.unchanged"].needs == {Evidence.APP_BEFORE, Evidence.FORCE}


def test_a_value_that_a_buildpack_may_have_set_is_not_called_wrong() -> None:
    other = chain(run_image_label(f"{STACK}x", "run image"), label(f"{STACK}x", "buildpack"))
    both = (Evidence.BUILDPACK_LABELS, Evidence.BUILD_OR_REBASE)
    assert judged(INHERITED, build(other, without=both)).missing is Evidence.BUILD_OR_REBASE
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
