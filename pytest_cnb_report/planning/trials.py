"""What was observed of one case, in one piece."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_cnb_report.drive.generated_cases import DrawnScenario
from pytest_cnb_report.observe.observation import Observation


@dataclass(frozen=True)
class Trials:
    """What was observed of a case; of a generated one first as drawn, then of shrinking."""

    observations: tuple[Observation, ...]
    drawn: int
    """How many of them were drawn; the others were tried to find a smaller failing one."""
    scenarios: tuple[DrawnScenario, ...] = ()
    """Of a generated case: what each of the observations is of."""
    left_out: int = 0
    """How many more were drawn; none of them failed what none of the observations fails."""
