"""What a verdict rests on: each part of a text that a rule asks for, and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.watched_text import (
    FIELDS_PART,
    WatchedText,
    forms_part,
    reading_part,
    since_part,
)
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import PlatformApi, Profile, Target

TEXT = replace(
    load_text(Profile.RFC_0129),
    since={"rebase.layers": PlatformApi(0, 12)},
    reference_forms={("report", Target.REGISTRY): frozenset({"image-id"})},
)


@pytest.mark.parametrize(
    ("ask", "part"),
    [
        (lambda text: text.reading("stale-labels"), "reading stale-labels"),
        (lambda text: text.accepts("if-present", "a"), "reading if-present"),
        (lambda text: text.since.get("rebase.layers"), "since rebase.layers"),
        (lambda text: text.since.get("export.succeeds"), "since export.succeeds"),
        (lambda text: text.reference_forms.get(("report", Target.REGISTRY)), "forms report"),
        (lambda text: text.reference_forms.get(("label", Target.DAEMON)), "forms label"),
    ],
)
def test_what_is_asked_for_is_noted_and_answered_as_ever(
    ask: Callable[[Text], object], part: str
) -> None:
    watched = WatchedText.of(TEXT)
    assert ask(watched.text) == ask(TEXT)
    assert watched.take() == {part}
    assert watched.take() == frozenset()


def test_where_the_fields_are_is_one_part_beside_the_readings_that_decide_it() -> None:
    watched = WatchedText.of(TEXT)
    assert watched.text.layouts == TEXT.layouts
    assert watched.text.layout == TEXT.layout
    assert watched.take() == {
        FIELDS_PART,
        "reading approved-field-place",
        "reading approved-key-case",
    }


def test_looking_at_what_there_is_asks_for_nothing() -> None:
    watched = WatchedText.of(TEXT)
    assert [*watched.text.readings] == [*TEXT.readings]
    assert len(watched.text.readings) == len(TEXT.readings)
    assert watched.text.levels == TEXT.levels
    assert watched.take() == frozenset()


def test_parts_have_the_names_that_records_of_verdicts_use() -> None:
    named = {FIELDS_PART, reading_part("x"), since_part("y"), forms_part("label")}
    assert named == {"fields", "reading x", "since y", "forms label"}
