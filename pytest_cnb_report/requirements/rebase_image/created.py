"""The rebased image: when it says that it was made, and whether the same rebase makes it again."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.app_contents import APP_CREATED, APP_CREATED_LATELY
from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.image_time import DAY, seconds_of
from pytest_cnb_report.judge.preconditions import require_before, require_success
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict, broken, met, shown, untestable
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation


def created_constant(observation: Observation, text: Text) -> Verdict:
    """Judge that `created` is not the time of the rebase; the time that it was may stay."""
    done = require_success(observation)
    created = done.app.document.get("created")
    if created is None or observation.call is None:
        return met("there is no created time")
    if created == require_before(done).document.get("created"):
        if text.accepts("created-constant", "a"):
            return met("the created time did not change")
        if created in {APP_CREATED, APP_CREATED_LATELY}:
            return broken(
                "created is the app image's own time, not a constant",
                expected="the same time for every image",
                actual=shown(created),
            )
    when = seconds_of(created)
    if when is None:
        return broken("created is not a time", expected="an RFC 3339 time", actual=shown(created))
    if abs(when - observation.call.started) > DAY:
        return met()
    return broken(
        "created is the time of the rebase, not a constant",
        expected="the same time whenever the rebase is done",
        actual=shown(created),
    )


def reproducible(observation: Observation, text: Text) -> Verdict:
    """Judge that the same rebase, done twice from the start, gives the same image."""
    done = require_success(observation)
    if created_constant(observation, text).answer is Answer.BROKEN:
        return untestable("created is not a constant", cause="rebase.created.constant")
    again = observation.again
    if again is None or not isinstance(again.app, AppImage) or not again.wrote:
        return untestable("the second rebase did not succeed", cause="rebase.succeeds")
    first = {"digest": done.app.digest, "image ID": done.app.image_id}
    second = {"digest": again.app.digest, "image ID": again.app.image_id}
    if first == second:
        return met()
    return broken(
        "the same rebase of the same app image gave another image", expected=first, actual=second
    )


_CALL = needs(Evidence.CALL)

RULES: Mapping[str, Rule] = {
    "rebase.created.constant": Rule(created_constant, asks.success, _CALL),
    "rebase.reproducible": Rule(reproducible, asks.success & asks.repeated, _CALL),
}
