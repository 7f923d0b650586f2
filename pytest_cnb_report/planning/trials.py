"""What came of trying a case, once or, for a generated one, many times."""

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
