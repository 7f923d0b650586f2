"""What the results of a record say of the texts that they were judged by."""

from __future__ import annotations

import functools
from pathlib import Path

from pytest_cnb_report.planning.judge_record import judge_record
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.record.file import read_record
from pytest_cnb_report.report.results import Run
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Outcome, Profile

OBSERVATIONS = Path(__file__).parents[2] / "fixtures" / "observations"
SETTINGS = {
    "profile": Profile.RFC_0129_DRAFT.value,
    "target": "auto",
    "registry": "embedded",
    "daemon": "auto",
    "examples": "50",
    "timeout": "10",
    "seed": "0",
}
REFERENCE = "report.run-image.reference"


@functools.cache
def judged(name: str, profile: Profile = Profile.RFC_0129_DRAFT) -> Run:
    record = read_record(OBSERVATIONS / f"{name}.xz")
    settings = read_settings(SETTINGS)
    return judge_record(record, load_text(profile), settings, None).run(0.0)


def test_a_result_names_the_readings_that_its_outcome_depends_on() -> None:
    run = judged("draft", Profile.RFC_0129)
    layout = [each for each in run.results if each.requirement == "report.run-image.layout"]
    failed = [each for each in layout if each.outcome is Outcome.FAIL]
    assert failed
    assert {each.readings for each in failed} == {("approved-field-place", "fields-since")}
    assert run.rests_on(failed[0])[0] == run.readings["approved-field-place"]


def test_a_result_that_passes_names_none() -> None:
    run = judged("draft")
    passed = [each for each in run.results if each.outcome is Outcome.PASS]
    assert run.requirements[REFERENCE].readings
    assert {each.readings for each in passed} == {()}


def test_an_observation_names_the_reading_that_would_make_it_a_verdict() -> None:
    observed = [
        each
        for each in judged("draft").results
        if each.requirement == "rebase.metadata.unknown-kept"
    ]
    assert ("unknown-metadata-keys",) in {each.readings for each in observed}


def test_the_text_of_the_tested_platform_api_is_cited() -> None:
    facts = judged("api-0.11").requirements["rebase.layers"]
    assert facts.source == (
        "Platform specification 0.11, rebaser: Outputs; Platform specification 0.11, Rebase"
    )
    assert facts.url is not None
    assert "5e9784721a20b57dc5e3eb43dd135628c7e688c4" in facts.url


def test_the_text_of_the_profile_is_cited() -> None:
    draft = judged("draft").requirements[REFERENCE]
    approved = judged("approved", Profile.RFC_0129).requirements[REFERENCE]
    assert draft.source == "RFC 0129, first draft, Spec. Changes"
    assert approved.source == "RFC 0129, approved, Spec. Changes"
