"""report.toml, the run image: the fields of RFC 0129, in both of its layouts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.judge.verdict import Json
from pytest_cnb_report.observe.observation import Observation, RunEntry
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import judge

from .examples import (
    APPROVED,
    DRAFT,
    Example,
    nothing_to_judge,
    observes,
    right,
    untestable,
    wrong,
)
from .observations import (
    NO_DIGEST,
    Edit,
    api,
    app_of,
    asked,
    asked_of,
    before_of,
    failed,
    made_elsewhere,
    metadata_key,
    metadata_text,
    no_report,
    report,
    report_bytes,
    report_key,
    run_image,
)

EXPORT = "draft/exporter-plain"
REBASE = "draft/rebaser-plain"
FORCED = "draft/rebaser-forced-unlisted"
INDEX = "draft/exporter-index"
BEFORE = "draft/exporter-longer-report-before"
DAEMON = "daemon/exporter-plain"
A_EXPORT = "approved/exporter-plain"
A_REBASE = "approved/rebaser-plain"
A_FORCED = "approved/rebaser-forced-unlisted"
TAG = "fault-tag-for-reference/exporter-plain"

LAYOUT = "report.run-image.layout"
IMAGE = "report.run-image.image"
REFERENCE = "report.run-image.reference"
IMMUTABLE = "report.run-image.reference.immutable"
FORM = "report.run-image.reference.form"
TOP_LAYER = "report.run-image.top-layer"
AFTER_REBASE = "report.run-image.after-rebase"
COHERENT = "report.run-image.coherent"
MATCHES = "report.run-image.matches-label"
RESOLVED = "report.run-image.image.resolved"
MIRRORS = "report.run-image.mirrors"
FORCED_UNLISTED = "report.run-image.forced-unlisted"

OTHER = "registry.example/other/run:stable"


def field(key: str, value: object) -> Edit:
    """Report a field, or one that follows from the observation, as the first draft has it."""
    return lambda seen: report_key(f"run-image.{key}", value(seen) if callable(value) else value)(
        seen
    )


def approved(key: str, value: object) -> Edit:
    """The same as the approved RFC has it."""
    path = f"image.run-image.{key}"
    return lambda seen: report_key(path, value(seen) if callable(value) else value)(seen)


no_fields = report(lambda table: table.pop("run-image"))


def name_of(seen: Observation) -> str:
    return asked_of(seen).run_image.names[0]


def one_of_names(seen: Observation) -> Json:
    return {"one of": list(asked_of(seen).run_image.names)}


def digest_of(seen: Observation) -> str:
    return asked_of(seen).run_image.digests[0]


def repository_of(seen: Observation) -> str:
    return name_of(seen).rpartition(":")[0]


def digest_reference(seen: Observation) -> str:
    return f"{repository_of(seen)}@{digest_of(seen)}"


def references(seen: Observation) -> Json:
    facts = asked_of(seen).run_image
    return {"one of": [f"{repository_of(seen)}@{d}" for d in facts.digests] + [facts.image_id]}


def image_id_of(seen: Observation) -> str:
    return asked_of(seen).run_image.image_id


def top_of(seen: Observation) -> str:
    return asked_of(seen).run_image.top_layer


def old_top_of(seen: Observation) -> str:
    old = asked_of(seen).old_run_image
    assert old is not None
    return old.top_layer


def old_digest_reference(seen: Observation) -> str:
    old = asked_of(seen).old_run_image
    assert old is not None
    return f"{repository_of(seen)}@{old.digests[0]}"


def old_name_of(seen: Observation) -> str:
    old = asked_of(seen).old_run_image
    assert old is not None
    return old.names[0]


def in_camel_case(seen: Observation) -> Observation:
    def change(table: dict[str, dict[str, dict[str, object]]]) -> None:
        fields = table["image"].pop("run-image")
        fields["topLayer"] = fields.pop("top-layer")
        table["image"]["runImage"] = fields

    return report(change)(seen)


LAYOUTS = (
    right(
        LAYOUT,
        "of the draft",
        EXPORT,
        words="at run-image.image, run-image.reference, run-image.top-layer",
    ),
    right(LAYOUT, "after a rebase", REBASE),
    right(
        LAYOUT,
        "of the approved text",
        A_EXPORT,
        words="at image.run-image.image, image.run-image.reference, image.run-image.top-layer,"
        " image.run-image.mirrors",
    ),
    right(LAYOUT, "in camel case", A_EXPORT, in_camel_case, words="at image.runImage.image"),
    right(LAYOUT, "one field alone", EXPORT, field("image", None), field("top-layer", None)),
    wrong(
        LAYOUT,
        "approved in the draft",
        A_EXPORT,
        words="found at image.run-image.image, image.run-image.reference,"
        " image.run-image.top-layer, image.run-image.mirrors, where text rfc-0129 would take it"
        " (judged by rfc-0129-draft)",
        expected=[
            "run-image.image",
            "run-image.reference",
            "run-image.top-layer",
            "run-image.mirrors",
        ],
        actual=[
            "image.run-image.image",
            "image.run-image.reference",
            "image.run-image.top-layer",
            "image.run-image.mirrors",
        ],
        text=DRAFT,
    ),
    wrong(
        LAYOUT,
        "draft in the approved",
        EXPORT,
        words="found at run-image.image, run-image.reference, run-image.top-layer, where text"
        " rfc-0129-draft would take it (judged by rfc-0129)",
        expected=[
            "image.run-image.image",
            "image.run-image.reference",
            "image.run-image.top-layer",
        ],
        actual=["run-image.image", "run-image.reference", "run-image.top-layer"],
        text=APPROVED,
    ),
    wrong(
        LAYOUT,
        "in two texts",
        A_EXPORT,
        words="where text rfc-0129 and rfc-0129-again would take it (judged by rfc-0129-draft)",
        text=replace(DRAFT, others={**DRAFT.others, "rfc-0129-again": APPROVED.fields}),
    ),
    wrong(
        LAYOUT,
        "one key in camel case",
        EXPORT,
        field("topLayer", top_of),
        field("top-layer", None),
        words="found at run-image.topLayer, where no text takes it (judged by rfc-0129-draft)",
        expected=["run-image.top-layer"],
        actual=["run-image.topLayer"],
    ),
    wrong(
        LAYOUT,
        "a string",
        EXPORT,
        report_key("run-image", "run"),
        words="`run-image` is not a table",
        expected="a table for rfc-0129-draft",
        actual=None,
    ),
    wrong(
        LAYOUT,
        "an array",
        A_EXPORT,
        report_key("image.run-image", []),
        words="`image.run-image` is not a table",
        expected="a table for rfc-0129",
        actual=None,
    ),
    wrong(
        LAYOUT,
        "no table to be in",
        A_EXPORT,
        report_key("image", "app"),
        words="`image` is not a table",
        expected="a table for rfc-0129",
    ),
    untestable(
        LAYOUT,
        "no field at all",
        EXPORT,
        no_fields,
        words="there is no field of the run image anywhere in the report",
        cause=IMAGE,
    ),
    untestable(
        LAYOUT, "no report", EXPORT, no_report, words="there is no report", cause="report.written"
    ),
    untestable(LAYOUT, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"),
)

NAMES = (
    right(IMAGE, "that was given", EXPORT),
    right(IMAGE, "approved", A_EXPORT),
    right(IMAGE, "of a mirror", "draft/exporter-mirror"),
    right(IMAGE, "after a rebase", REBASE),
    right(IMAGE, "at a daemon", DAEMON),
    right(
        IMAGE,
        "with its own digest behind it",
        EXPORT,
        field("image", lambda seen: f"{name_of(seen)}@{digest_of(seen)}"),
    ),
    wrong(
        IMAGE,
        "missing",
        EXPORT,
        field("image", None),
        words="the report has no run-image.image",
        expected=one_of_names,
        actual=None,
    ),
    wrong(
        IMAGE,
        "missing in the approved",
        A_EXPORT,
        approved("image", None),
        words="the report has no image.run-image.image",
        expected=one_of_names,
    ),
    wrong(
        IMAGE,
        "an array",
        EXPORT,
        field("image", ["run"]),
        words="run-image.image is not a string",
        expected=one_of_names,
        actual=["run"],
    ),
    wrong(
        IMAGE,
        "blank",
        EXPORT,
        field("image", " \t"),
        words="run-image.image is empty",
        expected=one_of_names,
        actual=" \t",
    ),
    *(
        wrong(
            IMAGE,
            what,
            EXPORT,
            field("image", make),
            words="run-image.image is not a name under which the platform knows the run image",
            expected=one_of_names,
            actual=make,
        )
        for what, make in {
            "another": OTHER,
            "no name": "NO NAME",
            "the app image": lambda seen: asked_of(seen).images[0],
            "with another digest behind it": lambda seen: f"{name_of(seen)}@{NO_DIGEST}",
            "with the app image's digest behind it": lambda seen: (
                f"{name_of(seen)}@{app_of(seen).digest}"
            ),
            "by digest alone": digest_reference,
            "without its tag": repository_of,
        }.items()
    ),
    untestable(
        IMAGE,
        "of the old run image",
        FORCED,
        field("image", old_name_of),
        words="the field holds the value of the old run image",
        cause=AFTER_REBASE,
    ),
    untestable(
        IMAGE,
        "elsewhere",
        A_EXPORT,
        words="image is not where it is looked for",
        cause=LAYOUT,
        text=DRAFT,
    ),
    untestable(
        IMAGE,
        "in no table",
        EXPORT,
        report_key("run-image", 1),
        words="image is not where it is looked for",
        cause=LAYOUT,
    ),
    untestable(
        IMAGE,
        "report from before",
        BEFORE,
        lambda seen: report_bytes(lambda _: asked_of(seen).report_before or b"")(seen),
        words="there is no report",
        cause="report.written",
    ),
)

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
        "a reference to a digest of nothing that there is",
    ),
    "too short": (EXPORT, lambda seen: image_id_of(seen)[7:18], "too short an image ID"),
    "a name that leads nowhere": (EXPORT, lambda _: OTHER, "a name that leads nowhere"),
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
        words="run-image.reference is a tag: once that was moved, it led to another image",
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
                "a digest of nothing that there is",
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

AFTER_REBASES = (
    right(AFTER_REBASE, "of the new run image", REBASE),
    right(AFTER_REBASE, "forced", FORCED),
    right(AFTER_REBASE, "approved", A_REBASE),
    right(AFTER_REBASE, "one field alone", REBASE, field("image", None), field("top-layer", None)),
    right(
        AFTER_REBASE,
        "a top layer that both have",
        REBASE,
        lambda seen: asked(
            old_run_image=replace(
                asked_of(seen).run_image, image_id=NO_DIGEST, digests=(NO_DIGEST,)
            )
        )(seen),
    ),
    wrong(
        AFTER_REBASE,
        "the reference",
        "fault-old-reference-after-rebase/rebaser-plain",
        words="run-image.reference still speaks of the old run image",
        expected="the values of the new run image",
        actual=lambda seen: {"run-image.reference": old_digest_reference(seen)},
    ),
    wrong(
        AFTER_REBASE,
        "the top layer",
        REBASE,
        field("top-layer", old_top_of),
        words="run-image.top-layer still speaks of the old run image",
        actual=lambda seen: {"run-image.top-layer": old_top_of(seen)},
    ),
    wrong(
        AFTER_REBASE,
        "the name",
        FORCED,
        field("image", old_name_of),
        words="run-image.image still speaks of the old run image",
        actual=lambda seen: {"run-image.image": old_name_of(seen)},
    ),
    wrong(
        AFTER_REBASE,
        "two of them",
        FORCED,
        field("image", old_name_of),
        field("top-layer", old_top_of),
        words="run-image.image, run-image.top-layer still speak of the old run image",
    ),
    untestable(
        AFTER_REBASE,
        "the same run image",
        REBASE,
        asked(old_run_image=None),
        words="the run image before and after the rebase is the same",
    ),
    untestable(
        AFTER_REBASE,
        "no field",
        REBASE,
        no_fields,
        words="there is no field of the run image in the report",
        cause=IMAGE,
    ),
    untestable(
        AFTER_REBASE,
        "no field that is a string",
        REBASE,
        report_key("run-image", {"image": 1, "reference": 2, "top-layer": 3}),
        words="there is no field of the run image in the report",
        cause=IMAGE,
    ),
    untestable(AFTER_REBASE, "elsewhere", A_REBASE, words="not where", cause=LAYOUT, text=DRAFT),
    untestable(AFTER_REBASE, "failed", REBASE, failed, words="exited", cause="rebase.succeeds"),
)

COHERENTS = (
    right(COHERENT, "of one image", EXPORT, made_elsewhere),
    right(COHERENT, "approved", A_EXPORT, made_elsewhere),
    wrong(
        COHERENT,
        "of two",
        EXPORT,
        made_elsewhere,
        field("top-layer", NO_DIGEST),
        words="top-layer is not the top layer of the image that reference leads to",
        expected=top_of,
        actual=NO_DIGEST,
    ),
    *(
        untestable(
            COHERENT,
            f"reference {what}",
            EXPORT,
            made_elsewhere,
            field("reference", value),
            words="there is no reference",
            cause=REFERENCE,
        )
        for what, value in {"missing": None, "a number": 5}.items()
    ),
    *(
        untestable(
            COHERENT,
            f"top layer {what}",
            EXPORT,
            made_elsewhere,
            field("top-layer", value),
            words="there is no digest for top-layer",
            cause=TOP_LAYER,
        )
        for what, value in {"missing": None, "a number": 5, "no digest": "top"}.items()
    ),
    untestable(
        COHERENT,
        "of another image",
        EXPORT,
        made_elsewhere,
        field("reference", OTHER),
        words="the reference does not identify the run image",
        cause=REFERENCE,
    ),
    untestable(
        COHERENT, "no report", EXPORT, made_elsewhere, no_report, words="no", cause="report.written"
    ),
)

AGREEMENTS = (
    right(MATCHES, "at export", EXPORT),
    right(MATCHES, "at rebase", REBASE),
    right(MATCHES, "approved", A_EXPORT),
    right(MATCHES, "approved rebase", A_REBASE),
    right(MATCHES, "below platform API 0.12", "api-0.11/rebaser-plain"),
    right(MATCHES, "the stack key alone names one", "approved/rebaser-default-run-image-stack"),
    right(MATCHES, "one by an image ID", EXPORT, field("reference", image_id_of)),
    right(MATCHES, "another name in the draft", EXPORT, metadata_key("runImage.image", OTHER)),
    wrong(
        MATCHES,
        "another top layer",
        EXPORT,
        metadata_key("runImage.topLayer", NO_DIGEST),
        words="the report and the metadata label differ in topLayer",
        expected=lambda seen: {"topLayer": top_of(seen)},
        actual={"topLayer": NO_DIGEST},
    ),
    wrong(
        MATCHES,
        "another reference",
        REBASE,
        lambda seen: metadata_key("runImage.reference", old_digest_reference(seen))(seen),
        words="differ in reference",
        expected=lambda seen: {"reference": digest_reference(seen)},
        actual=lambda seen: {"reference": old_digest_reference(seen)},
    ),
    wrong(
        MATCHES,
        "nothing in the label",
        EXPORT,
        metadata_key("runImage", None),
        words="differ in topLayer, reference",
        expected=lambda seen: {"topLayer": top_of(seen), "reference": digest_reference(seen)},
        actual={"topLayer": None, "reference": None},
    ),
    wrong(
        MATCHES,
        "another name",
        A_EXPORT,
        metadata_key("runImage.image", OTHER),
        words="differ in image",
        expected=lambda seen: {"image": name_of(seen)},
        actual={"image": OTHER},
    ),
    right(
        MATCHES,
        "another spelling of the name",
        A_EXPORT,
        run_image(names=("docker.io/run",)),
        asked(given="docker.io/run", listed=(RunEntry("run"),)),
        approved("image", "index.docker.io/library/run:latest"),
        metadata_key("runImage.image", "run"),
    ),
    wrong(
        MATCHES,
        "another name at platform API 0.12",
        A_EXPORT,
        api(12),
        metadata_key("runImage.image", OTHER),
        words="differ in image",
    ),
    right(
        MATCHES,
        "another name at platform API 0.11",
        A_EXPORT,
        api(11),
        metadata_key("runImage.image", OTHER),
    ),
    wrong(
        MATCHES,
        "no name",
        A_EXPORT,
        metadata_key("runImage.image", 5),
        words="differ in image",
        actual={"image": 5},
    ),
    wrong(
        MATCHES,
        "all three",
        A_EXPORT,
        metadata_key("runImage", {}),
        words="topLayer, reference, image",
    ),
    untestable(
        MATCHES,
        "no reference",
        EXPORT,
        field("reference", None),
        words="the report's own field does not hold",
        cause=REFERENCE,
    ),
    untestable(
        MATCHES,
        "a wrong top layer",
        EXPORT,
        field("top-layer", NO_DIGEST),
        words="the report's own field does not hold",
        cause=TOP_LAYER,
    ),
    untestable(
        MATCHES,
        "an old top layer",
        REBASE,
        field("top-layer", old_top_of),
        words="the report's own field does not hold",
        cause=AFTER_REBASE,
    ),
    untestable(
        MATCHES,
        "a wrong name",
        A_EXPORT,
        approved("image", OTHER),
        words="the report's own field does not hold",
        cause=IMAGE,
    ),
    untestable(
        MATCHES,
        "a name not resolved",
        A_EXPORT,
        approved("image", lambda seen: asked_of(seen).run_image.names[1]),
        words="the report's own field does not hold",
        cause=RESOLVED,
    ),
    right(MATCHES, "a wrong name in the draft", EXPORT, field("image", OTHER)),
    untestable(
        MATCHES,
        "no label at export",
        EXPORT,
        metadata_text(None),
        words="the app image has no io.buildpacks.lifecycle.metadata label",
        cause="export.metadata.top-layer",
    ),
    untestable(
        MATCHES,
        "no JSON in the label at rebase",
        REBASE,
        metadata_text("{"),
        words="the io.buildpacks.lifecycle.metadata label is not JSON",
        cause="rebase.metadata.top-layer",
    ),
    untestable(MATCHES, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"),
)


def entry(seen: Observation) -> RunEntry:
    return asked_of(seen).listed[0]


def mirrors_of(seen: Observation) -> list[str]:
    return list(entry(seen).mirrors)


RESOLUTIONS = (
    right(RESOLVED, "the name given", A_EXPORT),
    right(RESOLVED, "a mirror given", "approved/exporter-mirror"),
    right(RESOLVED, "the second entry", "approved/exporter-second-entry"),
    right(RESOLVED, "at rebase", A_REBASE),
    right(RESOLVED, "at rebase by a mirror", "approved/rebaser-mirror"),
    wrong(
        RESOLVED,
        "the mirror",
        "approved/exporter-mirror",
        approved("image", lambda seen: mirrors_of(seen)[0]),
        words="image.run-image.image is not the name that the run image resolves to",
        expected=name_of,
        actual=lambda seen: mirrors_of(seen)[0],
    ),
    wrong(
        RESOLVED,
        "another one than the label has",
        A_REBASE,
        metadata_key("runImage.image", OTHER),
        words="image.run-image.image is not the name that the run image resolves to",
        expected=OTHER,
        actual=name_of,
    ),
    nothing_to_judge(
        RESOLVED,
        "given by digest",
        "approved/exporter-tag-and-digest",
        words="the run image was given by digest; judged on tag names only",
    ),
    untestable(
        RESOLVED,
        "missing",
        A_EXPORT,
        approved("image", None),
        words="the report has no image.run-image.image",
        cause=IMAGE,
    ),
    untestable(
        RESOLVED,
        "wrong",
        A_EXPORT,
        approved("image", OTHER),
        words="is not a name under which",
        cause=IMAGE,
    ),
    untestable(
        RESOLVED,
        "the label names none",
        A_REBASE,
        metadata_key("runImage.image", None),
        words="the rebased image's metadata label names no run image",
        cause="rebase.metadata.rest-unchanged",
    ),
    untestable(
        RESOLVED,
        "no label",
        A_REBASE,
        metadata_text("[]"),
        words="label is not a JSON object",
        cause="rebase.metadata.rest-unchanged",
    ),
    untestable(
        RESOLVED,
        "of the old run image",
        "approved/rebaser-mirror",
        lambda seen: asked(old_run_image=replace(asked_of(seen).run_image, names=(OTHER,)))(seen),
        approved("image", OTHER),
        words="the value of the old run image",
        cause=AFTER_REBASE,
    ),
    untestable(RESOLVED, "failed", A_EXPORT, failed, words="exited 1", cause="export.succeeds"),
    right(MIRRORS, "of the entry", A_EXPORT),
    right(MIRRORS, "none", "approved/exporter-no-mirrors"),
    right(MIRRORS, "an empty array", "approved/exporter-no-mirrors", approved("mirrors", [])),
    right(MIRRORS, "of the second entry", "approved/exporter-second-entry"),
    right(MIRRORS, "at rebase", A_REBASE),
    right(MIRRORS, "no other field", A_EXPORT, approved("image", None)),
    wrong(
        MIRRORS,
        "missing",
        A_EXPORT,
        approved("mirrors", None),
        words="image.run-image.mirrors is missing",
        expected=mirrors_of,
        actual=None,
    ),
    wrong(
        MIRRORS,
        "one string",
        A_EXPORT,
        approved("mirrors", "a,b"),
        words="image.run-image.mirrors is not an array of strings",
        expected=mirrors_of,
        actual="a,b",
    ),
    wrong(
        MIRRORS,
        "one more",
        A_EXPORT,
        approved("mirrors", lambda seen: [*mirrors_of(seen), OTHER]),
        words="image.run-image.mirrors are not the mirrors of the entry",
        expected=mirrors_of,
        actual=lambda seen: [*mirrors_of(seen), OTHER],
    ),
    wrong(
        MIRRORS,
        "where the label has none",
        A_REBASE,
        metadata_key("runImage.mirrors", None),
        words="are not the mirrors of the entry",
        expected=[],
    ),
    nothing_to_judge(
        MIRRORS, "given by digest", "approved/exporter-tag-and-digest", words="given by digest"
    ),
    untestable(
        MIRRORS,
        "no field and none expected",
        "approved/exporter-no-mirrors",
        report_key("image.run-image", None),
        words="there is no field of the run image in the report",
        cause=IMAGE,
    ),
    wrong(
        MIRRORS,
        "no field and some expected",
        A_EXPORT,
        report_key("image.run-image", None),
        words="image.run-image.mirrors is missing",
    ),
    untestable(
        MIRRORS,
        "the label names none",
        A_REBASE,
        metadata_key("runImage.image", None),
        words="names no run image",
        cause="rebase.metadata.rest-unchanged",
    ),
    untestable(MIRRORS, "failed", A_EXPORT, failed, words="exited 1", cause="export.succeeds"),
    right(FORCED_UNLISTED, "named as given", A_FORCED),
    right(FORCED_UNLISTED, "an empty array", A_FORCED, approved("mirrors", [])),
    wrong(
        FORCED_UNLISTED,
        "with a digest",
        A_FORCED,
        approved("image", lambda seen: f"{name_of(seen)}@{digest_of(seen)}"),
        words="image.run-image.image is not the name that the run image resolves to",
        expected=lambda seen: asked_of(seen).given,
    ),
    wrong(
        FORCED_UNLISTED,
        "old mirrors",
        A_FORCED,
        approved("mirrors", mirrors_of),
        words="image.run-image.mirrors are not the mirrors",
        expected=[],
        actual=mirrors_of,
    ),
    nothing_to_judge(
        FORCED_UNLISTED,
        "listed",
        A_FORCED,
        lambda seen: asked(given=name_of(seen), listed=(RunEntry(name_of(seen)),))(seen),
        words="the run image is listed",
    ),
    nothing_to_judge(
        FORCED_UNLISTED, "not given", A_FORCED, asked(given=None), words="the run image is listed"
    ),
    untestable(
        FORCED_UNLISTED,
        "no name",
        A_FORCED,
        approved("image", None),
        words="the report has no image.run-image.image",
        cause=IMAGE,
    ),
    untestable(
        FORCED_UNLISTED,
        "the old name",
        A_FORCED,
        approved("image", old_name_of),
        words="the value of the old run image",
        cause=AFTER_REBASE,
    ),
    untestable(
        FORCED_UNLISTED, "failed", A_FORCED, failed, words="exited 1", cause="rebase.succeeds"
    ),
)

EXAMPLES: tuple[Example, ...] = (
    *LAYOUTS,
    *NAMES,
    *REFERENCES,
    *TOP_LAYERS,
    *AFTER_REBASES,
    *COHERENTS,
    *AGREEMENTS,
    *RESOLUTIONS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_run_image_in_the_report(example: Example) -> None:
    example.check()


def test_a_misplaced_field_rests_on_how_the_place_and_the_spelling_are_read() -> None:
    example = next(each for each in LAYOUTS if each.what == "draft in the approved")
    verdict = judge(load_catalogue()[LAYOUT], example.observation, APPROVED).verdict
    assert verdict.readings == ("approved-field-place", "approved-key-case")
