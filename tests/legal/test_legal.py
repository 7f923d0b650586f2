"""No requirement takes a legal variation for a mistake, however far it is from the reference."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from _pytest.mark import ParameterSet

from pytest_cnb_report.report import truncate
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import applicable, judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import PLATFORM_APIS, Outcome, Profile, Target

from .corpus import BY_NAME, CORPUS
from .lab import CASES, Lab, Place, places_of
from .seen import Seen, blobs, config, evidence, exit_code, files, manifest, output, report_text
from .seen import requests as requests_sent
from .variation import Variation

ASPECTS = (blobs, config, evidence, exit_code, files, manifest, output, report_text, requests_sent)

ALARMS = frozenset({Outcome.FAIL, Outcome.WARN, Outcome.ERROR, Outcome.UNTESTABLE})


class NoEffectError(Exception):
    """A variation is not seen to do anything."""


def alarms(seen: Seen, variation: Variation, profile: str) -> dict[str, str]:
    """Return the message of each requirement that is not met, of all that a run judges there."""
    text = load_text(Profile(profile))
    text = replace(text, readings={**text.readings, **variation.readings})
    observation = seen.observation
    judged = [
        judge(requirement, observation, text)
        for requirement in applicable(load_catalogue(), observation.situation, text)
    ]
    assert judged
    for judgement in judged:
        verdict = judgement.verdict
        shown = [truncate.bounded(verdict.expected), truncate.bounded(verdict.actual)]
        assert json.dumps(shown, allow_nan=False)
    return {
        judgement.requirement.id: judgement.verdict.message
        for judgement in judged
        if judgement.outcome in ALARMS
    }


def parameter(variation: Variation) -> ParameterSet:
    marks: list[pytest.MarkDecorator] = []
    if variation.false_alarm:
        marks = [pytest.mark.xfail(reason=variation.false_alarm, raises=AssertionError)]
    return pytest.param(variation, id=variation.name, marks=marks)


@pytest.mark.parametrize("variation", [parameter(each) for each in CORPUS])
def test_it_is_no_mistake(variation: Variation, lab: Lab) -> None:
    found: dict[str, dict[str, str]] = {}
    shown = False
    for place in places_of(variation):
        for case in variation.cases:
            seen = lab.seen(variation, case, place)
            plain = lab.plain(case, place)
            shown = shown or variation.shows(seen) != variation.shows(plain)
            wrong = alarms(seen, variation, place.profile)
            if wrong:
                found[f"{case} ({place.profile})"] = wrong
    if not shown:
        raise NoEffectError(f"{variation.name} has no effect on any of its cases")
    assert found == {}, f"{variation.what} Why that is legal: {variation.why}"


@pytest.mark.parametrize("own_exports", [False, True])
@pytest.mark.parametrize("case", sorted({case for each in CORPUS for case in each.cases}))
def test_the_reference_repeats_itself(case: str, own_exports: bool, lab: Lab) -> None:
    """So that whatever differs from it is the variation's doing."""
    place = Place(PLATFORM_APIS[-1], Profile.RFC_0129_DRAFT.value, own_exports)
    once, again = lab.plain(case, place), lab.seen(None, case, place)
    assert [aspect(once) for aspect in ASPECTS] == [aspect(again) for aspect in ASPECTS]


def test_a_mistake_would_be_noticed(lab: Lab) -> None:
    variation = BY_NAME["dotted-keys"]
    (place, _), case = places_of(variation), "rebaser plain"
    seen = lab.seen(variation, case, place)
    assert alarms(seen, variation, place.profile) == {}
    report = seen.observation.report
    spoilt = replace(report, content=(report.content or b"").replace(b"image.digest", b"digest"))
    wrong = replace(seen, observation=replace(seen.observation, report=spoilt))
    assert set(alarms(wrong, variation, place.profile)) == {"report.image.digest"}


def test_there_are_as_many_as_were_promised() -> None:
    assert len(BY_NAME) == len(CORPUS) >= 80


@pytest.mark.parametrize("variation", CORPUS, ids=lambda variation: variation.name)
def test_each_says_what_it_does_and_why_it_may(variation: Variation) -> None:
    assert variation.what.endswith(".")
    assert variation.why.endswith(".")
    assert bool(variation.parts) != (variation.around is not None)
    assert all(question in load_text(Profile.RFC_0129).readings for question in variation.readings)
    assert 1 <= len(variation.cases) * len(variation.profiles) <= 12
    for place in places_of(variation):
        cases = [CASES[case] for case in variation.cases]
        assert all(case.exists_at(Target.REGISTRY, place.platform_api) for case in cases)


def test_no_two_are_named_alike() -> None:
    assert [name for name, count in Counter(v.name for v in CORPUS).items() if count > 1] == []
