"""The rebased image's target data, its time of creation, and the same rebase twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from pytest_cnb_report.judge.image_time import _python_time
from pytest_cnb_report.observe.observation import Observation

from .examples import Example, right, untestable, wrong
from .observations import (
    NO_DIGEST,
    Edit,
    again,
    app_of,
    asked_of,
    before_of,
    blocked,
    config_key,
    failed,
    label,
    no_app,
    run_image,
    under,
)
from .rebase_edits import CONFIG, DAEMON, REBASE, SUCCEEDS, in_general

FORCED = "draft/rebaser-forced"
FORCED_VARIANT = "draft/rebaser-forced-other-variant"
FORCED_DISTRO = "draft/rebaser-forced-other-distro-name"
FORCED_ARCH = "draft/rebaser-forced-other-architecture"
REPEATED = "draft/rebaser-repeated"
TARGET = "rebase.target.unchanged"
FORCED_TARGET = "rebase.target.forced"
CREATED = "rebase.created.constant"
REPRODUCIBLE = "rebase.reproducible"


def _again_ids(seen: Observation) -> dict[str, str | None]:
    assert seen.again is not None
    app = app_of(seen.again)
    return {"digest": app.digest, "image ID": app.image_id}


TARGETS = (
    right(TARGET, "kept", REBASE),
    right(TARGET, "at a daemon", DAEMON),
    right(TARGET, "an empty variant for none", REBASE, config_key("variant", "")),
    *(
        wrong(
            TARGET,
            f"another {key}",
            REBASE,
            config_key(key, "other"),
            words=f"{key} changed without -force",
            expected=lambda seen, key=key: {key: before_of(seen).document.get(key)},
            actual={key: "other"},
        )
        for key in ("os", "architecture", "variant")
    ),
    wrong(
        TARGET,
        "none at all",
        REBASE,
        config_key("os", None),
        config_key("architecture", None),
        words="os, architecture changed without -force",
        actual={"os": None, "architecture": None},
    ),
    *in_general(TARGET, REBASE),
    right(FORCED_TARGET, "another architecture", FORCED_ARCH),
    right(FORCED_TARGET, "another variant", FORCED_VARIANT),
    right(FORCED_TARGET, "another distribution", FORCED_DISTRO),
    right(
        FORCED_TARGET, "what the run image does not say", FORCED_ARCH, config_key("variant", "v8")
    ),
    right(
        FORCED_TARGET,
        "a label that the run image has not",
        FORCED_ARCH,
        run_image(labels={}),
    ),
    wrong(
        FORCED_TARGET,
        "the old architecture",
        FORCED_ARCH,
        config_key("architecture", "old"),
        words="architecture is not the new run image's after a forced rebase",
        expected=lambda seen: {"architecture": asked_of(seen).run_image.architecture},
        actual={"architecture": "old"},
    ),
    wrong(
        FORCED_TARGET,
        "the old variant and os",
        FORCED_VARIANT,
        config_key("variant", "v1"),
        config_key("os", "plan9"),
        words="os, variant is not the new run image's",
        expected={"os": "linux", "variant": "v2"},
        actual={"os": "plan9", "variant": "v1"},
    ),
    *(
        wrong(
            FORCED_TARGET,
            f"the {'old' if value else 'lost'} {key}",
            FORCED_DISTRO,
            label(key, value),
            words=f"{key} is not the new run image's after a forced rebase",
            expected=lambda seen, key=key: {key: asked_of(seen).run_image.labels[key]},
            actual={key: value},
        )
        for key in ("io.buildpacks.base.distro.name", "io.buildpacks.base.distro.version")
        for value in ("old", None)
    ),
    wrong(
        FORCED_TARGET,
        "refused",
        FORCED_ARCH,
        failed,
        words="forced onto a run image for another target: the rebaser exited 1",
        expected="exit code 0",
        actual="ERROR: out of luck",
    ),
    untestable(FORCED_TARGET, "not reached", FORCED_ARCH, blocked(), words="was not run"),
    untestable(
        CONFIG, "failed by force", FORCED_ARCH, failed, words="exited 1", cause=FORCED_TARGET
    ),
    untestable(CONFIG, "failed in vain", FORCED, failed, words="exited 1", cause=SUCCEEDS),
)


def created(offset: timedelta, form: str = "%Y-%m-%dT%H:%M:%SZ") -> Edit:
    """Have the image created that much after the rebase began."""

    def edit(seen: Observation) -> Observation:
        assert seen.call is not None
        begun = datetime.fromtimestamp(seen.call.started, timezone.utc)
        return config_key("created", (begun + offset).strftime(form))(seen)

    return edit


def _created_is(seen: Observation) -> object:
    return app_of(seen).document["created"]


CREATION = (
    right(
        CREATED,
        "what it was",
        "draft/rebaser-several-images",
        words="the created time did not change",
    ),
    right(CREATED, "none", REBASE, config_key("created", None), words="there is no created time"),
    right(CREATED, "another constant", REBASE, config_key("created", "1970-01-01T00:00:00Z")),
    right(CREATED, "with fractions", REBASE, config_key("created", "1970-01-01T00:00:00.5Z")),
    right(
        CREATED, "with a zone", REBASE, config_key("created", "1970-01-01T00:00:00.123456789+02:00")
    ),
    right(CREATED, "west", REBASE, config_key("created", "1970-01-01T00:00:00.123456789-02:00")),
    right(CREATED, "without a zone", REBASE, config_key("created", "1970-01-01T00:00:00")),
    right(CREATED, "more than a day before", REBASE, created(timedelta(days=-1, seconds=-5))),
    right(CREATED, "more than a day later", REBASE, created(timedelta(days=1, seconds=5))),
    *(
        wrong(
            CREATED,
            what,
            REBASE,
            created(offset, form),
            words="created is the time of the rebase, not a constant",
            expected="the same time whenever the rebase is done",
            actual=_created_is,
        )
        for what, offset, form in (
            ("now", timedelta(), "%Y-%m-%dT%H:%M:%SZ"),
            ("now with fractions", timedelta(), "%Y-%m-%dT%H:%M:%S.%f123Z"),
            ("now with few fractions", timedelta(), "%Y-%m-%dT%H:%M:%S.5Z"),
            ("now with a zone", timedelta(hours=2), "%Y-%m-%dT%H:%M:%S.%f123+02:00"),
            ("now in the west", timedelta(hours=-23), "%Y-%m-%dT%H:%M:%S.25-23:00"),
            ("now without a zone", timedelta(), "%Y-%m-%dT%H:%M:%S"),
            ("the day", timedelta(hours=-23, minutes=-59), "%Y-%m-%dT%H:%M:%SZ"),
            ("an hour ago", timedelta(hours=-1), "%Y-%m-%dT%H:%M:%SZ"),
            ("tomorrow", timedelta(hours=23), "%Y-%m-%dT%H:%M:%SZ"),
        )
    ),
    *(
        wrong(
            CREATED,
            f"no time: {value}",
            REBASE,
            config_key("created", value),
            words="created is not a time",
            expected="an RFC 3339 time",
            actual=value,
        )
        for value in ("soon", ["now"], "0000-00-00T99:99:99Z", 5)
    ),
    *in_general(CREATED, REBASE),
    right(REPRODUCIBLE, "twice the same", REPEATED),
    right(REPRODUCIBLE, "at a daemon", "daemon/rebaser-repeated"),
    wrong(
        REPRODUCIBLE,
        "the history tells the time",
        "fault-history-tells-the-time/rebaser-repeated",
        words="the same rebase of the same app image gave another image",
        expected=lambda seen: {"digest": app_of(seen).digest, "image ID": app_of(seen).image_id},
        actual=_again_ids,
    ),
    wrong(
        REPRODUCIBLE,
        "another manifest",
        REPEATED,
        again(lambda seen: under(0, replace(app_of(seen), digest=NO_DIGEST))(seen)),
        words="gave another image",
        actual=lambda seen: {"digest": NO_DIGEST, "image ID": app_of(seen).image_id},
    ),
    wrong(
        REPRODUCIBLE,
        "another config at a daemon",
        "daemon/rebaser-repeated",
        again(config_key("author", "somebody")),
        words="gave another image",
    ),
    untestable(
        REPRODUCIBLE,
        "created now",
        "fault-created-now/rebaser-repeated",
        words="created is not a constant",
        cause=CREATED,
    ),
    *(
        untestable(
            REPRODUCIBLE,
            what,
            REPEATED,
            edit,
            words="the second rebase did not succeed",
            cause=SUCCEEDS,
        )
        for what, edit in {
            "no second one": lambda seen: replace(seen, again=None),
            "the second left nothing": again(no_app()),
            "the second did nothing": again(lambda seen: replace(seen, before=seen.after)),
        }.items()
    ),
    *in_general(REPRODUCIBLE, REPEATED),
)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("2020-05-12T05:17:02Z", "2020-05-12T05:17:02+00:00"),
        ("2020-05-12T05:17:02+02:00", "2020-05-12T05:17:02+02:00"),
        ("2020-05-12T05:17:02", "2020-05-12T05:17:02"),
        ("2020-05-12T05:17:02.5Z", "2020-05-12T05:17:02.500000+00:00"),
        ("2020-05-12T05:17:02.390472123Z", "2020-05-12T05:17:02.390472+00:00"),
        ("2020-05-12T05:17:02.25+02:00", "2020-05-12T05:17:02.250000+02:00"),
        ("2020-05-12T05:17:02.25-02:00", "2020-05-12T05:17:02.250000-02:00"),
        ("2020-05-12T05:17:02.25", "2020-05-12T05:17:02.250000"),
    ],
)
def test_a_time_is_spelled_as_every_python_reads_it(text: str, spelled: str) -> None:
    assert _python_time(text) == spelled
    assert isinstance(datetime.fromisoformat(spelled), datetime)


EXAMPLES: tuple[Example, ...] = (
    *TARGETS,
    *CREATION,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_target_and_the_time_of_a_rebase(example: Example) -> None:
    example.check()
