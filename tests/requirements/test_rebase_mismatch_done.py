"""A rebase for another target that is done, by the text that has the old values kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.judge.text import Choice, Text
from pytest_cnb_report.judge.verdict import Answer, Verdict, broken, met, not_applicable
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rebase_refusals.rules import mismatch, rebasable_false

from .examples import DRAFT
from .observations import Edit, api, before_of, chain, config_before, config_key, label, recorded
from .readings_rows_refusals import done as accepted

DISTRO_NAME = "io.buildpacks.base.distro.name"
KEPT = met("the rebase was done, and the target data is what it was")


def reading(question: str, which: Choice) -> Text:
    return replace(DRAFT, readings={**DRAFT.readings, question: which})


def judged(*edits: Edit, which: Choice = "b") -> Verdict:
    seen = accepted(recorded("draft", "rebaser-other-architecture"))
    return mismatch(chain(*edits)(seen), reading("target-mismatch", which))


def without_before(seen: Observation) -> Observation:
    return replace(seen, before={})


def test_the_old_values_are_kept() -> None:
    assert judged() == KEPT
    assert judged(which="either") == KEPT
    assert judged(which="a").answer is Answer.BROKEN


def test_all_that_changed_is_named_with_both_values() -> None:
    seen = chain(config_key("architecture", "s390x"), label(DISTRO_NAME, "other"))
    was = before_of(recorded("draft", "rebaser-other-architecture"))
    verdict = judged(seen)
    assert verdict == broken(
        f"architecture, {DISTRO_NAME} changed without -force",
        expected={
            "architecture": was.document["architecture"],
            DISTRO_NAME: was.labels[DISTRO_NAME],
        },
        actual={"architecture": "s390x", DISTRO_NAME: "other"},
    )


def test_nothing_is_said_of_values_that_nobody_has_seen() -> None:
    verdict = judged(without_before)
    assert (verdict.answer, verdict.message) == (Answer.UNTESTABLE, "there was no app image")


@pytest.mark.parametrize(
    ("app", "rebaser", "asked_from"),
    [
        # the app image's platform API, the rebaser's, and by which readings a refusal is asked for
        (12, 12, {"a", "b", "either"}),
        (11, 12, set()),
        (12, 11, {"b"}),
        (11, 11, set()),
    ],
)
@pytest.mark.parametrize("which", ["a", "b", "either"])
def test_refusals_are_asked_for_from_platform_api_0_12(
    app: int, rebaser: int, asked_from: set[str], which: Choice
) -> None:
    env = [f"CNB_PLATFORM_API=0.{app}"]
    built_at = config_before(lambda config: config["config"].update(Env=env))
    seen = recorded("draft", "rebaser-other-architecture")
    seen = chain(api(rebaser), built_at, accepted)(seen)
    verdict = rebasable_false(seen, reading("differing-platform-apis", which))
    if which in asked_from:
        assert verdict.answer is Answer.BROKEN
    else:
        assert verdict == not_applicable("required from platform API 0.12; this is 0.11")
