"""What a rebaser must not do: refused, with the right exit code, and with nothing changed."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.preconditions import digest_or_id, refused
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict, broken, met, untestable
from pytest_cnb_report.observe.observation import Observation

REBASE_CODES = range(70, 80)
"""Exit codes of rebase-specific errors (platform specification, rebaser: Outputs)."""

UNLISTED = "rebase.unlisted.refused"
REBASABLE_FALSE = "rebase.rebasable-false.refused"
MISMATCH = "rebase.target.mismatch-refused"


def is_refused(observation: Observation, _: Text) -> Verdict:
    """Judge that what the specification forbids is refused."""
    return refused(observation)


def _require_refusal(observation: Observation) -> Verdict | None:
    """Return the verdict where there was no refusal to look at."""
    verdict = refused(observation)
    if verdict.answer is Answer.MET:
        return None
    if verdict.answer is Answer.UNTESTABLE:
        return verdict
    reasons = (
        (UNLISTED, asks.unlisted),
        (REBASABLE_FALSE, asks.rebasable_false),
        (MISMATCH, asks.other_target),
    )
    cause = next((row for row, reason in reasons if reason(observation.situation)), None)
    return untestable("it was not refused", cause=cause)


def exit_code(observation: Observation, _: Text) -> Verdict:
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


def untouched(observation: Observation, _: Text) -> Verdict:
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


_CALL = needs(Evidence.CALL)


RULES: Mapping[str, Rule] = {
    UNLISTED: Rule(is_refused, asks.refusal & asks.unlisted, _CALL),
    REBASABLE_FALSE: Rule(is_refused, asks.refusal & asks.rebasable_false, _CALL),
    MISMATCH: Rule(is_refused, asks.refusal & asks.other_target, _CALL),
    "rebase.refusal.exit-code": Rule(exit_code, asks.refusal, _CALL),
    "rebase.refusal.untouched": Rule(untouched, asks.refusal, _CALL),
}
