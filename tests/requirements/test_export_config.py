"""The exported image's config: what it runs on, what it starts, when it was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from pytest_cnb_report.observe.observation import Observation

from .examples import Example, nothing_to_judge, right, untestable, wrong
from .export_edits import EXPORT, SUCCEEDS
from .observations import (
    Edit,
    chain,
    config_key,
    control,
    failed,
    no_app,
    not_called,
    run_image,
    situation,
)

CREATE = "draft/creator-plain"
BY_VARIABLES = "variables/exporter-inputs-by-environment"
IGNORED = "fault-process-type-variable-ignored/creator-inputs-by-environment"
TARGET = "export.target"
ENTRYPOINT = "export.entrypoint"
EPOCH = "export.created.epoch"
CONSTANT = "export.created.constant"
LAUNCHER = "/cnb/lifecycle/launcher"
SECONDS = 1_262_304_000


def process_type(value: str) -> Edit:
    """Give a process type by its flag."""

    def edit(seen: Observation) -> Observation:
        assert seen.call is not None
        arguments = ("-process-type", value, *seen.call.arguments)
        return replace(seen, call=replace(seen.call, arguments=arguments))

    return edit


def epoch(seen: Observation) -> Observation:
    """Set SOURCE_DATE_EPOCH."""
    assert seen.call is not None
    environment = {**seen.call.environment, "SOURCE_DATE_EPOCH": str(SECONDS)}
    called = replace(seen, call=replace(seen.call, environment=environment))
    return situation(epoch=True)(called)


def made_now(seen: Observation) -> Observation:
    assert seen.call is not None
    when = datetime.fromtimestamp(seen.call.started + 1, timezone.utc)
    return config_key("created", when.isoformat())(seen)


def started(*words: str) -> Edit:
    return config_key("config/Entrypoint", list(words))


def made(text: str | None) -> Edit:
    return config_key("created", text)


def target_of(key: str, of_app: str | None, of_run_image: str | None) -> Example:
    return wrong(
        TARGET,
        f"{key} {of_app}",
        EXPORT,
        run_image(**{key: of_run_image}),
        config_key(key, of_app),
        words=f"{key} of the app image is not the run image's",
        expected={key: of_run_image},
        actual={key: of_app},
    )


TARGETS = (
    right(TARGET, "of an export", EXPORT),
    right(TARGET, "of a creator", CREATE),
    right(TARGET, "at a daemon", "daemon/exporter-plain"),
    right(TARGET, "of a variant", EXPORT, run_image(variant="v8"), config_key("variant", "v8")),
    right(TARGET, "an empty variant", EXPORT, config_key("variant", "")),
    target_of("os", "windows", "linux"),
    target_of("architecture", None, "arm64"),
    target_of("variant", None, "v8"),
    target_of("variant", "v1", None),
    wrong(
        TARGET,
        "all of it",
        CREATE,
        run_image(os="plan9", architecture="mips", variant="le"),
        words="os, architecture, variant of the app image are not the run image's",
    ),
)

ENTRYPOINTS = (
    right(ENTRYPOINT, "the launcher", EXPORT),
    right(ENTRYPOINT, "of a creator", CREATE),
    right(ENTRYPOINT, "a process", EXPORT, process_type("web"), started("/cnb/process/web")),
    right(ENTRYPOINT, "a process by a variable", BY_VARIABLES),
    wrong(
        ENTRYPOINT,
        "the launcher for a process",
        EXPORT,
        process_type("web"),
        words="the entrypoint is not the process type that was given or, without one, the launcher",
        expected=["/cnb/process/web"],
        actual=[LAUNCHER],
    ),
    wrong(
        ENTRYPOINT,
        "with an argument",
        EXPORT,
        process_type("web"),
        started(LAUNCHER, "web"),
        words="the entrypoint is not",
        actual=[LAUNCHER, "web"],
    ),
    wrong(
        ENTRYPOINT,
        "a process that nobody named",
        CREATE,
        started("/cnb/process/web"),
        words="the entrypoint is not",
        expected=[LAUNCHER],
    ),
    wrong(
        ENTRYPOINT,
        "none",
        EXPORT,
        config_key("config/Entrypoint", None),
        words="the entrypoint is not",
        actual=None,
    ),
    untestable(
        ENTRYPOINT,
        "the variable alone is ignored",
        IGNORED,
        words="an input was ignored: the entrypoint is not what the input asks for",
        cause="export.inputs.environment",
    ),
    wrong(
        ENTRYPOINT,
        "the flag is ignored too",
        IGNORED,
        control(started(LAUNCHER)),
        words="the entrypoint is not",
        expected=["/cnb/process/web"],
    ),
    right(
        "export.inputs.environment",
        "the flag for a process is ignored too",
        IGNORED,
        control(started(LAUNCHER)),
    ),
)

TIMES = (
    right(EPOCH, "as the reference has it", "given-time/exporter-given-time"),
    right(EPOCH, "as it is", EXPORT, epoch, made("2010-01-01T00:00:00Z")),
    right(EPOCH, "in another zone", CREATE, epoch, made("2010-01-01T02:30:00.000+02:30")),
    nothing_to_judge(
        EPOCH, "not set", EXPORT, situation(epoch=True), words="no SOURCE_DATE_EPOCH was set"
    ),
    *(
        wrong(
            EPOCH,
            f"{text}",
            EXPORT,
            epoch,
            made(text),
            words="created is not the time that SOURCE_DATE_EPOCH says",
            expected="2010-01-01T00:00:00Z",
            actual=text,
        )
        for text in ("1980-01-01T00:00:01Z", "2010-01-01T00:00:01Z", "long ago", None)
    ),
    right(CONSTANT, "of an export", EXPORT),
    right(CONSTANT, "of a creator", CREATE),
    right(CONSTANT, "below platform API 0.9", EXPORT, made("1970-01-01T00:00:00Z")),
    right(CONSTANT, "none", EXPORT, made(None), words="there is no created time"),
    nothing_to_judge(
        CONSTANT, "set", EXPORT, epoch, situation(epoch=False), words="a SOURCE_DATE_EPOCH was set"
    ),
    wrong(
        CONSTANT,
        "now",
        EXPORT,
        made_now,
        words="created is the time of the export",
        expected="the same time whenever the export is made",
    ),
    wrong(CONSTANT, "no time", EXPORT, made("now"), words="created is not a time", actual="now"),
)


def general(requirement: str, *edits: Edit) -> tuple[Example, ...]:
    asked = chain(*edits)
    return (
        untestable(requirement, "failed", EXPORT, asked, failed, words="exited 1", cause=SUCCEEDS),
        untestable(
            requirement, "no app image", CREATE, asked, no_app(), words="did not", cause=SUCCEEDS
        ),
        untestable(
            requirement, "not called", EXPORT, asked, not_called, words="not called", cause=SUCCEEDS
        ),
    )


EXAMPLES: tuple[Example, ...] = (
    *TARGETS,
    *ENTRYPOINTS,
    *TIMES,
    *general(TARGET),
    *general(ENTRYPOINT),
    *general(EPOCH, epoch),
    *general(CONSTANT),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_exported_config(example: Example) -> None:
    example.check()
