"""Which requirements, phases and scenarios a run is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cnb_report.values import Extent, Phase

if TYPE_CHECKING:
    from pytest_cnb_report.planning.plan import Scenario

PLAIN = "plain"
"""The name of the case of each phase that a quick run has: nothing about it is special."""


@dataclass(frozen=True)
class Selection:
    """Which requirements, phases and scenarios a run is asked for."""

    requirements: frozenset[str]
    phases: frozenset[Phase]
    extent: Extent = Extent.USUAL

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
            if self.extent is not Extent.QUICK or each.case.name == PLAIN
        )
        return tuple(each for each in left if each.requirements)
