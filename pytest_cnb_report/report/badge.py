"""`badge.json`: the verdict in the endpoint format of shields.io."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_cnb_report.report.verdict import CONFORMANT, NOT_CONFORMANT, verdict
from pytest_cnb_report.values import Level, Outcome

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Run

_NOT_MET = {Outcome.FAIL, Outcome.UNTESTABLE}


def badge(run: Run) -> dict[str, str | int]:
    """Give the badge: green only where everything was judged and nothing is excused."""
    exit_code = verdict(run).exit_code
    known = any(result.outcome is Outcome.KNOWN_FAILURE for result in run.results)
    if exit_code == CONFORMANT:
        message, colour = "conformant", "brightgreen"
        if known:
            message, colour = "conformant but for known failures", "yellow"
        elif not run.complete or run.declined:
            colour = "yellowgreen"
    elif exit_code == NOT_CONFORMANT:
        message, colour = _not_conformant(run), "red"
    else:
        message, colour = _not_judged(run), "lightgrey"
    if run.amendment is not None:
        colour = "blue"
    return {
        "schemaVersion": 1,
        "label": f"CNB {run.profile.value}, API {run.platform_api}",
        "message": message + run.reservation,
        "color": colour,
    }


def dumps(run: Run) -> str:
    """Write the badge of `run` as the text of `badge.json`."""
    return json.dumps(badge(run), indent=1, ensure_ascii=False) + "\n"


def _not_conformant(run: Run) -> str:
    counting = {Level.MUST, Level.SHOULD} if run.strict else {Level.MUST}
    of = {r.requirement for r in run.results if r.level in counting}
    not_met = {r.requirement for r in run.results if r.level in counting and r.outcome in _NOT_MET}
    if not not_met:
        return "known failures are out of date"
    level = "requirements" if run.strict else "MUST"
    return f"{len(not_met)} of {len(of)} {level} not met"


def _not_judged(run: Run) -> str:
    errors = sum(result.outcome is Outcome.ERROR for result in run.results)
    return f"could not judge: {errors} error{'s' * (errors > 1)}" if errors else "could not judge"
