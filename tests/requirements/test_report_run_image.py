"""The run image in the report: where its fields stand, and its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.judge.verdict import Json
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import deciding_readings

from .examples import APPROVED, DRAFT, Example, right, untestable, wrong
from .observations import (
    NO_DIGEST,
    app_of,
    asked_of,
    failed,
    no_report,
    report,
    report_bytes,
    report_key,
)
from .run_image_edits import (
    A_EXPORT,
    AFTER_REBASE,
    DAEMON,
    EXPORT,
    FORCED,
    IMAGE,
    LAYOUT,
    OTHER,
    REBASE,
    approved,
    digest_of,
    digest_reference,
    field,
    name_of,
    no_fields,
    old_name_of,
    repository_of,
    top_of,
)

BEFORE = "draft/exporter-longer-report-before"


def one_of_names(seen: Observation) -> Json:
    return {"one of": list(asked_of(seen).run_image.names)}


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
    right(
        LAYOUT,
        "mirrors that the draft does not have",
        EXPORT,
        report_key("image.run-image", {"mirrors": [OTHER]}),
        words="at run-image.image, run-image.reference, run-image.top-layer",
    ),
    untestable(
        LAYOUT,
        "mirrors alone, which the draft does not have",
        EXPORT,
        no_fields,
        report_key("image.run-image", {"mirrors": [OTHER]}),
        words="the report has no run image field",
        cause=IMAGE,
    ),
    wrong(
        LAYOUT,
        "approved in the draft",
        A_EXPORT,
        words="found at image.run-image.image, image.run-image.reference,"
        " image.run-image.top-layer, where text rfc-0129 would accept it (profile rfc-0129-draft)",
        expected=[
            "run-image.image",
            "run-image.reference",
            "run-image.top-layer",
        ],
        actual=[
            "image.run-image.image",
            "image.run-image.reference",
            "image.run-image.top-layer",
        ],
        text=DRAFT,
    ),
    wrong(
        LAYOUT,
        "draft in the approved",
        EXPORT,
        words="found at run-image.image, run-image.reference, run-image.top-layer, where text"
        " rfc-0129-draft would accept it (profile rfc-0129)",
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
        words="where text rfc-0129 and rfc-0129-again would accept it (profile rfc-0129-draft)",
        text=replace(DRAFT, others={**DRAFT.others, "rfc-0129-again": APPROVED.fields}),
    ),
    wrong(
        LAYOUT,
        "one key in camel case",
        EXPORT,
        field("topLayer", top_of),
        field("top-layer", None),
        words="found at run-image.topLayer, where no text accepts it (profile rfc-0129-draft)",
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
        words="the report has no run image field",
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
        words="image is not where the profile has it",
        cause=LAYOUT,
        text=DRAFT,
    ),
    untestable(
        IMAGE,
        "in no table",
        EXPORT,
        report_key("run-image", 1),
        words="image is not where the profile has it",
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


def test_a_misplaced_field_rests_on_how_the_place_is_read() -> None:
    found = next(each for each in LAYOUTS if each.what == "draft in the approved")
    readings = deciding_readings(load_catalogue()[LAYOUT], found.observation, APPROVED)
    assert readings == ("approved-field-place", "fields-since")


EXAMPLES: tuple[Example, ...] = (
    *LAYOUTS,
    *NAMES,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_run_image_in_the_report(example: Example) -> None:
    example.check()
