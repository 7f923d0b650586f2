"""The call of a rebase: what a rebaser is called with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.drive.cases import Rebase
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.observe.bench import Bench, user_variables
from pytest_cnb_report.observe.report_plan import ReportPlan
from pytest_cnb_report.values import Phase


@dataclass(frozen=True)
class RebaseCall:
    """What a rebase is called with.

    `given` is the run image as the platform gives it, `other_run_image` another name, `previous`
    the app image that is rebased, and `images` are the names to write.
    """

    ask: Rebase
    folder: Path
    plan: ReportPlan
    given: str | None
    other_run_image: str
    previous: str
    images: tuple[str, ...]

    def inputs(self, *, at_daemon: bool) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Say the run image, the force and the daemon in the way that the case asks for."""
        ask = self.ask
        arguments: list[str] = []
        environment: dict[str, str] = {}
        if self.given is not None:
            if ask.given == "environment":
                environment["CNB_RUN_IMAGE"] = self.given
            else:
                flag = "-image" if ask.given == "deprecated-flag" else "-run-image"
                arguments += [flag, self.given]
            if ask.given == "flag-over-environment":
                environment["CNB_RUN_IMAGE"] = self.other_run_image
        if ask.force == "flag":
            arguments.append("-force")
        if ask.force_denied:
            environment["CNB_FORCE_REBASE"] = "false"
        elif ask.force == "environment":
            environment["CNB_FORCE_REBASE"] = "true"
        if at_daemon:
            if ask.daemon == "flag":
                arguments.append("-daemon")
            else:
                environment["CNB_USE_DAEMON"] = "true"
        return tuple(arguments), environment


def rebase(bench: Bench, call: RebaseCall) -> Invocation:
    """Call the rebaser."""
    arguments, environment = call.inputs(at_daemon=bench.at_daemon)
    previous = ("-previous-image", call.previous) if call.ask.previous_image else ()
    return bench.call(
        Phase.REBASER,
        [*call.plan.arguments, *arguments, *previous, *call.images],
        environment={**user_variables(Phase.REBASER), **call.plan.environment, **environment},
        directory=call.folder,
    )
