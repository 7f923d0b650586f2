"""The verdict on a call that was not made, because a step before it failed."""

from __future__ import annotations

from pytest_cnb_report.judge.verdict import Verdict, untestable
from pytest_cnb_report.observe.observation import Observation


def not_reached(observation: Observation, what: str) -> Verdict:
    """Say that nothing can be told of `what`; its cause is the requirement that the step fails."""
    return untestable(
        f"the {what} was not run: {observation.blocked}", cause=observation.blocked_by
    )
