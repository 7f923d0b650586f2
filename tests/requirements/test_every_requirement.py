"""Every requirement has observations that meet it and that break it, and judging them is total."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path

import pytest

from pytest_cnb_report.judge.verdict import Answer
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.judging import applies, judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Level, Outcome, Profile

from .examples import APPROVED, DRAFT, Example
from .observations import FOLDER, record

EVERY: tuple[Example, ...] = tuple(
    example
    for module in pkgutil.iter_modules([str(Path(__file__).parent)], f"{__package__}.")
    if module.name != __name__
    for example in getattr(importlib.import_module(module.name), "EXAMPLES", ())
)
"""The examples of every module beside this one."""

CATALOGUE = load_catalogue()
LARGEST = 1024 * 1024
"""Bytes of all the recorded runs, which ship with the package."""


@pytest.mark.parametrize("requirement", CATALOGUE, ids=lambda requirement: requirement.id)
def test_every_requirement_has_right_and_wrong_observations(requirement: Requirement) -> None:
    answers = {each.answer for each in EVERY if each.requirement == requirement.id}
    if requirement.level is Level.MAY:
        seen = {each.words for each in EVERY if each.requirement == requirement.id}
        assert Answer.OBSERVED in answers
        assert len(seen) > 1
    else:
        assert {Answer.MET, Answer.BROKEN} <= answers
    # what has to hold first can fail for every one of them
    assert Answer.UNTESTABLE in answers


def test_no_two_examples_have_one_name() -> None:
    names = [str(example) + example.text.profile.value for example in EVERY]
    assert sorted(names) == sorted(set(names))


def test_the_causes_of_what_is_untestable_are_requirements() -> None:
    assert {each.cause for each in EVERY if each.cause is not None} <= {r.id for r in CATALOGUE}


def test_a_should_that_is_broken_is_a_warning() -> None:
    for example in EVERY:
        if example.answer is Answer.BROKEN:
            requirement = CATALOGUE[example.requirement]
            outcome = judge(requirement, example.observation, example.text).outcome
            expected = Outcome.WARN if requirement.level is Level.SHOULD else Outcome.FAIL
            assert outcome is expected


OUTCOMES = {
    Answer.MET: Outcome.PASS,
    Answer.OBSERVED: Outcome.OBSERVED,
    Answer.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    Answer.UNTESTABLE: Outcome.UNTESTABLE,
}


@pytest.mark.parametrize("answer", OUTCOMES)
def test_an_answer_becomes_an_outcome(answer: Answer) -> None:
    example = next(each for each in EVERY if each.answer is answer)
    requirement = CATALOGUE[example.requirement]
    judgement = judge(requirement, example.observation, example.text)
    assert judgement.outcome is OUTCOMES[answer]
    assert judgement.requirement is requirement
    assert judgement.verdict.answer is answer


RIGHT = (
    "draft",
    "approved",
    "published",
    "api-0.11",
    "daemon",
    "variables",
    "given-time",
    "unlisted",
)


@pytest.mark.parametrize("name", RIGHT)
def test_all_that_the_reference_lifecycle_did_is_right(name: str) -> None:
    text = load_text(record(name).run.profile)
    for scenario in record(name).scenarios:
        for seen in scenario.observations:
            outcomes = {
                requirement.id: judge(requirement, seen, text).outcome
                for requirement in CATALOGUE
                if applies(requirement, seen.situation, text)
            }
            assert outcomes
            assert set(outcomes.values()) <= {
                Outcome.PASS,
                Outcome.OBSERVED,
                Outcome.NOT_APPLICABLE,
            }, (scenario.id, outcomes)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("fault-*.xz")))
def test_each_recorded_fault_is_found(name: str) -> None:
    for scenario in record(name).scenarios:
        seen = scenario.observations[0]
        judged = [judge(r, seen, DRAFT) for r in CATALOGUE if applies(r, seen.situation, DRAFT)]
        found = [each for each in judged if each.verdict.answer is Answer.BROKEN]
        if not found:
            # which form a reference takes is observed
            assert "for-reference" in name
        for each in judged:
            json.dumps([each.verdict.expected, each.verdict.actual])


def test_the_recorded_runs_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < LARGEST


@pytest.mark.parametrize("profile", Profile)
def test_records_are_judged_by_the_text_that_they_were_made_for(profile: Profile) -> None:
    assert load_text(profile).profile is profile
    assert APPROVED.resolved_name
    assert not DRAFT.resolved_name
