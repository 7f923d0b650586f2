"""report.toml, the file: where it is, whether it can be read, and whose it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import tomli

from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.report_file import REPORT_BOUND
from pytest_cnb_report.observe.report_plan import left_over

from .examples import Example, observes, right, untestable, wrong
from .observations import (
    Edit,
    asked,
    asked_of,
    blocked,
    call,
    chain,
    control,
    failed,
    made_elsewhere,
    no_report,
    not_called,
    report_bytes,
    report_file,
    toml,
)

EXPORT = "draft/exporter-plain"
REBASE = "draft/rebaser-plain"
BY_DEFAULT = "draft/exporter-report-by-default"
BEFORE = "draft/exporter-longer-report-before"
FAILING = "draft/exporter-unknown-process"
WRITTEN = "report.written"
DEFAULT = "report.default-path"
TOML = "report.valid-toml"
REPLACED = "report.replaced"
ABSENT = "report.absent-on-failure"
SIZE = "report.termination-message-size"

directory = report_file(problem="a directory is at the report's path")
too_long = report_file(problem="1048577 bytes long", regular=True, size=REPORT_BOUND + 1)


def untouched(seen: Observation) -> Observation:
    """Leave what stood at the report's path."""
    return report_bytes(lambda _: asked_of(seen).report_before or b"")(seen)


STOOD_THERE = left_over("0123456789abcdef")
OLD_REPORT = b'[image]\ntags = ["old"]\ndigest = "sha256:0"\n'


def over(change: Callable[[bytes], bytes]) -> Edit:
    """Put a report over the one that stood there before; `change` says what comes of it."""
    return chain(asked(report_before=STOOD_THERE), report_bytes(change))


def merged(new: bytes) -> bytes:
    """Keep the tables of the old report that the new one does not have."""
    return toml({**tomli.loads(STOOD_THERE.decode()), **tomli.loads(new.decode())})


def followed_by(comment: bytes) -> Callable[[bytes], bytes]:
    return lambda new: new + comment + b"\n"


def as_long(new: bytes) -> bytes:
    """Fill a report up to the length of the old one."""
    return new + b"#" * (len(STOOD_THERE) - len(new) - 1) + b"\n"


def of_a_success(content: bytes) -> bytes:
    return content + b'[image]\ntags = ["registry.example/app"]\n'


EXAMPLES: tuple[Example, ...] = (
    *(
        right(WRITTEN, f"{phase} of {record}", f"{record}/{phase}-plain")
        for record in ("draft", "approved", "published", "api-0.11", "daemon")
        for phase in ("exporter", "rebaser")
    ),
    right(WRITTEN, "of a creator", "draft/creator-plain"),
    right(WRITTEN, "the variable names the path", "draft/rebaser-report-by-environment"),
    right(WRITTEN, "that cannot be read", EXPORT, report_bytes(lambda _: b"\xff")),
    right(WRITTEN, "that is too long", EXPORT, too_long),
    right(WRITTEN, "where another stood", BEFORE),
    right(WRITTEN, "of a build made elsewhere", EXPORT, made_elsewhere),
    wrong(
        WRITTEN,
        "nothing there",
        EXPORT,
        no_report,
        words="the run succeeded, but there is no report",
        expected="a report.toml",
        actual="nothing",
    ),
    wrong(
        WRITTEN,
        "a directory",
        EXPORT,
        directory,
        words="no readable file at the report's path",
        expected="a report.toml",
        actual="a directory is at the report's path",
    ),
    wrong(
        WRITTEN,
        "the one from before",
        BEFORE,
        untouched,
        words="the previous file is still at the report's path",
        expected="a report of this run",
        actual="the previous file, byte for byte",
    ),
    untestable(WRITTEN, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"),
    untestable(WRITTEN, "failed rebase", REBASE, failed, words="exited 1", cause="rebase.succeeds"),
    untestable(WRITTEN, "not reached", EXPORT, blocked(), words="not run", cause="export.succeeds"),
    right(DEFAULT, "in the layers", BY_DEFAULT),
    right(DEFAULT, "of a creator", "draft/creator-report-by-default"),
    wrong(
        DEFAULT,
        "nothing there",
        BY_DEFAULT,
        no_report,
        words="with no path given, there is no report at <layers>/report.toml",
        expected="<layers>/report.toml",
        actual="nothing",
    ),
    wrong(
        DEFAULT,
        "a directory",
        BY_DEFAULT,
        directory,
        words="with no path given",
        expected="<layers>/report.toml",
        actual="a directory is at the report's path",
    ),
    untestable(DEFAULT, "failed", BY_DEFAULT, failed, words="exited 1", cause="export.succeeds"),
    right(TOML, "of an export", EXPORT),
    right(TOML, "of a rebase", REBASE),
    right(TOML, "empty", EXPORT, report_bytes(lambda _: b"")),
    wrong(
        TOML,
        "not UTF-8",
        EXPORT,
        report_bytes(lambda _: b"a = '\xff'" + b"#" * 600),
        words="the report cannot be read: not UTF-8: byte 0xff at offset 5",
        expected="UTF-8 and TOML 1.1",
        actual="a = '\ufffd'" + "#" * 393,
    ),
    wrong(
        TOML,
        "a table twice",
        EXPORT,
        report_bytes(of_a_success),
        words="the report cannot be read: not TOML: ",
        expected="UTF-8 and TOML 1.1",
    ),
    wrong(
        TOML,
        "too long",
        EXPORT,
        too_long,
        words="1048577 bytes long",
        expected="UTF-8 and TOML 1.1",
        actual="",
    ),
    untestable(TOML, "nothing there", EXPORT, no_report, words="there is no report", cause=WRITTEN),
    untestable(TOML, "directory", EXPORT, directory, words="there is no report", cause=WRITTEN),
    untestable(
        TOML, "nothing at default", BY_DEFAULT, no_report, words="there is no report", cause=DEFAULT
    ),
    untestable(TOML, "from before", BEFORE, untouched, words="no report", cause=WRITTEN),
    untestable(TOML, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"),
    right(REPLACED, "truncated", BEFORE),
    right(REPLACED, "by a rebase", "draft/rebaser-longer-report-before"),
    wrong(
        REPLACED,
        "not truncated",
        "fault-report-not-truncated/rebaser-longer-report-before",
        words="the tail of the previous report was left behind",
        expected="nothing but the new report",
        actual=lambda seen: (
            f"{seen.report.size} bytes; the last {seen.report.size - 512} are left over from the"
            " previous report"
        ),
    ),
    right(REPLACED, "over a marked one", BEFORE, over(lambda new: new)),
    *(
        right(REPLACED, f"a comment of its own, {what}", BEFORE, over(followed_by(comment)))
        for what, comment in {
            "long": b"#" * 400,
            "as long as a line of the old one": b"#" * 79,
            "with gaps": b"# ## # " * 60,
        }.items()
    ),
    right(REPLACED, "as long as the old one", BEFORE, over(as_long)),
    *(
        wrong(
            REPLACED,
            what,
            BEFORE,
            over(change),
            words="the tail of the previous report was left behind",
            expected="nothing but the new report",
        )
        for what, change in {
            "overwritten": lambda new: new + STOOD_THERE[len(new) :],
            "one line left": lambda new: new + STOOD_THERE[-80:],
            "put in front": lambda new: new + STOOD_THERE,
        }.items()
    ),
    *(
        wrong(
            REPLACED,
            what,
            BEFORE,
            over(change),
            words="contents of the previous report were kept",
            expected="nothing but the new report",
            actual=lambda seen: (seen.report.content or b"")[:400].decode(),
        )
        for what, change in {
            "appended": lambda new: STOOD_THERE + new,
            "merged": merged,
        }.items()
    ),
    wrong(
        REPLACED,
        "appended, as in older records",
        BEFORE,
        lambda seen: report_bytes(lambda new: (asked_of(seen).report_before or b"") + new)(seen),
        words="were kept",
    ),
    untestable(REPLACED, "from before", BEFORE, untouched, words="no report", cause=WRITTEN),
    untestable(REPLACED, "nothing", BEFORE, no_report, words="there is no report", cause=WRITTEN),
    untestable(REPLACED, "too long", BEFORE, too_long, words="no report", cause=WRITTEN),
    untestable(REPLACED, "failed", BEFORE, failed, words="exited 1", cause="export.succeeds"),
    right(ABSENT, "no file", FAILING),
    right(ABSENT, "after a refusal", "draft/rebaser-unlisted"),
    right(ABSENT, "below platform API 0.12", "api-0.11/rebaser-other-stack"),
    right(ABSENT, "a file without an image", FAILING, report_bytes(lambda _: b"[run-image]\n")),
    right(ABSENT, "an image without values", FAILING, report_bytes(lambda _: b"[image]\ntags=[]")),
    right(ABSENT, "an image that is no table", FAILING, report_bytes(lambda _: b"image = 1\n")),
    right(ABSENT, "not TOML", FAILING, report_bytes(lambda _: b"[image")),
    *(
        right(
            ABSENT,
            f"what stood there, {what}",
            FAILING,
            asked(report_before=OLD_REPORT),
            report_bytes(lambda _, content=content: content),  # type: ignore[misc]
        )
        for what, content in (
            ("untouched", OLD_REPORT),
            ("written anew", OLD_REPORT + b"# checked\n"),
            ("removed but for its file", b""),
        )
    ),
    wrong(
        ABSENT,
        "another than stood there",
        FAILING,
        asked(report_before=OLD_REPORT),
        report_bytes(lambda _: OLD_REPORT.replace(b"sha256:0", b"sha256:1")),
        words="the run failed, but left a report of a success",
    ),
    wrong(
        ABSENT,
        "where something else stood",
        FAILING,
        asked(report_before=STOOD_THERE),
        report_bytes(lambda _: OLD_REPORT),
        words="left a report of a success",
    ),
    wrong(
        ABSENT,
        "as of a success",
        "fault-report-despite-refusal/rebaser-unlisted",
        words="the run failed, but left a report of a success",
        expected="no report, or one without an app image",
        actual=lambda seen: (seen.report.content or b"")[:400].decode(),
    ),
    wrong(
        ABSENT,
        "one value among none",
        FAILING,
        report_bytes(lambda _: b'[image]\ntags = []\ndigest = "\xc3\xa9"\n' + b"#" * 600),
        words="left a report of a success",
        actual=lambda seen: (seen.report.content or b"")[:400].decode(),
    ),
    wrong(
        ABSENT,
        "cut in the middle of a character",
        FAILING,
        report_bytes(lambda _: b'[image]\ndigest = "1234567' + "\u00e9".encode() * 300 + b'"\n'),
        words="left a report of a success",
        actual='[image]\ndigest = "1234567' + "\u00e9" * 187 + "\ufffd",
    ),
    untestable(
        ABSENT,
        "it was not refused",
        "fault-unlisted-accepted/rebaser-unlisted",
        words="the run did not fail, although it had to",
    ),
    *(
        untestable(
            ABSENT,
            f"{case} without a failure",
            f"draft/{case}",
            call(exit_code=0),
            words="the run did not fail, although it had to",
            cause=cause,
        )
        for case, cause in (
            ("exporter-unknown-process", "export.unknown-process.refused"),
            ("exporter-first-push-refused", "export.push-failure"),
            ("rebaser-first-push-refused", "rebase.push-failure"),
        )
    ),
    untestable(ABSENT, "not called", FAILING, not_called, words="the scenario was not run"),
    untestable(
        ABSENT,
        "never succeeds",
        FAILING,
        control(failed),
        words="the exporter also fails where it has to succeed: the exporter exited 1",
        cause="export.succeeds",
    ),
    untestable(
        ABSENT,
        "never rebases",
        "draft/rebaser-unlisted",
        control(failed),
        words="the rebaser also fails where it has to succeed",
        cause="rebase.succeeds",
    ),
    right(ABSENT, "after a crash", FAILING, call(exit_code=2, stderr="panic: oh\n")),
    observes(
        SIZE,
        "that fits",
        "approved/exporter-plain",
        words="the report fits the 4,096 bytes of a Kubernetes termination message",
        actual=lambda seen: len(seen.report.content or b""),
    ),
    observes(
        SIZE,
        "the most that fits",
        "approved/exporter-plain",
        report_bytes(lambda content: content.ljust(4096, b"\n")),
        words="the report fits the 4,096 bytes of a Kubernetes termination message",
        actual=4096,
    ),
    observes(
        SIZE,
        "one too many",
        "approved/exporter-plain",
        report_bytes(lambda content: content.ljust(4097, b"\n")),
        words="the report does not fit the 4,096 bytes of a Kubernetes termination message",
        actual=4097,
    ),
    untestable(
        SIZE, "no report", "approved/exporter-plain", no_report, words="no report", cause=WRITTEN
    ),
    untestable(
        SIZE,
        "unreadable",
        "approved/exporter-plain",
        report_bytes(lambda _: b"="),
        words="the report cannot be read",
        cause=TOML,
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_report_file(example: Example) -> None:
    example.check()
