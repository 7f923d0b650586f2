"""Carry a case out, and judge all that is judged on it."""

from __future__ import annotations

import json

from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.plan import all_cases
from pytest_cnb_report.report import truncate
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import Judgement, applicable, judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Outcome, Profile

PROFILE = Profile.RFC_0129_DRAFT

LONGEST_MESSAGE = 300
"""Characters that a reader can take in at once."""


def carried_out(bench: Bench, phase: str, name: str) -> Observation:
    (case,) = (c for c in all_cases() if (c.phase.value, c.name) == (phase, name))
    return carry_out(bench, case)


def judgements(observation: Observation, profile: Profile = PROFILE) -> dict[str, Judgement]:
    """Judge everything that a run judges there."""
    text = load_text(profile)
    return {
        requirement.id: judge(requirement, observation, text)
        for requirement in applicable(load_catalogue(), observation.situation, text)
    }


def failures(observation: Observation, profile: Profile = PROFILE) -> dict[str, str]:
    """Return the message of each requirement that fails, having looked at every verdict.

    Whatever is found can be told: the message is short, and what was found is JSON.
    """
    found = judgements(observation, profile)
    for judgement in found.values():
        verdict = judgement.verdict
        assert len(verdict.message) <= LONGEST_MESSAGE
        json.dumps([truncate.bounded(verdict.expected), truncate.bounded(verdict.actual)])
    return {
        requirement: judgement.verdict.message
        for requirement, judgement in found.items()
        if judgement.outcome in (Outcome.FAIL, Outcome.WARN)
    }


def untestable(observation: Observation) -> set[str]:
    return {
        requirement
        for requirement, judgement in judgements(observation).items()
        if judgement.outcome is Outcome.UNTESTABLE
    }
