"""What a rebaser must not do: refused, with the right exit code, and with nothing changed."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.situation import DISTRO_LABELS, Evidence
from pytest_cnb_report.judge.applicability import INPUTS, UNLISTED_PERMITTED, asks
from pytest_cnb_report.judge.preconditions import (
    digest_or_id,
    refused,
    succeeded,
    succeeded_by_flags,
    unable,
)
from pytest_cnb_report.judge.refusal import (
    MISMATCH,
    REBASABLE_FALSE,
    UNLISTED,
    done_where_allowed,
    may_be_done,
    reasons_to_refuse,
    too_old,
)
from pytest_cnb_report.judge.resolution import is_unlisted
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.used_run_image import is_used, uses_its_run_image
from pytest_cnb_report.judge.verdict import (
    Answer,
    Json,
    Verdict,
    broken,
    met,
    not_applicable,
    shown,
    untestable,
)
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation

REBASE_CODES = range(70, 80)
"""Exit codes of rebase-specific errors (platform specification, rebaser: Outputs)."""

_TARGET_DATA = ("os", "architecture", "variant")


def unlisted(observation: Observation, text: Text) -> Verdict:
    """Judge that an unlisted run image is refused."""
    if text.accepts("unlisted-run-image", "b"):
        return not_applicable("the specification does not say what happens then")
    if observation.asked is not None and not is_unlisted(observation.asked, text):
        return not_applicable("the run image is listed")
    return refused(observation)


def unlisted_permitted(observation: Observation, _: Text) -> Verdict:
    """Judge that an unlisted run image is rebased onto where nothing forbids it yet."""
    by_flags = observation
    if not asks.succeeding_by(UNLISTED_PERMITTED)(observation.situation):
        by_flags = observation.control or observation
    verdict = unable(by_flags) or succeeded_by_flags(observation)
    if verdict.answer is Answer.BROKEN:
        return broken(
            "the rebase onto a run image that the app image does not list failed:"
            f" {verdict.message}",
            expected=verdict.expected,
            actual=verdict.actual,
        )
    asked, app = observation.asked, observation.app
    if verdict.answer is not Answer.MET or asked is None or not isinstance(app, AppImage):
        return verdict
    if is_used(asked, app.diff_ids):
        return met()
    if by_flags is not observation and uses_its_run_image(by_flags):
        return untestable("another run image was used", cause=INPUTS)
    return broken(
        "another run image was used instead of the given one, which the app image does not list",
        expected=list(asked.run_image.diff_ids),
        actual=list(app.diff_ids),
    )


def rebasable_false(observation: Observation, text: Text) -> Verdict:
    """Judge that an app image that says it cannot be rebased is refused."""
    return too_old(observation, text) or refused(observation)


def mismatch(observation: Observation, text: Text) -> Verdict:
    """Judge that other target data is refused, or that the old values are kept."""
    old = too_old(observation, text)
    if old is not None:
        return old
    if not observation.situation.differing and text.reading("target-data-missing") == "a":
        return not_applicable("target data that one of the images lacks is not a mismatch")
    verdict = refused(observation)
    if verdict.answer is Answer.UNTESTABLE:
        return verdict
    met_by_refusal = verdict.answer is Answer.MET and text.accepts("target-mismatch", "a")
    if text.accepts("target-mismatch", "b") and not met_by_refusal:
        verdict = _kept(observation)
    open_ = not observation.situation.differing and text.accepts("target-data-missing", "a")
    if open_ and verdict.answer is Answer.BROKEN:
        return not_applicable("whether target data that one of the images lacks differs is open")
    return verdict


def _kept(observation: Observation) -> Verdict:
    """Judge that the rebase was done, and that the image stays for the target that it was for."""
    verdict = succeeded(observation)
    app, before = observation.app, observation.app_before
    if verdict.answer is not Answer.MET:
        return verdict
    if not isinstance(app, AppImage) or not isinstance(before, AppImage):
        return untestable("there was no app image")
    was, now = _target_data(before), _target_data(app)
    differing = [key for key in was if was[key] != now[key]]
    if not differing:
        return met("the rebase was done, and the target data is what it was")
    return broken(
        f"{', '.join(differing)} changed without -force",
        expected={key: was[key] for key in differing},
        actual={key: now[key] for key in differing},
    )


def _target_data(image: AppImage) -> dict[str, Json]:
    document = {key: shown(image.document.get(key)) or None for key in _TARGET_DATA}
    return {**document, **{key: image.labels.get(key) for key in DISTRO_LABELS}}


def _require_refusal(observation: Observation, text: Text) -> Verdict | None:
    """Return the verdict where there was no refusal to look at."""
    if done_where_allowed(observation, text):
        return not_applicable("nothing forbids the call, and it succeeded")
    verdict = refused(observation)
    if verdict.answer is Answer.MET:
        return None
    if verdict.answer is Answer.UNTESTABLE:
        return verdict
    cause = next(reasons_to_refuse(observation, text), None)
    return untestable("it was not refused", cause=cause)


def exit_code(observation: Observation, text: Text) -> Verdict:
    """Judge that a refusal exits with a code for rebase-specific errors."""
    if may_be_done(observation, text):
        return not_applicable("nothing requires a refusal here")
    missing = _require_refusal(observation, text)
    if missing is not None:
        return missing
    code = observation.call.exit_code if observation.call is not None else None
    if code in REBASE_CODES:
        return met()
    if text.accepts("refusal-exit-code", "b"):
        return met(f"exit code {code}")
    return broken(
        f"a refused rebase exits {code}", expected="an exit code from 70 to 79", actual=code
    )


def untouched(observation: Observation, text: Text) -> Verdict:
    """Judge that a refused rebase leaves every image as it was."""
    missing = _require_refusal(observation, text)
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
    UNLISTED_PERMITTED: Rule(
        unlisted_permitted,
        asks.success & asks.succeeding_by_flags(UNLISTED_PERMITTED),
        _CALL,
    ),
    UNLISTED: Rule(unlisted, asks.refusal & asks.unlisted, _CALL),
    REBASABLE_FALSE: Rule(rebasable_false, asks.refusal & asks.rebasable_false, _CALL),
    MISMATCH: Rule(mismatch, asks.refusal & (asks.other_target | asks.half_target), _CALL),
    "rebase.refusal.exit-code": Rule(exit_code, asks.refusal, _CALL),
    "rebase.refusal.untouched": Rule(untouched, asks.refusal, _CALL),
}
