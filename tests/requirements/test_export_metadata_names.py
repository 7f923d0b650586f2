"""By which names the metadata label of an exported image knows its run image."""

from __future__ import annotations

import pytest

from pytest_cnb_report.observe.observation import Observation, RunEntry

from .examples import Example, nothing_to_judge, right, untestable, wrong
from .export_edits import EXPORT, no_label
from .observations import Edit, asked, asked_of, chain, metadata_key

MIRROR = "draft/exporter-mirror"
SECOND = "draft/exporter-second-entry"
BY_DIGEST = "draft/exporter-tag-and-digest"
IMAGE = "export.metadata.image"
MIRRORS = "export.metadata.mirrors"
STACK_SAME = "export.metadata.stack-same"
OTHER = "registry.example/other/run:stable"


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
        words="the run image was given by digest; tested with tag names only",
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
        words="the run image was given by digest; tested with tag names only",
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

EXAMPLES: tuple[Example, ...] = (
    *NAMES,
    *STACKS,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_names_in_the_metadata_label(example: Example) -> None:
    example.check()
