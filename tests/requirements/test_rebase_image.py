"""The rebased image: its layers, config, target, names, metadata and reproducibility."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from pytest_cnb_report.observe.image import LayerFacts, NoImage
from pytest_cnb_report.observe.observation import Observation, RunEntry
from pytest_cnb_report.requirements.rebase_image.created import _python_time

from .examples import Example, nothing_to_judge, observes, right, untestable, wrong
from .observations import (
    METADATA,
    NO_DIGEST,
    Edit,
    again,
    api,
    app_of,
    asked,
    asked_of,
    before_of,
    blocked,
    call,
    config,
    config_before,
    config_key,
    control,
    diff_ids,
    failed,
    label,
    metadata,
    metadata_before,
    metadata_key,
    metadata_of,
    metadata_text,
    no_app,
    not_called,
    run_image,
    stored,
    under,
)

REBASE = "draft/rebaser-plain"
SEVERAL = "draft/rebaser-several-images"
NEW_NAME = "draft/rebaser-new-name"
DEFAULT_CASE = "draft/rebaser-default-run-image"
BY_VARIABLE = "draft/rebaser-run-image-by-environment"
FORCED = "draft/rebaser-forced"
FORCED_UNLISTED = "draft/rebaser-forced-unlisted"
FORCED_VARIANT = "draft/rebaser-forced-other-variant"
FORCED_DISTRO = "draft/rebaser-forced-other-distro-name"
FORCED_ARCH = "draft/rebaser-forced-other-architecture"
REPEATED = "draft/rebaser-repeated"
SAME = "draft/rebaser-same-run-image"
DAEMON = "daemon/rebaser-plain"

SUCCEEDS = "rebase.succeeds"
PUSH = "rebase.push-failure"
IDENTICAL = "rebase.image.identical"
FIRST_REFUSED = "draft/rebaser-first-push-refused"
LATER_REFUSED = "draft/rebaser-later-push-refused"
LAYERS = "rebase.layers"
CONFIG = "rebase.config.unchanged"
SAME_IMAGE = "rebase.tags.same-image"
PREVIOUS = "rebase.previous-image.untouched"
DEFAULT = "rebase.run-image.default"
INPUTS = "rebase.inputs.environment"
TARGET = "rebase.target.unchanged"
FORCED_TARGET = "rebase.target.forced"
CREATED = "rebase.created.constant"
REPRODUCIBLE = "rebase.reproducible"
REFERENCE = "rebase.metadata.reference"
TOP_LAYER = "rebase.metadata.top-layer"
REST = "rebase.metadata.rest-unchanged"
UNKNOWN = "rebase.metadata.unknown-kept"
UNLISTED = "rebase.metadata.forced-unlisted"
OTHER = "registry.example/other/run:stable"


def new(seen: Observation) -> tuple[str, ...]:
    return asked_of(seen).run_image.diff_ids


def old(seen: Observation) -> tuple[str, ...]:
    facts = asked_of(seen).old_run_image
    assert facts is not None
    return facts.diff_ids


def own(seen: Observation) -> tuple[str, ...]:
    return before_of(seen).diff_ids[len(old(seen)) :]


def named(whose: str, layers: tuple[str, ...]) -> list[str]:
    return [f"{whose} {n}/{len(layers)}: {each[:19]}" for n, each in enumerate(layers, 1)]


def right_names(seen: Observation) -> list[str]:
    return [*named("new run image", new(seen)), *named("app", own(seen))]


def with_layers(make: Callable[[Observation], list[str]]) -> Edit:
    return lambda seen: diff_ids(lambda _: make(seen))(seen)


def without_before(seen: Observation) -> Observation:
    return replace(seen, before={})


def old_references(seen: Observation) -> str:
    facts = asked_of(seen).old_run_image
    assert facts is not None
    return f"{facts.names[0].rpartition(':')[0]}@{facts.digests[0]}"


def references(seen: Observation) -> dict[str, list[str]]:
    facts = asked_of(seen).run_image
    repository = facts.names[0].rpartition(":")[0]
    return {"one of": [*(f"{repository}@{each}" for each in facts.digests), facts.image_id]}


def _again_ids(seen: Observation) -> dict[str, str | None]:
    assert seen.again is not None
    app = app_of(seen.again)
    return {"digest": app.digest, "image ID": app.image_id}


def _without_false(seen: Observation) -> object:
    buildpacks = metadata_of(app_of(seen))["buildpacks"]
    for buildpack in buildpacks:
        buildpack["extra"] = None
        for layer in buildpack["layers"].values():
            for key in [k for k, v in layer.items() if v is False or v is None]:
                del layer[key]
    return buildpacks


def _edited_layers(seen: Observation, **changes: object) -> object:
    buildpacks = metadata_of(app_of(seen))["buildpacks"]
    for buildpack in buildpacks:
        for layer in buildpack["layers"].values():
            layer.update(changes)
    return buildpacks


def _put_unknown(seen: Observation, value: object) -> Observation:
    def change(document: dict[str, object]) -> None:
        document.pop("org.example.unknown")
        if value is not None:
            document["org.example.unknown"] = value

    return metadata(change)(seen)


def in_general(requirement: str, where: str) -> tuple[Example, ...]:
    """What nearly every requirement says where there is no rebase to look at."""
    return (
        untestable(requirement, "failed", where, failed, words="exited 1", cause=SUCCEEDS),
        untestable(requirement, "not called", where, not_called, words="was not", cause=SUCCEEDS),
    )


SUCCESSES = (
    right(SUCCEEDS, "of a rebase", REBASE, words="the rebaser exited 0 and wrote the app image"),
    right(SUCCEEDS, "onto the same run image", SAME),
    right(SUCCEEDS, "at a daemon", DAEMON),
    right(SUCCEEDS, "the second name is not written", SEVERAL, under(1, NoImage("nothing"))),
    wrong(
        SUCCEEDS,
        "without saving",
        "fault-succeeds-without-saving/rebaser-several-images",
        words="the rebaser exited 0, but the app image is the one that was there before",
        expected="an app image that was written by this call",
        actual=lambda seen: before_of(seen).image_id,
    ),
    wrong(
        SUCCEEDS,
        "a failure",
        REBASE,
        failed,
        words="the rebaser exited 1",
        expected="exit code 0",
        actual="ERROR: out of luck",
    ),
    wrong(SUCCEEDS, "no image", REBASE, no_app(), words="did not leave an app image"),
    untestable(SUCCEEDS, "not reached", REBASE, blocked(), words="the rebaser was not reached"),
)

LAYER_EXAMPLES = (
    right(LAYERS, "of a rebase", REBASE),
    right(LAYERS, "at a daemon", DAEMON),
    right(LAYERS, "the same run image", SAME),
    right(LAYERS, "a layer twice in a run image", "draft/rebaser-repeated-top-layer"),
    wrong(
        LAYERS,
        "of the old run image",
        REBASE,
        with_layers(lambda seen: [*old(seen), *own(seen)]),
        words="the layers are not the new run image's and then the app's own: layers of the old run"
        " image are still there",
        expected=right_names,
        actual=lambda seen: [*named("old run image", old(seen)), *named("app", own(seen))],
    ),
    wrong(
        LAYERS,
        "one of the app's is missing",
        REBASE,
        with_layers(lambda seen: [*new(seen), *own(seen)[:-1]]),
        words="1 missing, the first of them the app's",
        actual=lambda seen: right_names(seen)[:-1],
    ),
    wrong(
        LAYERS,
        "all of the new run image's are missing",
        REBASE,
        with_layers(lambda seen: list(own(seen))),
        words="2 missing, the first of them the new run image's",
    ),
    wrong(
        LAYERS,
        "one twice",
        REBASE,
        with_layers(lambda seen: [*new(seen), *own(seen), own(seen)[-1]]),
        words="some are there more often than they should be",
    ),
    wrong(
        LAYERS,
        "another one",
        REBASE,
        with_layers(lambda seen: [*new(seen), *own(seen), NO_DIGEST]),
        words="some are there more often",
        actual=lambda seen: [*right_names(seen), f"unknown: {NO_DIGEST[:19]}"],
    ),
    wrong(
        LAYERS,
        "in another order",
        REBASE,
        with_layers(lambda seen: [*new(seen), *own(seen)[::-1]]),
        words="the order differs, or one is missing that should be there twice",
    ),
    wrong(
        LAYERS,
        "an old layer in another order without old run image",
        SAME,
        with_layers(lambda seen: [*reversed(app_of(seen).diff_ids)]),
        words="the order differs",
    ),
    wrong(
        LAYERS,
        "contents swapped",
        "fault-blobs-swapped/rebaser-plain",
        words="the content of a layer does not have the diff ID that the config gives it",
    ),
    wrong(
        LAYERS,
        "one more stored, and damaged",
        REBASE,
        stored(lambda layers: (*layers, LayerFacts(None, None, None))),
        words="the image does not store as many layers as its config names",
        expected=right_names,
        actual=lambda seen: [*right_names(seen), "unknown: missing or damaged"],
    ),
    untestable(
        LAYERS,
        "on another run image before",
        REBASE,
        config_before(lambda document: document["rootfs"]["diff_ids"].pop(0)),
        words="the app image did not stand on the old run image's layers",
        cause="export.layers",
    ),
    untestable(
        LAYERS,
        "no image before",
        REBASE,
        without_before,
        words="there was no app image: not looked at",
    ),
    *in_general(LAYERS, REBASE),
)

FIELDS: dict[str, object] = {
    "Env": ["PATH=/usr/bin"],
    "Entrypoint": ["/cnb/lifecycle/launcher"],
    "Cmd": [],
    "User": "0",
    "WorkingDir": "/",
    "ExposedPorts": {"8080/udp": {}},
    "Volumes": {"/elsewhere": {}},
    "StopSignal": "SIGTERM",
    "Healthcheck": None,
    "Shell": ["/bin/bash", "-c"],
    "OnBuild": ["ENV CONFORMANCE=other"],
}

CONFIGS = (
    right(CONFIG, "of a rebase", REBASE),
    right(CONFIG, "at a daemon", DAEMON),
    right(CONFIG, "empty for absent", "draft/rebaser-several-images", config_key("config.Cmd", [])),
    right(CONFIG, "any other field", REBASE, config_key("config.Domainname", "example")),
    *(
        wrong(
            CONFIG,
            f"{name} {how}",
            REBASE,
            config_key(f"config.{name}", value),
            words=f"{name} changed",
            expected=lambda seen, name=name: {name: before_of(seen).settings[name]},
            actual={name: value},
        )
        for name, changed in FIELDS.items()
        for how, value in {"changed": changed, "lost": None}.items()
    ),
    wrong(
        CONFIG,
        "two fields",
        REBASE,
        config_key("config.Env", []),
        config_key("config.Cmd", None),
        words="Env, Cmd changed",
        actual={"Env": [], "Cmd": None},
    ),
    wrong(
        CONFIG,
        "no settings at all",
        REBASE,
        config_key("config", []),
        words="Env, Entrypoint, Cmd",
    ),
    *in_general(CONFIG, REBASE),
)

NAMES = (
    right(SAME_IMAGE, "under three names", SEVERAL),
    right(SAME_IMAGE, "at a daemon", "daemon/rebaser-several-images"),
    wrong(
        SAME_IMAGE,
        "one not rebased",
        "fault-second-image-not-rebased/rebaser-several-images",
        words="not every name that was given leads to the same image",
        expected="one image under each name",
    ),
    wrong(
        SAME_IMAGE,
        "nothing under the last",
        SEVERAL,
        under(2, NoImage("nothing")),
        words="not every name",
        actual=lambda seen: {
            **dict.fromkeys(asked_of(seen).images, app_of(seen).digest),
            asked_of(seen).images[2]: None,
        },
    ),
    *in_general(SAME_IMAGE, SEVERAL),
    right(PREVIOUS, "written to a new name", NEW_NAME),
    right(PREVIOUS, "at a daemon", "daemon/rebaser-new-name"),
    right(PREVIOUS, "one of its layers is enough", NEW_NAME, diff_ids(lambda layers: layers[:3])),
    right(
        PREVIOUS,
        "onto a run image with more layers",
        NEW_NAME,
        lambda seen: run_image(diff_ids=(*new(seen), NO_DIGEST))(seen),
        with_layers(lambda seen: [*new(seen), own(seen)[0]]),
    ),
    wrong(
        PREVIOUS,
        "overwritten",
        "fault-previous-image-overwritten/rebaser-new-name",
        words="the image named by -previous-image was changed",
        expected=lambda seen: before_of(seen).digest,
        actual=lambda seen: app_of(seen).digest,
    ),
    wrong(
        PREVIOUS,
        "gone",
        NEW_NAME,
        lambda seen: replace(
            seen, after={**seen.after, asked_of(seen).previous_image or "": NoImage("gone")}
        ),
        words="the image named by -previous-image was changed",
        actual=None,
    ),
    wrong(
        PREVIOUS,
        "another manifest of the same config",
        NEW_NAME,
        lambda seen: replace(
            seen,
            after={
                **seen.after,
                asked_of(seen).previous_image or "": replace(before_of(seen), digest=NO_DIGEST),
            },
        ),
        words="was changed",
        actual=NO_DIGEST,
    ),
    wrong(
        PREVIOUS,
        "another image at a daemon",
        "daemon/rebaser-new-name",
        lambda seen: replace(
            seen,
            after={
                **seen.after,
                asked_of(seen).previous_image or "": replace(before_of(seen), image_id=NO_DIGEST),
            },
        ),
        words="was changed",
        expected=lambda seen: before_of(seen).image_id,
        actual=NO_DIGEST,
    ),
    wrong(
        PREVIOUS,
        "another image was rebased",
        NEW_NAME,
        with_layers(lambda seen: [*new(seen), NO_DIGEST]),
        words="what was rebased is not the image named by -previous-image",
        expected=lambda seen: list(own(seen)),
        actual=lambda seen: [*new(seen), NO_DIGEST],
    ),
    wrong(
        PREVIOUS,
        "its run image alone is no trace of it",
        NEW_NAME,
        with_layers(lambda seen: [*old(seen), NO_DIGEST]),
        words="what was rebased is not the image named by -previous-image",
    ),
    *in_general(PREVIOUS, NEW_NAME),
)

INPUT_EXAMPLES = (
    right(DEFAULT, "by the name", DEFAULT_CASE),
    right(DEFAULT, "without an old run image", DEFAULT_CASE, asked(old_run_image=None)),
    right(DEFAULT, "by a mirror", "draft/rebaser-default-run-image-mirror"),
    right(DEFAULT, "by the stack key", "draft/rebaser-default-run-image-stack"),
    right(DEFAULT, "below platform API 0.12", "api-0.11/rebaser-default-run-image"),
    right(DEFAULT, "in any order", DEFAULT_CASE, with_layers(lambda seen: list(new(seen))[::-1])),
    wrong(
        DEFAULT,
        "by the reference",
        "fault-default-from-reference/rebaser-default-run-image",
        words="with no run image given, the one that the metadata label names was not used: the"
        " rebaser exited 72",
        expected="exit code 0",
    ),
    wrong(
        DEFAULT,
        "another one",
        DEFAULT_CASE,
        with_layers(lambda seen: [*old(seen), *own(seen)]),
        words="was not used: another run image was used",
        expected=lambda seen: list(new(seen)),
        actual=lambda seen: [*old(seen), *own(seen)],
    ),
    wrong(
        DEFAULT,
        "no image",
        DEFAULT_CASE,
        no_app("gone"),
        words="was not used: the rebaser exited 0, but did not leave an app image",
        expected="an image under each name that was given",
        actual="gone",
    ),
    untestable(DEFAULT, "not reached", DEFAULT_CASE, blocked(), words="was not reached"),
    right(INPUTS, "the run image by a variable", BY_VARIABLE),
    right(
        INPUTS, "the run image by the deprecated flag", "draft/rebaser-run-image-by-deprecated-flag"
    ),
    right(INPUTS, "force by a variable", "draft/rebaser-force-by-environment"),
    right(INPUTS, "the daemon by a variable", "daemon/rebaser-daemon-by-environment"),
    wrong(
        INPUTS,
        "the variable is ignored",
        "fault-run-image-variable-ignored/rebaser-run-image-by-environment",
        words="the input was not heeded: another run image was used",
        expected=lambda seen: list(new(seen)),
        actual=lambda seen: list(app_of(seen).diff_ids),
    ),
    wrong(
        INPUTS,
        "refused",
        BY_VARIABLE,
        failed,
        words="the input was not heeded: the rebaser exited 1",
        expected="exit code 0",
        actual="ERROR: out of luck",
    ),
    untestable(
        INPUTS,
        "never rebases",
        BY_VARIABLE,
        failed,
        control(failed),
        words="the rebaser does not succeed where it has to either: the rebaser exited 1",
        cause=SUCCEEDS,
    ),
    untestable(INPUTS, "not reached", BY_VARIABLE, blocked(), words="was not reached"),
    untestable(
        LAYERS,
        "another run image by an input",
        "fault-run-image-variable-ignored/rebaser-run-image-by-environment",
        words="another run image was used",
        cause=INPUTS,
    ),
    untestable(
        CONFIG,
        "another run image by default",
        DEFAULT_CASE,
        with_layers(lambda seen: [*old(seen), *own(seen)]),
        words="another run image was used",
        cause=DEFAULT,
    ),
    untestable(CONFIG, "failed by default", DEFAULT_CASE, failed, words="exited 1", cause=DEFAULT),
    untestable(CONFIG, "failed by an input", BY_VARIABLE, failed, words="exited 1", cause=INPUTS),
)


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
    untestable(FORCED_TARGET, "not reached", FORCED_ARCH, blocked(), words="was not reached"),
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
    right(CREATED, "what it was", SEVERAL, words="the created time is what it was"),
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


def no_label(requirement: str) -> Example:
    return untestable(
        requirement,
        "no label",
        REBASE if requirement != UNLISTED else FORCED_UNLISTED,
        metadata_text(None),
        words=f"the app image has no {METADATA} label",
        cause=TOP_LAYER,
    )


LABEL_EXAMPLES = (
    right(REFERENCE, "of the new run image", REBASE),
    right(REFERENCE, "of an index", "draft/rebaser-index"),
    right(
        REFERENCE,
        "an image ID",
        REBASE,
        lambda seen: metadata_key("runImage.reference", asked_of(seen).run_image.image_id)(seen),
    ),
    wrong(
        REFERENCE,
        "of the old one",
        REBASE,
        lambda seen: metadata_key("runImage.reference", old_references(seen))(seen),
        words="runImage.reference does not identify the run image: it is old run image",
        expected=references,
        actual=old_references,
    ),
    wrong(
        REFERENCE,
        "none",
        REBASE,
        metadata_key("runImage", None),
        words="runImage.reference is missing",
    ),
    no_label(REFERENCE),
    *in_general(REFERENCE, REBASE),
    right(TOP_LAYER, "of the new run image", REBASE),
    wrong(
        TOP_LAYER,
        "of the old one",
        REBASE,
        lambda seen: metadata_key("runImage.topLayer", old(seen)[-1])(seen),
        words="not the diff ID of the run image's top layer, but the diff ID of layer 2 of 2 of the"
        " old run image",
        expected=lambda seen: new(seen)[-1],
        actual=lambda seen: old(seen)[-1],
    ),
    wrong(
        TOP_LAYER,
        "no label",
        REBASE,
        metadata_text("5"),
        words=f"the {METADATA} label is not a JSON object",
        expected="a JSON object",
        actual=None,
    ),
    *in_general(TOP_LAYER, REBASE),
)

REST_EXAMPLES = (
    right(REST, "of a rebase", REBASE),
    right(REST, "forced onto an unlisted one", FORCED_UNLISTED),
    right(REST, "below platform API 0.12", "api-0.11/rebaser-plain"),
    right(REST, "a key that nobody defines", REBASE, metadata_key("org.example.unknown", None)),
    right(
        REST, "the moving parts of the stack", REBASE, metadata_key("stack.runImage.topLayer", "x")
    ),
    right(REST, "an empty name for none", REBASE, metadata_key("runImage.note", "")),
    right(REST, "null for none", REBASE, metadata_key("sbom", None)),
    right(REST, "exec-env below platform API 0.15", REBASE, api(14), metadata_key("exec-env", "x")),
    right(
        REST,
        "false for none",
        REBASE,
        lambda seen: metadata_key("buildpacks", _without_false(seen))(seen),
    ),
    right(
        REST,
        "empty mirrors for none",
        "draft/rebaser-plain",
        metadata_before(lambda m: m["runImage"].update(mirrors=[])),
        metadata_key("runImage.mirrors", None),
    ),
    wrong(
        REST,
        "exec-env",
        REBASE,
        metadata_key("exec-env", "x"),
        words="exec-env changed in the metadata label",
        expected={"exec-env": None},
        actual={"exec-env": "x"},
    ),
    *(
        wrong(
            REST,
            f"{key} lost",
            REBASE,
            metadata_key(key, None),
            words=f"{key} changed in the metadata label",
            actual={key: None},
        )
        for key in ("app", "config", "launcher", "buildpacks", "runImage", "stack")
    ),
    wrong(
        REST,
        "two changed and one more",
        REBASE,
        metadata_key("app", []),
        metadata_key("stack", "none"),
        metadata_key("sbom", {"sha": "a"}),
        words="app, stack, sbom changed in the metadata label",
        actual={"app": [], "stack": "none", "sbom": {"sha": "a"}},
    ),
    wrong(
        REST,
        "the name",
        REBASE,
        metadata_key("runImage.image", OTHER),
        words="runImage changed",
        expected=lambda seen: {
            "runImage": {
                k: v
                for k, v in metadata_of(before_of(seen))["runImage"].items()
                if k in {"image", "mirrors"}
            }
        },
    ),
    wrong(
        REST, "the mirrors", REBASE, metadata_key("runImage.mirrors", []), words="runImage changed"
    ),
    wrong(
        REST,
        "the stack's name",
        REBASE,
        metadata_key("stack.runImage.image", OTHER),
        words="stack changed",
    ),
    wrong(
        REST, "a stack in a list", REBASE, metadata_key("stack.runImage", []), words="stack changed"
    ),
    wrong(
        REST,
        "a run image in a list",
        REBASE,
        metadata_key("runImage", []),
        words="runImage changed",
    ),
    wrong(
        REST,
        "a layer that launches no longer",
        REBASE,
        lambda seen: metadata_key("buildpacks", _edited_layers(seen, launch=False))(seen),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "a layer that is cached",
        REBASE,
        lambda seen: metadata_key("buildpacks", _edited_layers(seen, cache=True))(seen),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "a layer with data",
        REBASE,
        lambda seen: metadata_key("buildpacks", _edited_layers(seen, data={"a": 1}))(seen),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "layers in a list",
        REBASE,
        metadata_key("buildpacks", [{"layers": []}, 5]),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "a layer that is text",
        REBASE,
        metadata_key("buildpacks", [{"layers": {"a": "b"}}]),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "buildpacks in a table",
        REBASE,
        metadata_key("buildpacks", {"a": 1}),
        words="buildpacks changed",
    ),
    wrong(
        REST,
        "the app where it is forced",
        FORCED_UNLISTED,
        metadata_key("app", []),
        words="app changed",
    ),
    wrong(
        REST,
        "a lost stack key where it is forced",
        FORCED_UNLISTED,
        metadata_key("stack", None),
        words="stack changed",
    ),
    right(
        REST,
        "the names where it is forced",
        FORCED_UNLISTED,
        metadata_key("runImage.image", OTHER),
        metadata_key("runImage.mirrors", [OTHER]),
    ),
    wrong(
        REST,
        "the names where it is forced and listed",
        FORCED_UNLISTED,
        lambda seen: asked(listed=(RunEntry(asked_of(seen).given or ""),))(seen),
        metadata_key("runImage.image", OTHER),
        words="runImage, stack changed",
    ),
    no_label(REST),
    untestable(
        REST,
        "no label before",
        REBASE,
        config_before(lambda document: document["config"]["Labels"].pop(METADATA)),
        words=f"the app image has no {METADATA} label",
        cause=TOP_LAYER,
    ),
    *in_general(REST, REBASE),
)


KEPT = {"org.example.unknown": {"kept": True, "integer": 9007199254740993}}

UNKNOWN_EXAMPLES = (
    observes(
        UNKNOWN,
        "kept",
        REBASE,
        words="keys that the specification does not define are kept",
        actual=KEPT,
    ),
    observes(UNKNOWN, "none there", SEVERAL, words="are kept", actual={}),
    observes(
        UNKNOWN,
        "a key that is defined",
        REBASE,
        metadata_before(lambda document: document.update({"exec-env": "x", "sbom": {}})),
        words="are kept",
        actual=KEPT,
    ),
    observes(
        UNKNOWN,
        "dropped",
        REBASE,
        lambda seen: _put_unknown(seen, None),
        words="keys that the specification does not define are dropped",
        actual={"org.example.unknown": None},
    ),
    observes(
        UNKNOWN,
        "rounded",
        REBASE,
        lambda seen: _put_unknown(seen, {"kept": True, "integer": 9007199254740992}),
        words="keys that the specification does not define are changed",
        actual={"org.example.unknown": {"kept": True, "integer": 9007199254740992}},
    ),
    no_label(UNKNOWN),
    untestable(
        UNKNOWN,
        "no label before",
        REBASE,
        config_before(lambda document: document["config"]["Labels"].pop(METADATA)),
        words=f"the app image has no {METADATA} label",
        cause=TOP_LAYER,
    ),
    *in_general(UNKNOWN, REBASE),
)


def given(seen: Observation) -> str | None:
    return asked_of(seen).given


UNLISTED_EXAMPLES = (
    right(UNLISTED, "named as given", FORCED_UNLISTED),
    right(UNLISTED, "an empty array", FORCED_UNLISTED, metadata_key("runImage.mirrors", [])),
    wrong(
        UNLISTED,
        "the old name",
        FORCED_UNLISTED,
        metadata_key("runImage.image", OTHER),
        words="runImage.image is not the name that the run image resolves to",
        expected=given,
        actual=OTHER,
    ),
    wrong(
        UNLISTED,
        "no name",
        FORCED_UNLISTED,
        metadata_key("runImage", None),
        words="runImage.image is missing",
        expected=given,
        actual=None,
    ),
    wrong(
        UNLISTED,
        "old mirrors",
        FORCED_UNLISTED,
        metadata_key("runImage.mirrors", [OTHER]),
        words="runImage.mirrors are not the mirrors of the entry that the run image resolves to",
        expected=[],
        actual=[OTHER],
    ),
    nothing_to_judge(
        UNLISTED,
        "listed",
        FORCED_UNLISTED,
        lambda seen: asked(listed=(RunEntry(given(seen) or ""),))(seen),
        words="the run image is listed",
    ),
    nothing_to_judge(
        UNLISTED, "not given", FORCED_UNLISTED, asked(given=None), words="the run image is listed"
    ),
    no_label(UNLISTED),
    *in_general(UNLISTED, FORCED_UNLISTED),
)

PUSHES = (
    right(PUSH, "refused", FIRST_REFUSED, words="the rebaser exited 72, a code for rebase errors"),
    right(PUSH, "a later one", LATER_REFUSED),
    right(PUSH, "generic code", FIRST_REFUSED, failed, words="exited 1, a code for any error"),
    right(PUSH, "a code of exports", FIRST_REFUSED, call(exit_code=62), words="for any error"),
    wrong(
        PUSH,
        "overlooked",
        LATER_REFUSED,
        call(exit_code=0),
        words="the registry refused an app image, and the rebaser exited 0",
        expected="an exit code other than 0",
        actual=0,
    ),
    untestable(
        PUSH,
        "unable",
        FIRST_REFUSED,
        control(failed),
        words="does not succeed where it has to either",
        cause=SUCCEEDS,
    ),
)

IDENTICAL_EXAMPLES = (
    observes(IDENTICAL, "nothing", REBASE, words="nothing else changed"),
    observes(IDENTICAL, "at a daemon", DAEMON, words="nothing else changed"),
    observes(
        IDENTICAL,
        "as v0.20.20 does",
        REBASE,
        config(lambda document: document.pop("os.version")),
        config_key("container", ""),
        words="changed as well: container, os.version",
        actual={
            "container": {"was": "0123456789abcdef", "is": ""},
            "os.version": {"was": "1.2.3", "is": None},
        },
    ),
    observes(IDENTICAL, "what is judged", REBASE, config_key("config.Cmd", ["x"]), words="nothing"),
    observes(
        IDENTICAL,
        "of a container",
        REBASE,
        config_key("config.Domainname", "x"),
        words="changed as well: config.Domainname",
    ),
    *in_general(IDENTICAL, REBASE),
)

EXAMPLES: tuple[Example, ...] = (
    *SUCCESSES,
    *PUSHES,
    *IDENTICAL_EXAMPLES,
    *LAYER_EXAMPLES,
    *CONFIGS,
    *NAMES,
    *INPUT_EXAMPLES,
    *TARGETS,
    *CREATION,
    *LABEL_EXAMPLES,
    *REST_EXAMPLES,
    *UNKNOWN_EXAMPLES,
    *UNLISTED_EXAMPLES,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_rebased_image(example: Example) -> None:
    example.check()


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
