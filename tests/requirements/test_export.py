"""The exported image: that it is there, its layers, what it inherits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.image import LayerFacts, NoImage
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.export.rules import inherited

from .examples import Example, right, untestable, wrong
from .export_edits import EXPORT, SUCCEEDS, base
from .observations import (
    NO_DIGEST,
    app_of,
    asked_of,
    blocked,
    call,
    chain,
    diff_ids,
    failed,
    label,
    no_app,
    not_called,
    run_image_label,
    stored,
    under,
)

CREATE = "draft/creator-plain"
SEVERAL = "draft/exporter-several-tags"
LAYERS = "export.layers"


INHERITED = {
    "export.labels.stack.inherited": "io.buildpacks.stack.",
    "export.labels.base.inherited": "io.buildpacks.base.",
}


def base_names(seen: Observation) -> list[str]:
    layers = base(seen)
    return [f"run image {n}/{len(layers)}: {each[:19]}" for n, each in enumerate(layers, 1)]


def all_names(seen: Observation) -> list[str]:
    own = app_of(seen).diff_ids[len(base(seen)) :]
    return [*base_names(seen), *(f"app: {each[:19]}" for each in own)]


def as_before(seen: Observation) -> Observation:
    """What stands under the name now stood there before already."""
    return replace(seen, before=seen.after)


SUCCESSES = (
    right(
        SUCCEEDS, "of an exporter", EXPORT, words="the exporter exited 0 and wrote the app image"
    ),
    right(SUCCEEDS, "of a creator", CREATE, words="the creator exited 0"),
    right(SUCCEEDS, "under three tags", SEVERAL),
    right(SUCCEEDS, "at a daemon", "daemon/exporter-several-tags"),
    right(SUCCEEDS, "below platform API 0.12", "api-0.11/exporter-plain"),
    wrong(
        SUCCEEDS,
        "a failure",
        "fault-export-fails-without-history/exporter-no-history",
        words="the exporter exited ",
        expected="exit code 0",
        actual=lambda seen: seen.call.last_lines if seen.call else None,
    ),
    wrong(
        SUCCEEDS,
        "a failure without a word",
        CREATE,
        call(exit_code=3, stdout="", stderr=" \n"),
        words="the creator exited 3",
        expected="exit code 0",
        actual="no output",
    ),
    wrong(
        SUCCEEDS,
        "a time-out",
        EXPORT,
        call(exit_code=None, duration=30.2),
        words="the exporter did not end within 30 s",
    ),
    wrong(
        SUCCEEDS,
        "a signal",
        EXPORT,
        call(exit_code=-9),
        words="the exporter was ended by signal SIGKILL",
    ),
    wrong(
        SUCCEEDS,
        "no image",
        EXPORT,
        no_app("there is no image of that name"),
        words="the exporter exited 0, but did not leave an app image",
        expected="an image under each name that was given",
        actual="there is no image of that name",
    ),
    wrong(
        SUCCEEDS,
        "the image from before",
        EXPORT,
        as_before,
        words="the exporter exited 0, but the app image is the one that was there before",
        expected="an app image that was written by this call",
        actual=lambda seen: app_of(seen).image_id,
    ),
    wrong(
        SUCCEEDS,
        "another image under a further tag",
        "fault-another-image-under-further-tags/exporter-several-tags",
        words="the exporter exited 0, but the app image is not under every name that was given",
        expected=lambda seen: dict.fromkeys(asked_of(seen).images, app_of(seen).digest),
    ),
    wrong(
        SUCCEEDS,
        "nothing under a further tag",
        SEVERAL,
        under(2, NoImage("there is no image of that name")),
        words="not under every name",
        expected=lambda seen: dict.fromkeys(asked_of(seen).images, app_of(seen).digest),
        actual=lambda seen: {
            **dict.fromkeys(asked_of(seen).images, app_of(seen).digest),
            asked_of(seen).images[2]: None,
        },
    ),
    wrong(
        SUCCEEDS,
        "nothing under a further tag of a daemon",
        "daemon/exporter-several-tags",
        under(1, NoImage("there is no image of that name")),
        words="not under every name",
        expected=lambda seen: dict.fromkeys(asked_of(seen).images, app_of(seen).image_id),
    ),
    untestable(
        SUCCEEDS,
        "not reached",
        EXPORT,
        blocked("the analyzer exited 1"),
        words="the exporter was not run: the analyzer exited 1",
    ),
    untestable(SUCCEEDS, "not called", EXPORT, not_called, words="the exporter was not called"),
)


LAYER_EXAMPLES = (
    right(LAYERS, "of an export", EXPORT),
    right(LAYERS, "of a creator", CREATE),
    right(LAYERS, "at a daemon", "daemon/exporter-plain"),
    wrong(
        LAYERS,
        "without the bottom layer",
        EXPORT,
        diff_ids(lambda layers: layers[1:]),
        words="wrong layers: ",
        expected=base_names,
        actual=lambda seen: [
            base_names(seen)[1],
            f"app: {app_of(seen).diff_ids[1][:19]}",
        ],
    ),
    wrong(
        LAYERS,
        "in another order",
        EXPORT,
        diff_ids(lambda layers: [layers[1], layers[0], *layers[2:]]),
        words="wrong layers: the order differs",
        expected=base_names,
        actual=lambda seen: base_names(seen)[::-1],
    ),
    wrong(
        LAYERS,
        "a layer without a name",
        EXPORT,
        diff_ids(lambda layers: ["", *layers[1:]]),
        words="wrong layers: 1 run image layer missing",
        actual=lambda seen: ["missing or damaged", base_names(seen)[1]],
    ),
    wrong(
        LAYERS,
        "one of the app's own among them",
        EXPORT,
        diff_ids(lambda layers: [layers[0], layers[2], layers[1], *layers[3:]]),
        words="wrong layers: other layers are among them",
    ),
    wrong(
        LAYERS,
        "one of them twice",
        EXPORT,
        diff_ids(lambda layers: [layers[0], *layers]),
        words="wrong layers: 1 run image layer too many",
    ),
    wrong(
        LAYERS,
        "none of the app's own",
        EXPORT,
        diff_ids(lambda layers: layers[:2]),
        words="the app image has only the run image's layers",
        expected="at least one layer of the app's own",
        actual="none",
    ),
    wrong(
        LAYERS,
        "one not stored",
        EXPORT,
        stored(lambda layers: layers[:-1]),
        words="the image does not store as many layers as its config names",
        expected=all_names,
        actual=lambda seen: all_names(seen)[:-1],
    ),
    wrong(
        LAYERS,
        "one more stored, and damaged",
        EXPORT,
        stored(lambda layers: (*layers, LayerFacts(NO_DIGEST, None, None))),
        words="does not store as many layers",
        actual=lambda seen: [*all_names(seen), "missing or damaged"],
    ),
    wrong(
        LAYERS,
        "another content",
        EXPORT,
        stored(lambda layers: (*layers[:-1], replace(layers[-1], diff_id=NO_DIGEST))),
        words="the content of a layer does not have the diff ID that the config gives it",
        expected=lambda seen: {"layer 5": app_of(seen).diff_ids[5]},
        actual={"layer 5": NO_DIGEST},
    ),
    wrong(
        LAYERS,
        "a damaged layer",
        EXPORT,
        stored(lambda layers: (replace(layers[0], diff_id=None), *layers[1:])),
        words="the content of a layer does not have the diff ID",
        expected=lambda seen: {"layer 0": app_of(seen).diff_ids[0]},
        actual={"layer 0": "missing, or it cannot be decompressed"},
    ),
    untestable(LAYERS, "failed", EXPORT, failed, words="exited 1", cause=SUCCEEDS),
)


LABELS = tuple(
    example
    for requirement, prefix in INHERITED.items()
    for example in (
        right(requirement, "inherited", EXPORT),
        right(requirement, "by a creator", CREATE),
        right(requirement, "one more on the app image", EXPORT, label(f"{prefix}more", "value")),
        right(
            requirement,
            "of another prefix not inherited",
            EXPORT,
            run_image_label("io.buildpacks.other", "value"),
            run_image_label(prefix.rstrip("."), "value"),
        ),
        wrong(
            requirement,
            "a value changed",
            EXPORT,
            run_image_label(f"{prefix}a", "new"),
            label(f"{prefix}a", "old"),
            words=f"1 of the run image's {prefix}* labels are missing or changed on the app image",
            expected={f"{prefix}a": "new"},
            actual={f"{prefix}a": "old"},
        ),
        wrong(
            requirement,
            "one missing",
            EXPORT,
            run_image_label(f"{prefix}a", ""),
            words="1 of the run image's",
            expected={f"{prefix}a": ""},
            actual={f"{prefix}a": None},
        ),
        wrong(
            requirement,
            "many changed",
            EXPORT,
            chain(*(run_image_label(f"{prefix}a.{n}", str(n)) for n in "7654321")),
            words="7 of the run image's",
            expected={f"{prefix}a.{n}": str(n) for n in "12345"},
            actual={f"{prefix}a.{n}": None for n in "12345"},
        ),
        untestable(requirement, "failed", EXPORT, failed, words="exited 1", cause=SUCCEEDS),
    )
)


@pytest.mark.parametrize("example", LABELS, ids=str)
def test_a_rule_about_labels_is_made_for_a_prefix(example: Example) -> None:
    example.check_rule(inherited(INHERITED[example.requirement]))


EXAMPLES: tuple[Example, ...] = (
    *SUCCESSES,
    *LAYER_EXAMPLES,
    *LABELS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_exported_image(example: Example) -> None:
    example.check()
