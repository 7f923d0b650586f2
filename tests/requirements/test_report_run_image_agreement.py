"""The run image's fields against each other, the label and the run image from before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.observation import Observation, RunEntry

from .examples import DRAFT, Example, right, untestable, wrong
from .observations import (
    NO_DIGEST,
    api,
    asked,
    asked_of,
    failed,
    made_elsewhere,
    metadata_key,
    metadata_text,
    no_report,
    report_key,
    run_image,
)
from .run_image_edits import (
    A_EXPORT,
    A_REBASE,
    AFTER_REBASE,
    COHERENT,
    EXPORT,
    FORCED,
    IMAGE,
    LAYOUT,
    OTHER,
    REBASE,
    REFERENCE,
    RESOLVED,
    TOP_LAYER,
    approved,
    digest_reference,
    field,
    image_id_of,
    name_of,
    no_fields,
    old_name_of,
    old_top_of,
    repository_of,
    top_of,
)

MATCHES = "report.run-image.matches-label"


def old_digest_reference(seen: Observation) -> str:
    old = asked_of(seen).old_run_image
    assert old is not None
    return f"{repository_of(seen)}@{old.digests[0]}"


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
        words="run-image.reference still describes the old run image",
        expected="the values of the new run image",
        actual=lambda seen: {"run-image.reference": old_digest_reference(seen)},
    ),
    wrong(
        AFTER_REBASE,
        "the top layer",
        REBASE,
        field("top-layer", old_top_of),
        words="run-image.top-layer still describes the old run image",
        actual=lambda seen: {"run-image.top-layer": old_top_of(seen)},
    ),
    wrong(
        AFTER_REBASE,
        "the name",
        FORCED,
        field("image", old_name_of),
        words="run-image.image still describes the old run image",
        actual=lambda seen: {"run-image.image": old_name_of(seen)},
    ),
    wrong(
        AFTER_REBASE,
        "two of them",
        FORCED,
        field("image", old_name_of),
        field("top-layer", old_top_of),
        words="run-image.image, run-image.top-layer still describe the old run image",
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
        words="the report has no run image field",
        cause=IMAGE,
    ),
    untestable(
        AFTER_REBASE,
        "no field that is a string",
        REBASE,
        report_key("run-image", {"image": 1, "reference": 2, "top-layer": 3}),
        words="the report has no run image field",
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
        words="report.run-image failed, nothing to compare",
        cause=REFERENCE,
    ),
    untestable(
        MATCHES,
        "a wrong top layer",
        EXPORT,
        field("top-layer", NO_DIGEST),
        words="report.run-image failed, nothing to compare",
        cause=TOP_LAYER,
    ),
    untestable(
        MATCHES,
        "an old top layer",
        REBASE,
        field("top-layer", old_top_of),
        words="report.run-image failed, nothing to compare",
        cause=AFTER_REBASE,
    ),
    untestable(
        MATCHES,
        "a wrong name",
        A_EXPORT,
        approved("image", OTHER),
        words="report.run-image failed, nothing to compare",
        cause=IMAGE,
    ),
    untestable(
        MATCHES,
        "a name not resolved",
        A_EXPORT,
        approved("image", lambda seen: asked_of(seen).run_image.names[1]),
        words="report.run-image failed, nothing to compare",
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

EXAMPLES: tuple[Example, ...] = (
    *AFTER_REBASES,
    *COHERENTS,
    *AGREEMENTS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_fields_agree(example: Example) -> None:
    example.check()
