"""Which run image the metadata label of an exported image identifies."""

from __future__ import annotations

import pytest

from pytest_cnb_report.observe.observation import Observation

from .examples import Example, right, untestable, wrong
from .export_edits import EXPORT, SUCCEEDS, TOP_LAYER, base, no_label
from .observations import METADATA, app_of, asked_of, failed, metadata_key, metadata_text

REFERENCE = "export.metadata.reference"


def digest_reference(seen: Observation) -> str:
    facts = asked_of(seen).run_image
    return f"{facts.names[0].rpartition(':')[0]}@{facts.digests[0]}"


def references(seen: Observation) -> dict[str, list[str]]:
    return {"one of": [digest_reference(seen), asked_of(seen).run_image.image_id]}


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
        words="does not identify the run image: it is a reference to a digest that matches no",
    ),
    *no_label(REFERENCE),
)

EXAMPLES: tuple[Example, ...] = (
    *LABEL_TOP_LAYERS,
    *LABEL_REFERENCES,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_metadata_label_of_an_export(example: Example) -> None:
    example.check()
