"""The results of one scenario, and how a test ends on them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_cnb_report.planning.results import JudgedScenario, told
from pytest_cnb_report.report.results import Result
from pytest_cnb_report.values import Outcome
from pytest_cnb_report.visible_text import for_log


@dataclass(frozen=True)
class ScenarioResult:
    """What a conformance test asserts on: a scenario with one result for each requirement."""

    judged: JudgedScenario

    def assert_met(self) -> None:
        """End the test as the results ask: failure, expected failure, skip with a reason, pass."""
        failed = self._having(Outcome.FAIL)
        if failed:
            names = ", ".join(dict.fromkeys(each.requirement for each in failed))
            pytest.fail(
                for_log(f"failed: {names}\n{told(failed, self.judged.scenario)}"), pytrace=False
            )
        known = self._having(Outcome.KNOWN_FAILURE)
        if known:
            reasons = (f"{each.requirement}: {each.reason or 'known failure'}" for each in known)
            pytest.xfail(for_log("; ".join(dict.fromkeys(reasons))))
        nothing = {Outcome.UNTESTABLE, Outcome.NOT_APPLICABLE}
        if all(each.outcome in nothing for each in self.judged.results):
            why = dict.fromkeys(f"{e.outcome.value}: {e.message}" for e in self.judged.results)
            pytest.skip(for_log("; ".join(why)))

    def _having(self, outcome: Outcome) -> list[Result]:
        return [each for each in self.judged.results if each.outcome is outcome]
