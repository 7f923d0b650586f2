"""What a rebaser must not do: refused, with the right exit code, and with nothing changed."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.cases import Case, Expect
from pytest_cnb_report.judge.guards import digest_or_id, refused
from pytest_cnb_report.judge.rules.rule import Rule, beginning, named
from pytest_cnb_report.judge.verdict import Answer, Verdict, broken, met, untestable
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Phase, Profile

REBASE_CODES = range(70, 80)
"""Exit codes of rebase-specific errors (platform specification, rebaser: Outputs)."""

_ROW_OF_CASE = {
    "unlisted": "rebase.unlisted.refused",
    "rebasable-false": "rebase.rebasable-false.refused",
}


def is_refused(observation: Observation, _: Profile) -> Verdict:
    """Judge that what the specification forbids is refused."""
    return refused(observation)


def _require_refusal(observation: Observation) -> Verdict | None:
    """Return the verdict where there was no refusal to look at."""
    verdict = refused(observation)
    if verdict.answer is Answer.MET:
        return None
    if verdict.answer is Answer.UNTESTABLE:
        return verdict
    row = _ROW_OF_CASE.get(observation.case, "rebase.target.mismatch-refused")
    return untestable("it was not refused", cause=row)


def exit_code(observation: Observation, _: Profile) -> Verdict:
    """Judge that a refusal exits with a code for rebase-specific errors."""
    missing = _require_refusal(observation)
    if missing is not None:
        return missing
    code = observation.call.exit_code if observation.call is not None else None
    if code in REBASE_CODES:
        return met()
    return broken(
        f"a refused rebase exits {code}", expected="an exit code from 70 to 79", actual=code
    )


def untouched(observation: Observation, _: Profile) -> Verdict:
    """Judge that a refused rebase leaves every image as it was."""
    missing = _require_refusal(observation)
    if missing is not None:
        return missing
    before = {name: digest_or_id(state) for name, state in observation.before.items()}
    after = {name: digest_or_id(observation.after.get(name)) for name in before}
    if before == after:
        return met()
    return broken(
        "the rebase was refused, but the app image changed", expected=before, actual=after
    )


def _refusal(case: Case) -> bool:
    return case.phase is Phase.REBASER and case.expect is Expect.REFUSAL


RULES: Mapping[str, Rule] = {
    "rebase.unlisted.refused": Rule(is_refused, named("unlisted", refused=True)),
    "rebase.rebasable-false.refused": Rule(is_refused, named("rebasable-false")),
    "rebase.target.mismatch-refused": Rule(is_refused, beginning("other-")),
    "rebase.refusal.exit-code": Rule(exit_code, _refusal),
    "rebase.refusal.untouched": Rule(untouched, _refusal),
}
