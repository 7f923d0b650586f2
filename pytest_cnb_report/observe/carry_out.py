"""Carry out any case and observe it; a case that cannot be reached is an observation too."""

from __future__ import annotations

from pytest_cnb_report.drive.cases import Build, Case
from pytest_cnb_report.observe.bench import Bench, BlockedError
from pytest_cnb_report.observe.build_phase import carry_out_build
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.rebase_phase import carry_out_rebase


def carry_out(bench: Bench, case: Case) -> Observation:
    """Ask the phase what the case asks, at the bench's target, and look at what is there then."""
    try:
        if isinstance(case.ask, Build):
            return carry_out_build(bench, case, case.ask)
        return carry_out_rebase(bench, case, case.ask)
    except BlockedError as blocked:
        return Observation(
            case=case.name,
            phase=case.phase,
            target=bench.host.target,
            platform_api=bench.platform_api,
            blocked=str(blocked),
            steps=blocked.steps,
        )
