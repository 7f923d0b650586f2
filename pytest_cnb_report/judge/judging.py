"""Judge observations: every requirement, its rule, and what the answer means at its level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.judge.catalogue import Requirement
from pytest_cnb_report.judge.guards import NotTestableError
from pytest_cnb_report.judge.rules import (
    export,
    rebase_image,
    rebase_labels,
    rebase_metadata,
    refusals,
    report_agreement,
    report_file,
    report_image,
    report_resolution,
    report_run_image,
)
from pytest_cnb_report.judge.rules.rule import Rule
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Level, Outcome, Profile

RULES: Mapping[str, Rule] = {
    **report_file.RULES,
    **report_image.RULES,
    **report_run_image.RULES,
    **report_agreement.RULES,
    **report_resolution.RULES,
    **export.RULES,
    **rebase_labels.RULES,
    **rebase_image.RULES,
    **rebase_metadata.RULES,
    **refusals.RULES,
}
"""The rule of each requirement, by its identifier."""

_OUTCOMES = {
    Answer.MET: Outcome.PASS,
    Answer.OBSERVED: Outcome.OBSERVED,
    Answer.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    Answer.UNTESTABLE: Outcome.UNTESTABLE,
}


@dataclass(frozen=True)
class Judgement:
    """What became of one requirement on one observation."""

    requirement: Requirement
    outcome: Outcome
    verdict: Verdict


def judged_on(requirement: Requirement, case: Case) -> bool:
    """Whether the requirement is judged on the case, platform API and profile aside."""
    return case.phase in requirement.phases and RULES[requirement.id].on(case)


def judge(requirement: Requirement, observation: Observation, profile: Profile) -> Judgement:
    """Judge one requirement on what was observed; nothing is run and nothing is read.

    Raises ValueError for an unknown profile.
    """
    try:
        verdict = RULES[requirement.id].judge(observation, Profile(profile))
    except NotTestableError as not_testable:
        verdict = not_testable.verdict
    if verdict.answer is Answer.BROKEN:
        outcome = Outcome.WARN if requirement.level is Level.SHOULD else Outcome.FAIL
    else:
        outcome = _OUTCOMES[verdict.answer]
    return Judgement(requirement, outcome, verdict)
