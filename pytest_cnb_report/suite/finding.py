"""What a test of the suite holds in its hand: one result, and how a test ends on it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_cnb_report.judge.catalogue import Requirement
from pytest_cnb_report.report.results import Result
from pytest_cnb_report.suite.results import told
from pytest_cnb_report.values import Outcome


@dataclass(frozen=True)
class Finding:
    """The result of one requirement on one case."""

    requirement: Requirement
    result: Result

    def must_be_met(self) -> None:
        """End the test as the outcome asks: pass, skip with a reason, expected failure, failure."""
        outcome = self.result.outcome
        if outcome is Outcome.KNOWN_FAILURE:
            pytest.xfail(self.result.reason or "known failure")
        if outcome is Outcome.FAIL:
            pytest.fail(told(self.result, self.requirement), pytrace=False)
        if outcome in (Outcome.NOT_APPLICABLE, Outcome.UNTESTABLE):
            pytest.skip(f"{outcome.value}: {self.result.message}")
