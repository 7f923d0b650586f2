"""report.toml, the file: written, where, readable, whole, and only of a success."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks, failure_requirement
from pytest_cnb_report.judge.preconditions import (
    DEFAULT_PATH,
    NotTestableError,
    no_report,
    refused,
    require_report,
    require_success,
    unchanged,
)
from pytest_cnb_report.judge.refusal import done_where_allowed
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.second_call import on_each_call
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.toml_version import newer_than_toml_1_0
from pytest_cnb_report.judge.verdict import (
    Answer,
    Verdict,
    broken,
    met,
    not_applicable,
    observed,
    untestable,
)
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.observe.report_plan import mark_of
from pytest_cnb_report.values import Phase

TERMINATION_MESSAGE = 4096
"""Bytes of a Kubernetes termination message."""

_SHOWN = 400


def written(observation: Observation, _: Text) -> Verdict:
    """Judge that a file stands at the path that the platform named."""
    done = require_success(observation)
    report = observation.report
    if not report.there:
        return broken(
            "the run succeeded, but there is no report at the given path",
            expected="a report.toml",
            actual="nothing",
        )
    if not report.regular:
        return broken(
            "there is no readable file at the report's path",
            expected="a report.toml",
            actual=report.problem,
        )
    if unchanged(done):
        return broken(
            "the previous file is still at the report's path",
            expected="a report of this run",
            actual="the previous file, byte for byte",
        )
    return met()


def default_path(observation: Observation, text: Text) -> Verdict:
    """Judge the same where nothing named a path."""
    verdict = written(observation, text)
    if verdict.answer is not Answer.BROKEN:
        return verdict
    return broken(
        "with no path given, there is no report at <layers>/report.toml",
        expected="<layers>/report.toml",
        actual=verdict.actual,
    )


def valid_toml(observation: Observation, text: Text) -> Verdict:
    """Judge that the report is UTF-8 and TOML."""
    done = require_success(observation)
    report = observation.report
    if not report.there or not report.regular or unchanged(done):
        raise NotTestableError(no_report(observation))
    beginning = (report.content or b"")[:_SHOWN].decode("utf-8", "replace")
    version = "TOML 1.1" if text.accepts("toml-version", "b") else "TOML 1.0"
    if report.marked and not text.accepts("byte-order-mark", "b"):
        return broken(
            "the report begins with a UTF-8 byte-order mark",
            expected=f"UTF-8 and {version}, without a mark",
            actual=beginning,
        )
    if report.beyond_limits and text.accepts("report-limits", "a"):
        return untestable(f"the suite does not read such a report: {report.document}")
    if isinstance(report.document, str):
        return broken(
            f"the report cannot be read: {report.document}",
            expected=f"UTF-8 and {version}",
            actual=beginning,
        )
    if not text.accepts("toml-version", "b"):
        newer = newer_than_toml_1_0((report.content or b"").decode())
        if newer is not None:
            return broken(
                f"the report has {newer}", expected=f"UTF-8 and {version}", actual=beginning
            )
    return met()


def replaced(observation: Observation, _: Text) -> Verdict:
    """Judge that a longer report from before left nothing behind."""
    done = require_success(observation)
    content = observation.report.content
    if content is None or unchanged(done):
        raise NotTestableError(no_report(observation))
    before = done.asked.report_before or b""
    tail = _common_end(content, before)
    if tail >= len(before.splitlines(keepends=True)[-1]):
        return broken(
            "the tail of the previous report was left behind",
            expected="nothing but the new report",
            actual=f"{len(content)} bytes; the last {tail} are left over from the previous report",
        )
    mark = mark_of(before)
    if content.startswith(before) or (mark is not None and mark in content):
        return broken(
            "contents of the previous report were kept",
            expected="nothing but the new report",
            actual=content[:_SHOWN].decode("utf-8", "replace"),
        )
    return met()


def _common_end(one: bytes, other: bytes) -> int:
    """Return how many bytes at the end of two texts are the same."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def absent_on_failure(observation: Observation, text: Text) -> Verdict:
    """Judge that a run that failed left no report of a success."""
    rebase = observation.phase is Phase.REBASER
    if rebase and text.accepts("report-after-failed-rebase", "b"):
        return not_applicable("the sources do not forbid a report after a rebase that failed")
    if done_where_allowed(observation, text):
        return not_applicable("nothing forbids the call, and it succeeded")
    verdict = refused(observation)
    if verdict.answer is Answer.UNTESTABLE:
        return verdict
    call = observation.call
    if call is None or call.exit_code == 0:
        cause = failure_requirement(observation.situation)
        return untestable("the run did not fail, although it had to", cause=cause)
    image = _app_image_in(observation.report)
    before = observation.asked.report_before if observation.asked is not None else None
    if image and image != _app_image_in(ReportFile("", before, regular=True)):
        return broken(
            "the run failed, but left a report of a success",
            expected="no report, or one without an app image",
            actual=(observation.report.content or b"")[:_SHOWN].decode("utf-8", "replace"),
        )
    return met()


def _app_image_in(report: ReportFile) -> Mapping[str, object]:
    """Return what a report says of an app image; nothing where it can be read as none."""
    image = (report.table or {}).get("image")
    return image if isinstance(image, Mapping) and any(image.values()) else {}


def termination_message_size(observation: Observation, text: Text) -> Verdict:
    """Observe whether the report fits a Kubernetes termination message."""
    require_report(require_success(observation), text)
    size = observation.report.size
    fits = "fits" if size <= TERMINATION_MESSAGE else "does not fit"
    limit = f"the {TERMINATION_MESSAGE:,} bytes of a Kubernetes termination message"
    return observed(f"the report {fits} {limit}", actual=size)


_RULES: Mapping[str, Rule] = {
    "report.written": Rule(written, asks.success & ~asks.default_report_path),
    DEFAULT_PATH: Rule(
        default_path, asks.success & asks.default_report_path, needs(Evidence.REPORT_PATH)
    ),
    "report.valid-toml": Rule(valid_toml, asks.success),
    "report.replaced": Rule(
        replaced, asks.success & asks.report_before, needs(Evidence.REPORT_BEFORE)
    ),
    "report.absent-on-failure": Rule(absent_on_failure, asks.failure, needs(Evidence.CALL)),
    # what a longer report from before leaves behind is for `report.replaced`
    "report.termination-message-size": Rule(
        termination_message_size, asks.success & ~asks.report_before
    ),
}

RULES = on_each_call(_RULES)
