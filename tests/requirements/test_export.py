"""The exported image: that it is there, what it inherits, what its metadata label says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.image import LayerFacts, NoImage
from pytest_cnb_report.observe.observation import Observation, RunEntry
from pytest_cnb_report.requirements.export.rules import inherited

from .examples import Example, nothing_to_judge, right, untestable, wrong
from .observations import (
    METADATA,
    NO_DIGEST,
    Edit,
    app_of,
    asked,
    asked_of,
    blocked,
    call,
    chain,
    control,
    diff_ids,
    failed,
    label,
    metadata_key,
    metadata_text,
    no_app,
    not_called,
    run_image_label,
    stored,
    under,
)

PUSH = "export.push-failure"
PROCESS = "export.unknown-process.refused"
UNKNOWN_PROCESS = "draft/exporter-unknown-process"
FIRST_REFUSED = "draft/exporter-first-push-refused"
EXPORT = "draft/exporter-plain"
CREATE = "draft/creator-plain"
SEVERAL = "draft/exporter-several-tags"
MIRROR = "draft/exporter-mirror"
SECOND = "draft/exporter-second-entry"
BY_DIGEST = "draft/exporter-tag-and-digest"
SUCCEEDS = "export.succeeds"
LAYERS = "export.layers"
TOP_LAYER = "export.metadata.top-layer"
REFERENCE = "export.metadata.reference"
IMAGE = "export.metadata.image"
MIRRORS = "export.metadata.mirrors"
STACK_SAME = "export.metadata.stack-same"
INHERITED = {
    "export.labels.stack.inherited": "io.buildpacks.stack.",
    "export.labels.base.inherited": "io.buildpacks.base.",
}
OTHER = "registry.example/other/run:stable"


def base(seen: Observation) -> tuple[str, ...]:
    return asked_of(seen).run_image.diff_ids


def base_names(seen: Observation) -> list[str]:
    layers = base(seen)
    return [f"run image {n}/{len(layers)}: {each[:19]}" for n, each in enumerate(layers, 1)]


def all_names(seen: Observation) -> list[str]:
    own = app_of(seen).diff_ids[len(base(seen)) :]
    return [*base_names(seen), *(f"app: {each[:19]}" for each in own)]


def as_before(seen: Observation) -> Observation:
    """What stands under the name now stood there before already."""
    return replace(seen, before=seen.after)


def digest_reference(seen: Observation) -> str:
    facts = asked_of(seen).run_image
    return f"{facts.names[0].rpartition(':')[0]}@{facts.digests[0]}"


def references(seen: Observation) -> dict[str, list[str]]:
    return {"one of": [digest_reference(seen), asked_of(seen).run_image.image_id]}


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
        no_app("nothing is under that name"),
        words="the exporter exited 0, but did not leave an app image",
        expected="an image under each name that was given",
        actual="nothing is under that name",
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
        under(2, NoImage("nothing is under that name")),
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
        under(1, NoImage("nothing is under that name")),
        words="not under every name",
        expected=lambda seen: dict.fromkeys(asked_of(seen).images, app_of(seen).image_id),
    ),
    untestable(
        SUCCEEDS,
        "not reached",
        EXPORT,
        blocked("the analyzer exited 1"),
        words="the exporter was not reached: the analyzer exited 1",
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
        words="the app image does not begin with the run image's layers",
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
        words="does not begin with the run image's layers",
        expected=base_names,
        actual=lambda seen: base_names(seen)[::-1],
    ),
    wrong(
        LAYERS,
        "a layer without a name",
        EXPORT,
        diff_ids(lambda layers: ["", *layers[1:]]),
        words="does not begin with the run image's layers",
        actual=lambda seen: ["missing or damaged", base_names(seen)[1]],
    ),
    wrong(
        LAYERS,
        "none of the app's own",
        EXPORT,
        diff_ids(lambda layers: layers[:2]),
        words="the app image has no layer but the run image's",
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
            words=f"1 of the run image's {prefix}* labels are not on the app image as they were",
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


def no_label(requirement: str, where: str = EXPORT) -> tuple[Example, ...]:
    """Without a label that can be read, the requirement about its top layer says so."""
    return (
        untestable(
            requirement,
            "no label",
            where,
            metadata_text(None),
            words=f"the app image has no {METADATA} label",
            cause=TOP_LAYER,
        ),
        untestable(requirement, "failed", where, failed, words="exited 1", cause=SUCCEEDS),
    )


LABEL_TOP_LAYERS = (
    right(TOP_LAYER, "of an export", EXPORT),
    right(TOP_LAYER, "at a daemon", "daemon/exporter-plain"),
    wrong(
        TOP_LAYER,
        "no label",
        EXPORT,
        metadata_text(None),
        words=f"the app image has no {METADATA} label",
        expected="a JSON object",
        actual=None,
    ),
    wrong(
        TOP_LAYER,
        "a list for a label",
        EXPORT,
        metadata_text("[]"),
        words=f"the {METADATA} label is not a JSON object",
        expected="a JSON object",
    ),
    wrong(
        TOP_LAYER,
        "missing",
        EXPORT,
        metadata_key("runImage.topLayer", None),
        words="runImage.topLayer is missing",
        expected=lambda seen: base(seen)[-1],
        actual=None,
    ),
    wrong(
        TOP_LAYER,
        "no run image",
        EXPORT,
        metadata_key("runImage", ["a"]),
        words="runImage.topLayer is missing",
    ),
    wrong(
        TOP_LAYER,
        "a number",
        EXPORT,
        metadata_key("runImage.topLayer", 5),
        words="runImage.topLayer is not a string",
        expected=lambda seen: base(seen)[-1],
        actual=5,
    ),
    wrong(
        TOP_LAYER,
        "the bottom layer",
        EXPORT,
        lambda seen: metadata_key("runImage.topLayer", base(seen)[0])(seen),
        words="runImage.topLayer is not the diff ID of the run image's top layer, but the diff ID"
        " of layer 1 of 2 of the run image",
        expected=lambda seen: base(seen)[-1],
        actual=lambda seen: base(seen)[0],
    ),
    untestable(TOP_LAYER, "failed", EXPORT, failed, words="exited 1", cause=SUCCEEDS),
)

LABEL_REFERENCES = (
    right(REFERENCE, "a digest reference", EXPORT),
    right(
        REFERENCE,
        "an image ID",
        EXPORT,
        lambda seen: metadata_key("runImage.reference", asked_of(seen).run_image.image_id)(seen),
    ),
    wrong(
        REFERENCE,
        "missing",
        EXPORT,
        metadata_key("runImage.reference", None),
        words="runImage.reference is missing",
        expected=references,
        actual=None,
    ),
    wrong(
        REFERENCE,
        "empty",
        EXPORT,
        metadata_key("runImage.reference", ""),
        words="runImage.reference is missing",
        actual="",
    ),
    wrong(
        REFERENCE,
        "a table",
        EXPORT,
        metadata_key("runImage.reference", {"a": 1}),
        words="runImage.reference is not a string",
        expected=references,
        actual={"a": 1},
    ),
    wrong(
        REFERENCE,
        "a tag",
        EXPORT,
        lambda seen: metadata_key("runImage.reference", asked_of(seen).run_image.names[0])(seen),
        words="runImage.reference does not identify the run image: it is a tag, which can be moved",
        expected=references,
        actual=lambda seen: asked_of(seen).run_image.names[0],
    ),
    wrong(
        REFERENCE,
        "the app image",
        EXPORT,
        lambda seen: metadata_key("runImage.reference", app_of(seen).image_id)(seen),
        words="does not identify the run image: it is a reference to a digest of nothing",
    ),
    *no_label(REFERENCE),
)


def names_of(number: int) -> Edit:
    """Put the names of an entry of the run file into the label."""

    def edit(seen: Observation) -> Observation:
        entry = asked_of(seen).listed[number]
        return chain(
            metadata_key("runImage.image", entry.image),
            metadata_key("runImage.mirrors", list(entry.mirrors)),
        )(seen)

    return edit


NAMES = (
    right(IMAGE, "the name given", EXPORT),
    right(IMAGE, "a mirror given", MIRROR),
    right(IMAGE, "the second entry", SECOND),
    right(IMAGE, "one that no entry has", "draft/exporter-unlisted"),
    right(
        IMAGE,
        "none given",
        EXPORT,
        asked(given=None),
    ),
    wrong(
        IMAGE,
        "the mirror",
        MIRROR,
        lambda seen: metadata_key("runImage.image", asked_of(seen).given)(seen),
        words="runImage.image is not the name that the run image resolves to",
        expected=lambda seen: asked_of(seen).listed[0].image,
        actual=lambda seen: asked_of(seen).given,
    ),
    wrong(
        IMAGE,
        "the first entry for the second",
        SECOND,
        names_of(0),
        words="runImage.image is not the name that the run image resolves to",
        expected=lambda seen: asked_of(seen).listed[1].image,
    ),
    wrong(
        IMAGE,
        "the unlisted one itself",
        "draft/exporter-unlisted",
        lambda seen: metadata_key("runImage.image", asked_of(seen).given)(seen),
        words="is not the name that the run image resolves to",
        expected=lambda seen: asked_of(seen).listed[0].image,
    ),
    wrong(
        IMAGE,
        "missing",
        EXPORT,
        metadata_key("runImage.image", None),
        words="runImage.image is missing",
        expected=lambda seen: asked_of(seen).listed[0].image,
        actual=None,
    ),
    wrong(
        IMAGE,
        "a number",
        EXPORT,
        metadata_key("runImage.image", 5),
        words="runImage.image is not the name",
        actual=5,
    ),
    nothing_to_judge(
        IMAGE,
        "given by digest",
        BY_DIGEST,
        words="the run image was given by digest; judged on tag names only",
    ),
    *no_label(IMAGE),
    right(MIRRORS, "of the entry", EXPORT),
    right(MIRRORS, "of the second entry", SECOND),
    right(MIRRORS, "none", "draft/creator-no-mirrors"),
    right(
        MIRRORS, "an empty array", "draft/creator-no-mirrors", metadata_key("runImage.mirrors", [])
    ),
    right(
        MIRRORS,
        "in another order",
        EXPORT,
        lambda seen: asked(listed=(RunEntry(asked_of(seen).listed[0].image, ("b", "a")),))(seen),
        metadata_key("runImage.mirrors", ["a", "index.docker.io/library/b"]),
    ),
    wrong(
        MIRRORS,
        "missing",
        EXPORT,
        metadata_key("runImage.mirrors", None),
        words="runImage.mirrors is missing",
        expected=lambda seen: list(asked_of(seen).listed[0].mirrors),
        actual=None,
    ),
    wrong(
        MIRRORS,
        "of another entry",
        SECOND,
        names_of(0),
        words="runImage.mirrors are not the mirrors of the entry that the run image resolves to",
        expected=lambda seen: list(asked_of(seen).listed[1].mirrors),
        actual=lambda seen: list(asked_of(seen).listed[0].mirrors),
    ),
    wrong(
        MIRRORS,
        "twice",
        EXPORT,
        lambda seen: metadata_key("runImage.mirrors", [*asked_of(seen).listed[0].mirrors] * 2)(
            seen
        ),
        words="are not the mirrors of the entry",
    ),
    wrong(
        MIRRORS,
        "a string",
        EXPORT,
        metadata_key("runImage.mirrors", "a"),
        words="runImage.mirrors is not an array of strings",
        actual="a",
    ),
    wrong(
        MIRRORS,
        "a number among them",
        EXPORT,
        metadata_key("runImage.mirrors", ["a", 1]),
        words="runImage.mirrors is not an array of strings",
        actual=["a", 1],
    ),
    wrong(
        MIRRORS,
        "some where there are none",
        "draft/creator-no-mirrors",
        metadata_key("runImage.mirrors", [OTHER]),
        words="are not the mirrors",
        expected=[],
        actual=[OTHER],
    ),
    nothing_to_judge(
        MIRRORS,
        "given by digest",
        BY_DIGEST,
        words="the run image was given by digest; judged on tag names only",
    ),
    *no_label(MIRRORS),
)


def own_names(seen: Observation) -> dict[str, object]:
    entry = asked_of(seen).listed[0]
    return {"image": entry.image, "mirrors": list(entry.mirrors)}


STACKS = (
    right(STACK_SAME, "the same", EXPORT),
    right(STACK_SAME, "without mirrors", "draft/creator-no-mirrors"),
    right(
        STACK_SAME,
        "none and empty mirrors",
        "draft/creator-no-mirrors",
        metadata_key("stack.runImage.mirrors", []),
    ),
    wrong(
        STACK_SAME,
        "missing",
        EXPORT,
        metadata_key("stack", None),
        words="stack.runImage does not name the same image and mirrors as runImage",
        expected=own_names,
        actual={"image": None, "mirrors": []},
    ),
    wrong(
        STACK_SAME, "a string", EXPORT, metadata_key("stack", "a"), words="does not name the same"
    ),
    wrong(
        STACK_SAME,
        "another image",
        EXPORT,
        metadata_key("stack.runImage.image", OTHER),
        words="does not name the same image",
        expected=own_names,
        actual=lambda seen: {**own_names(seen), "image": OTHER},
    ),
    wrong(
        STACK_SAME,
        "no mirrors",
        EXPORT,
        metadata_key("stack.runImage.mirrors", None),
        words="does not name the same image and mirrors",
        actual=lambda seen: {**own_names(seen), "mirrors": []},
    ),
    untestable(
        STACK_SAME,
        "no name",
        EXPORT,
        metadata_key("runImage.image", None),
        words="runImage names no image",
        cause=IMAGE,
    ),
    *no_label(STACK_SAME),
)

PUSHES = (
    *(
        right(PUSH, case, f"draft/{case}-push-refused", words="exited 62, a code for export errors")
        for case in ("exporter-first", "exporter-later", "creator-first")
    ),
    right(PUSH, "generic code", FIRST_REFUSED, failed, words="exited 1, a code for any error"),
    wrong(
        PUSH,
        "overlooked",
        FIRST_REFUSED,
        call(exit_code=0),
        words="the registry refused an app image, and the exporter exited 0",
        expected="an exit code other than 0",
        actual=0,
    ),
    wrong(
        PUSH,
        "broken down on",
        FIRST_REFUSED,
        call(exit_code=2, stderr="panic: denied\n\ngoroutine 1 [running]:\n", stdout=""),
        words="the exporter broke down",
        expected="an exit code that the specification gives to errors",
    ),
    untestable(
        PUSH,
        "not pushed",
        FIRST_REFUSED,
        lambda seen: replace(seen, requests=()),
        words="the exporter did not push what the registry refuses",
    ),
    untestable(PUSH, "not reached", FIRST_REFUSED, blocked(), words="the case was not reached"),
    untestable(PUSH, "not called", FIRST_REFUSED, not_called, words="the case was not reached"),
    untestable(
        PUSH,
        "unable",
        FIRST_REFUSED,
        control(failed),
        words="does not succeed where it has to either",
        cause=SUCCEEDS,
    ),
)

PROCESSES = (
    right(PROCESS, "refused", UNKNOWN_PROCESS, words="refused"),
    wrong(
        PROCESS,
        "passed over",
        UNKNOWN_PROCESS,
        call(exit_code=0),
        words="it was done instead of refused",
        expected="an exit code other than 0",
        actual=0,
    ),
    untestable(
        PROCESS,
        "unable",
        UNKNOWN_PROCESS,
        control(failed),
        words="does not succeed where it has to either",
        cause=SUCCEEDS,
    ),
)

EXAMPLES: tuple[Example, ...] = (
    *SUCCESSES,
    *PUSHES,
    *PROCESSES,
    *LAYER_EXAMPLES,
    *LABELS,
    *LABEL_TOP_LAYERS,
    *LABEL_REFERENCES,
    *NAMES,
    *STACKS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_exported_image(example: Example) -> None:
    example.check()


@pytest.mark.parametrize("example", LABELS, ids=str)
def test_a_rule_about_labels_is_made_for_a_prefix(example: Example) -> None:
    example.check_rule(inherited(INHERITED[example.requirement]))
