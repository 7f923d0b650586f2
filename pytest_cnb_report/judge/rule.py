"""What a rule is: a pure function from an observation to a verdict, and when it applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import Condition
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict
from pytest_cnb_report.observe.observation import Observation

Judge: TypeAlias = Callable[[Observation, Text], Verdict]


@dataclass(frozen=True)
class Rule:
    """How one requirement is judged.

    `when` is what a call has to ask for the requirement to apply; `needs` is the evidence without
    which it cannot be judged; `why_not` says why no call of the suite's own asks for it.
    """

    judge: Judge
    when: Condition
    needs: frozenset[Evidence] = frozenset()
    why_not: str | None = None


def needs(*evidence: Evidence) -> frozenset[Evidence]:
    """Return the evidence that a rule needs."""
    return frozenset(evidence)
