"""Whether a call whose app image the registry did not take says so."""

from __future__ import annotations

from pytest_cnb_report.judge.not_reached import not_reached
from pytest_cnb_report.judge.preconditions import broke_down, unable
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict, broken, met, untestable
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Phase

SPECIFIC_CODES = {
    Phase.EXPORTER: (range(60, 70), "export"),
    Phase.CREATOR: (range(60, 70), "export"),
    Phase.REBASER: (range(70, 80), "rebase"),
}
"""Exit codes of a phase's own errors (platform specification, Outputs), and what those are of."""


def push_failure(observation: Observation, _: Text) -> Verdict:
    """Judge that a call does not exit 0 where the registry refused an app image's manifest.

    Which other code it exits with is free: the specification's tables have generic ones as well.
    """
    call, phase = observation.call, observation.phase.value
    if observation.blocked is not None or call is None:
        return not_reached(observation, "scenario")
    never = unable(observation)
    if never is not None:
        return never
    if not _was_refused(observation):
        return untestable(f"the {phase} did not push the manifest that the registry refuses")
    if call.exit_code == 0:
        return broken(
            f"the registry refused an app image, and the {phase} exited 0",
            expected="an exit code other than 0",
            actual=0,
        )
    if broke_down(call, observation.control):
        return broken(
            f"the registry refused an app image, and the {phase} crashed: it {call.ending}",
            expected="an exit code that the specification defines for errors",
            actual=call.last_lines or call.ending,
        )
    codes, what = SPECIFIC_CODES[observation.phase]
    kind = f"a code for {what} errors" if call.exit_code in codes else "a code for any error"
    return met(f"the {phase} exited {call.exit_code}, {kind}")


def _was_refused(observation: Observation) -> bool:
    """Whether the registry was asked to store a manifest, and did not."""
    return any(
        request.method == "PUT" and "/manifests/" in request.path and request.status >= 400
        for request in observation.requests
    )
