"""What was made elsewhere: judged as `check-report` judges it, in the words of `cnb_observe`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from pytest_cnb_report.drive.situation import GIVEN_BY
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.check_report import FinishedBuildSession
from pytest_cnb_report.planning.plan import Unjudged
from pytest_cnb_report.requirements.catalogue import Requirement
from pytest_cnb_report.requirements.judging import Judgement, judge
from pytest_cnb_report.values import Outcome

_ARGUMENTS = {
    "--app-image": "app=",
    "--before": "before=",
    "--insecure": "insecure=True",
    "--phase": "phase=",
    "--platform-api": "platform_api=",
    "--run": "run_file=",
    "--run-image": "run_image=",
    "--target": "target=",
}
"""The argument of `cnb_observe` that each option of `check-report` is."""

_OPTION = re.compile(r"(?:check-report: )?(--[a-z][a-z-]*)(?: (?=\S*[:/@]|(?:registry|daemon)\b))?")
"""An option of a message, and the space before its value, where one follows."""


def in_arguments(message: str) -> str:
    """Say in the arguments of `cnb_observe` what `check-report` says in its options."""
    return _OPTION.sub(lambda option: _ARGUMENTS.get(option[1], option[0]), message)


def judge_elsewhere(
    asked: Iterable[Requirement], observation: Observation, text: Text
) -> tuple[Judgement, ...]:
    """Judge a build that was made elsewhere by those of the requirements that are about it.

    What cannot be judged is not applicable, with the reason and the evidence that is missing.
    """
    plan = FinishedBuildSession(text, observation).plan()
    judged = (each for scenario in plan.scenarios for each in scenario.requirements)
    found = {each.id: judge(each, observation, text) for each in judged}
    found.update({each.requirement.id: _not_judged(each) for each in plan.unjudged})
    return tuple(found[each.id] for each in asked if each.id in found)


def _not_judged(unjudged: Unjudged) -> Judgement:
    verdict = Verdict(Answer.NOT_APPLICABLE, in_arguments(unjudged.why), missing=unjudged.missing)
    return Judgement(unjudged.requirement, Outcome.NOT_APPLICABLE, verdict)


def not_judged(judgements: Sequence[Judgement]) -> str | None:
    """Count what could not be tested for want of what; None where all of it could be."""
    missing = Counter(each.verdict.missing for each in judgements if each.verdict.missing)
    if not missing:
        return None
    why = (f"{number} no {GIVEN_BY[each]}" for each, number in missing.most_common())
    return f"{missing.total()} could not be tested here ({in_arguments(', '.join(why))})"
