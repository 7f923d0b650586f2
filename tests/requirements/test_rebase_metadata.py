"""What the metadata label of a rebased image says of its run image."""

from __future__ import annotations

import pytest

from pytest_cnb_report.observe.observation import Observation, RunEntry

from .examples import Example, nothing_to_judge, observes, right, untestable, wrong
from .observations import (
    METADATA,
    asked,
    asked_of,
    config_before,
    metadata,
    metadata_before,
    metadata_key,
    metadata_text,
)
from .rebase_edits import (
    FORCED_UNLISTED,
    OTHER,
    REBASE,
    SEVERAL,
    TOP_LAYER,
    UNLISTED,
    in_general,
    new,
    no_label,
    old,
)

REFERENCE = "rebase.metadata.reference"
UNKNOWN = "rebase.metadata.unknown-kept"


def old_references(seen: Observation) -> str:
    facts = asked_of(seen).old_run_image
    assert facts is not None
    return f"{facts.names[0].rpartition(':')[0]}@{facts.digests[0]}"


def references(seen: Observation) -> dict[str, list[str]]:
    facts = asked_of(seen).run_image
    repository = facts.names[0].rpartition(":")[0]
    return {"one of": [*(f"{repository}@{each}" for each in facts.digests), facts.image_id]}


def _put_unknown(seen: Observation, value: object) -> Observation:
    def change(document: dict[str, object]) -> None:
        document.pop("org.example.unknown")
        if value is not None:
            document["org.example.unknown"] = value

    return metadata(change)(seen)


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

EXAMPLES: tuple[Example, ...] = (
    *LABEL_EXAMPLES,
    *UNKNOWN_EXAMPLES,
    *UNLISTED_EXAMPLES,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_metadata_label_of_a_rebase(example: Example) -> None:
    example.check()
