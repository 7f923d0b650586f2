"""The run image's name and mirrors as they are resolved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.observation import Observation, RunEntry

from .examples import Example, nothing_to_judge, right, untestable, wrong
from .observations import asked, asked_of, failed, metadata_key, metadata_text, report_key
from .run_image_edits import (
    A_EXPORT,
    A_REBASE,
    AFTER_REBASE,
    IMAGE,
    OTHER,
    RESOLVED,
    approved,
    digest_of,
    name_of,
    old_name_of,
)

A_FORCED = "approved/rebaser-forced-unlisted"
MIRRORS = "report.run-image.mirrors"
FORCED_UNLISTED = "report.run-image.forced-unlisted"


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
        words="the run image was given by digest; tested with tag names only",
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
        words="the report has no run image field",
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

EXAMPLES: tuple[Example, ...] = (*RESOLUTIONS,)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_resolved_name_in_the_report(example: Example) -> None:
    example.check()
