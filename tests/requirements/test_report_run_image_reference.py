"""Which image the report's reference identifies, and its top layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.judge.verdict import Json
from pytest_cnb_report.observe.observation import Observation

from .examples import Example, observes, right, untestable, wrong
from .observations import NO_DIGEST, app_of, asked_of, before_of, failed, made_elsewhere
from .run_image_edits import (
    A_EXPORT,
    A_REBASE,
    AFTER_REBASE,
    COHERENT,
    DAEMON,
    EXPORT,
    OTHER,
    REBASE,
    REFERENCE,
    TOP_LAYER,
    digest_of,
    digest_reference,
    field,
    image_id_of,
    name_of,
    old_top_of,
    repository_of,
    top_of,
)

INDEX = "draft/exporter-index"
TAG = "fault-tag-for-reference/exporter-plain"
IMMUTABLE = "report.run-image.reference.immutable"
FORM = "report.run-image.reference.form"


def references(seen: Observation) -> Json:
    facts = asked_of(seen).run_image
    return {"one of": [f"{repository_of(seen)}@{d}" for d in facts.digests] + [facts.image_id]}


MET_REFERENCES: dict[str, tuple[str, Callable[[Observation], str] | None, str]] = {
    "a digest reference": (EXPORT, None, "by a digest reference"),
    "an image ID": (EXPORT, image_id_of, "by an image ID"),
    "an image ID without algorithm": (
        EXPORT,
        lambda seen: image_id_of(seen).removeprefix("sha256:"),
        "by an image ID",
    ),
    "a short image ID": (EXPORT, lambda seen: image_id_of(seen)[7:19], "by a short image ID"),
    "a short ID at a daemon": (DAEMON, lambda seen: image_id_of(seen)[7:18], "by a short image ID"),
    "a bare digest": (EXPORT, digest_of, "by a manifest digest without a repository"),
    "a tag": (TAG, None, "by a name that can be moved"),
    "of an index": (
        INDEX,
        lambda seen: f"{repository_of(seen)}@{asked_of(seen).run_image.digests[1]}",
        "by a digest reference",
    ),
    "of an image in an index": (INDEX, digest_reference, "by a digest reference"),
}


WRONG_REFERENCES: dict[str, tuple[str, Callable[[Observation], str], str]] = {
    "no reference": (EXPORT, lambda _: "NO NAME", "neither an image ID nor an image name"),
    "the app image": (
        EXPORT,
        lambda seen: f"{repository_of(seen)}@{app_of(seen).digest}",
        "the app image",
    ),
    "the app image from before": (
        REBASE,
        lambda seen: before_of(seen).image_id,
        "the app image from before",
    ),
    "its config": (
        EXPORT,
        lambda seen: f"{repository_of(seen)}@{image_id_of(seen)}",
        "a reference to the image ID of the run image",
    ),
    "a blob": (
        EXPORT,
        lambda seen: f"{repository_of(seen)}@{asked_of(seen).run_image.blob_digests[0]}",
        "a reference to the digest of the stored blob of layer 1 of 2 of the run image",
    ),
    "nothing": (
        EXPORT,
        lambda seen: f"{repository_of(seen)}@{NO_DIGEST}",
        "a reference to a digest that matches no known image",
    ),
    "too short": (EXPORT, lambda seen: image_id_of(seen)[7:18], "too short an image ID"),
    "a name that refers to nothing": (EXPORT, lambda _: OTHER, "a name that refers to nothing"),
}


REFERENCES = (
    *(
        right(REFERENCE, what, where, *([field("reference", make)] if make else ()), words=words)
        for what, (where, make, words) in MET_REFERENCES.items()
    ),
    right(REFERENCE, "after a rebase", REBASE),
    right(REFERENCE, "approved", A_EXPORT),
    *(
        wrong(
            REFERENCE,
            what,
            where,
            field("reference", make),
            words=f"run-image.reference does not identify the run image: it is {words}",
            expected=references,
            actual=make,
        )
        for what, (where, make, words) in WRONG_REFERENCES.items()
    ),
    wrong(
        REFERENCE,
        "missing",
        EXPORT,
        field("reference", None),
        words="the report has no run-image.reference",
        expected=references,
        actual=None,
    ),
    wrong(
        REFERENCE,
        "a table",
        EXPORT,
        field("reference", {"a": 1}),
        words="run-image.reference is not a string",
        actual={"a": 1},
    ),
    wrong(REFERENCE, "empty", EXPORT, field("reference", ""), words="run-image.reference is empty"),
    untestable(
        REFERENCE,
        "of the old run image",
        "fault-old-reference-after-rebase/rebaser-plain",
        words="the value of the old run image",
        cause=AFTER_REBASE,
    ),
    right(IMMUTABLE, "a digest reference", EXPORT, words="a digest reference cannot be moved"),
    right(IMMUTABLE, "an image ID", "fault-image-id-for-reference/exporter-plain"),
    right(IMMUTABLE, "at a daemon", DAEMON),
    wrong(
        IMMUTABLE,
        "a tag",
        TAG,
        words="run-image.reference is a tag: after it was moved, it referred to another image",
        expected="an image ID or a digest reference",
        actual=lambda seen: [name_of(seen), seen.found_later[name_of(seen)].digest],
    ),
    wrong(
        IMMUTABLE,
        "a tag of a daemon's",
        TAG,
        lambda seen: replace(
            seen, found_later={name_of(seen): Resolution("image", None, NO_DIGEST)}
        ),
        words="is a tag",
        actual=lambda seen: [name_of(seen), NO_DIGEST],
    ),
    wrong(
        IMMUTABLE,
        "a tag that was not looked up again",
        TAG,
        lambda seen: replace(seen, found_later={}),
        words="is a tag",
        actual=lambda seen: [name_of(seen), None],
    ),
    wrong(
        IMMUTABLE,
        "a tag in a build made elsewhere",
        TAG,
        made_elsewhere,
        words="run-image.reference is a tag, which can be moved to another image",
        expected="an image ID or a digest reference",
        actual=name_of,
    ),
    *(
        untestable(
            requirement,
            what,
            EXPORT,
            field("reference", value),
            words="there is no reference that identifies the run image",
            cause=REFERENCE,
        )
        for requirement in (IMMUTABLE, FORM)
        for what, value in {
            "missing": None,
            "blank": " ",
            "a number": 5,
            "of another image": OTHER,
        }.items()
    ),
    *(
        untestable(
            requirement,
            "of the old run image",
            "fault-old-reference-after-rebase/rebaser-plain",
            words="the value of the old run image",
            cause=AFTER_REBASE,
        )
        for requirement in (IMMUTABLE, FORM)
    ),
    untestable(IMMUTABLE, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"),
    untestable(FORM, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"),
    *(
        observes(
            FORM,
            what,
            where,
            *([field("reference", make)] if make else ()),
            words=words.removeprefix("by "),
            actual=make or (name_of if where == TAG else digest_reference),
        )
        for what, (where, make, words) in MET_REFERENCES.items()
    ),
)


TOP_LAYERS = (
    right(TOP_LAYER, "of an export", EXPORT),
    right(TOP_LAYER, "of a rebase", REBASE),
    right(TOP_LAYER, "approved", A_REBASE),
    right(TOP_LAYER, "of a build made elsewhere", EXPORT, made_elsewhere),
    wrong(
        TOP_LAYER,
        "missing",
        EXPORT,
        field("top-layer", None),
        words="the report has no run-image.top-layer",
        expected=top_of,
        actual=None,
    ),
    wrong(
        TOP_LAYER,
        "a number",
        EXPORT,
        field("top-layer", 2),
        words="run-image.top-layer is not a string",
        expected=top_of,
        actual=2,
    ),
    wrong(
        TOP_LAYER,
        "empty",
        EXPORT,
        field("top-layer", ""),
        words="run-image.top-layer is empty",
    ),
    *(
        wrong(
            TOP_LAYER,
            what,
            EXPORT,
            field("top-layer", make),
            words="run-image.top-layer is not written as sha256: and 64 lower-case hex digits",
            expected=top_of,
            actual=make,
        )
        for what, make in {
            "without algorithm": lambda seen: top_of(seen).removeprefix("sha256:"),
            "in upper case": lambda seen: "sha256:" + top_of(seen)[7:].upper(),
            "one digit more": lambda seen: top_of(seen) + "0",
        }.items()
    ),
    *(
        wrong(
            TOP_LAYER,
            what,
            EXPORT,
            field("top-layer", make),
            words="run-image.top-layer is not the diff ID of the run image's top layer, but"
            f" {words}",
            expected=top_of,
            actual=make,
        )
        for what, make, words in (
            (
                "the bottom layer",
                lambda seen: asked_of(seen).run_image.diff_ids[0],
                "the diff ID of layer 1 of 2 of the run image",
            ),
            (
                "the blob",
                lambda seen: asked_of(seen).run_image.blob_digests[1],
                "the digest of the stored blob of layer 2 of 2 of the run image",
            ),
            ("the image ID", image_id_of, "the image ID of the run image"),
            (
                "the app's",
                lambda seen: app_of(seen).diff_ids[-1],
                "a digest that matches no known image",
            ),
        )
    ),
    untestable(
        TOP_LAYER,
        "of the old run image",
        REBASE,
        field("top-layer", old_top_of),
        words="the value of the old run image",
        cause=AFTER_REBASE,
    ),
    untestable(
        TOP_LAYER,
        "contradicts the reference of a build made elsewhere",
        EXPORT,
        made_elsewhere,
        field("top-layer", NO_DIGEST),
        words="it is not the top layer of what reference leads to",
        cause=COHERENT,
    ),
    wrong(
        TOP_LAYER,
        "wrong beside a wrong reference of a build made elsewhere",
        EXPORT,
        made_elsewhere,
        field("top-layer", NO_DIGEST),
        field("reference", OTHER),
        words="is not the diff ID of the run image's top layer",
    ),
    wrong(
        TOP_LAYER,
        "wrong without reference in a build made elsewhere",
        EXPORT,
        made_elsewhere,
        field("top-layer", NO_DIGEST),
        field("reference", 5),
        words="is not the diff ID of the run image's top layer",
    ),
)

EXAMPLES: tuple[Example, ...] = (
    *REFERENCES,
    *TOP_LAYERS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_image_that_the_report_identifies(example: Example) -> None:
    example.check()
