"""The exported image's config: what it runs on, what it starts, when it says that it was made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.image_time import DAY, seconds_of
from pytest_cnb_report.judge.preconditions import require_success
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict, broken, met, not_applicable, shown, untestable
from pytest_cnb_report.observe.input_traces import entrypoint as entrypoint_of
from pytest_cnb_report.observe.observation import Observation

EPOCH = "SOURCE_DATE_EPOCH"


def target(observation: Observation, _: Text) -> Verdict:
    """Judge that the app image is for what its run image is for."""
    done = require_success(observation)
    run_image, document = done.asked.run_image, done.app.document
    expected = {
        "os": run_image.os,
        "architecture": run_image.architecture,
        "variant": run_image.variant,
    }
    wrong = [key for key in expected if (document.get(key) or None) != (expected[key] or None)]
    if not wrong:
        return met()
    return broken(
        f"{', '.join(wrong)} of the app image is not the run image's"
        if len(wrong) == 1
        else f"{', '.join(wrong)} of the app image are not the run image's",
        expected={key: expected[key] for key in wrong},
        actual={key: shown(document.get(key)) for key in wrong},
    )


def entrypoint(observation: Observation, _: Text) -> Verdict:
    """Judge that the app image starts the process that was given, else the launcher."""
    done = require_success(observation)
    if observation.call is None:
        return untestable("the phase was not called")
    trace = entrypoint_of(observation.call, done.app)
    if trace.right:
        return met()
    return broken(
        "the entrypoint is not the process type that was given or, without one, the launcher",
        expected=shown(trace.expected),
        actual=shown(trace.found),
    )


def created_epoch(observation: Observation, _: Text) -> Verdict:
    """Judge that `created` is the time that the platform gives."""
    done = require_success(observation)
    given = observation.call.environment.get(EPOCH) if observation.call is not None else None
    if given is None:
        return not_applicable(f"no {EPOCH} was set")
    created = done.app.document.get("created")
    if seconds_of(created) == int(given):
        return met()
    when = datetime.fromtimestamp(int(given), timezone.utc)
    return broken(
        f"created is not the time that {EPOCH} says",
        expected=when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        actual=shown(created),
    )


def created_constant(observation: Observation, _: Text) -> Verdict:
    """Judge that without a time from the platform, `created` is not the time of the export."""
    done = require_success(observation)
    created = done.app.document.get("created")
    if observation.call is None or EPOCH in observation.call.environment:
        return not_applicable(f"a {EPOCH} was set")
    if created is None:
        return met("there is no created time")
    when = seconds_of(created)
    if when is not None and abs(when - observation.call.started) > DAY:
        return met()
    return broken(
        "created is not a time" if when is None else "created is the time of the export",
        expected="the same time whenever the export is made",
        actual=shown(created),
    )


_CALL = needs(Evidence.CALL)

RULES: Mapping[str, Rule] = {
    "export.target": Rule(target, asks.success, needs(Evidence.BUILD_OR_REBASE)),
    "export.entrypoint": Rule(entrypoint, asks.success, _CALL),
    "export.created.epoch": Rule(created_epoch, asks.success & asks.epoch, _CALL),
    "export.created.constant": Rule(created_constant, asks.success & ~asks.epoch, _CALL),
}
