"""Which requirements and phases a run is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cnb_report.values import Phase

if TYPE_CHECKING:
    from pytest_cnb_report.planning.plan import Scenario


@dataclass(frozen=True)
class Selection:
    """Which requirements and phases a run is asked for."""

    requirements: frozenset[str]
    phases: frozenset[Phase]

    def takes(self, requirement: str, phase: Phase) -> bool:
        """Whether a requirement at a phase is asked for."""
        return requirement in self.requirements and phase in self.phases

    def of(self, scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
        """Return the scenarios that are left, each with the requirements that are asked for."""
        left = (
            replace(
                each,
                requirements=tuple(r for r in each.requirements if self.takes(r.id, each.phase)),
            )
            for each in scenarios
        )
        return tuple(each for each in left if each.requirements)
