"""Which requirements apply to a call, and what judging makes of one that may end either way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import applicable, applies, judge
from pytest_cnb_report.values import Outcome, PlatformApi

from .examples import DRAFT, PUBLISHED
from .observations import asked_of, call, recorded

REQUIREMENTS = load_catalogue()
REBASE = recorded("draft", "rebaser-plain")
EXPORT = recorded("draft", "exporter-plain")


def either(seen: Observation) -> Observation:
    """Leave it open how the call ends."""
    return replace(
        seen,
        situation=replace(seen.situation, expect=Expect.EITHER),
        asked=replace(asked_of(seen), expect=Expect.EITHER),
    )


@pytest.mark.parametrize("seen", [REBASE, EXPORT], ids=["rebase", "export"])
@pytest.mark.parametrize("text", [DRAFT, PUBLISHED], ids=["draft", "published"])
def test_those_that_apply_are_those_of_which_each_is_said_to(seen: Observation, text: Text) -> None:
    found = applicable(REQUIREMENTS, seen.situation, text)
    assert found == tuple(each for each in REQUIREMENTS if applies(each, seen.situation, text))
    assert 10 < len(found) < len(REQUIREMENTS)
    about_fields = [each.id for each in found if each.id.startswith("report.run-image.")]
    assert bool(about_fields) == (text is DRAFT)


def test_phase_and_platform_api_decide_too() -> None:
    ids = {each.id for each in applicable(REQUIREMENTS, EXPORT.situation, DRAFT)}
    assert "export.succeeds" in ids
    assert "rebase.succeeds" not in ids
    older = replace(REBASE.situation, platform_api=PlatformApi(0, 11))
    later = {each.id for each in applicable(REQUIREMENTS, REBASE.situation, DRAFT)}
    assert {each.id for each in applicable(REQUIREMENTS, older, DRAFT)} < later


def test_where_the_end_is_open_both_ends_count() -> None:
    ids = {each.id for each in applicable(REQUIREMENTS, either(REBASE).situation, DRAFT)}
    refused = replace(REBASE.situation, expect=Expect.REFUSAL)
    ends = (REBASE.situation, refused)
    of_each = [{each.id for each in applicable(REQUIREMENTS, end, DRAFT)} for end in ends]
    assert ids == of_each[0] | of_each[1]
    assert of_each[0] - of_each[1]


def test_a_call_that_did_what_it_may_refuse_is_judged_as_a_success() -> None:
    judged = judge(REQUIREMENTS["rebase.layers"], either(REBASE), DRAFT)
    assert judged.outcome is Outcome.PASS


def test_a_call_that_never_was_counts_as_one_that_did_not_refuse() -> None:
    never = replace(either(REBASE), call=None)
    judged = judge(REQUIREMENTS["rebase.layers"], never, DRAFT)
    assert judged.verdict.answer is not Answer.NOT_APPLICABLE


def test_of_a_call_that_refused_nothing_is_judged_that_is_about_a_success() -> None:
    refused = call(exit_code=70)(either(REBASE))
    judged = judge(REQUIREMENTS["rebase.layers"], refused, DRAFT)
    assert judged.outcome is Outcome.NOT_APPLICABLE
    assert judged.verdict.message == "the rebaser refused what it may do or refuse"


def test_an_observation_without_what_was_asked_can_be_of_either_end() -> None:
    made_elsewhere = replace(either(REBASE), asked=None)
    refused = call(exit_code=70)(made_elsewhere)
    judged = judge(REQUIREMENTS["rebase.layers"], refused, DRAFT)
    assert judged.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("requirement", ["export.succeeds", "report.written"])
def test_what_an_adapter_declined_is_not_applicable_with_its_reason(requirement: str) -> None:
    judged = judge(REQUIREMENTS[requirement], replace(EXPORT, declined="no daemon here"), DRAFT)
    assert judged.outcome is Outcome.NOT_APPLICABLE
    assert judged.verdict.declined
    assert judged.verdict.message == "the adapter declined: no daemon here"
