"""What has to be refused and is only left undone, whatever stood where the app image was to go."""

from __future__ import annotations

import pytest

from pytest_cnb_report.drive.cases import Case, Expect
from pytest_cnb_report.lifecycles.forked import ForkServer
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.scenarios.tables import table_cases
from pytest_cnb_report.values import PLATFORM_APIS, Target

from .judging import PROFILE, failures


def to_be_refused(given: str, taken: str) -> Case:
    """Return a rebase of a previous image to new names that must be refused."""
    return next(
        case
        for case in table_cases(Target.REGISTRY, PLATFORM_APIS[-1])
        if case.expect is Expect.REFUSAL
        and (case.point["given"], case.point["taken"]) == (given, taken)
        and case.point["previous"] != "no"
    )


@pytest.mark.parametrize("given", ["environment", "deprecated-flag", "flag-over-environment"])
@pytest.mark.parametrize("taken", ["yes", "no"])
def test_exit_code_0_is_no_refusal(
    bench: Bench, server: ForkServer, given: str, taken: str
) -> None:
    case = to_be_refused(given, taken)
    lifecycle = forked_reference(server, profile=PROFILE.value, fault="refusal-ends-well")
    seen = carry_out(bench.handed_to(lifecycle, bench.folder, with_exported=True), case)
    assert any("instead of refused" in message for message in failures(seen).values())
