"""Where a report has the run image's fields, and where each text wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_cnb_report.judge.run_image_fields import Fields, Place, accepting, find_fields
from pytest_cnb_report.judge.text import (
    FIELDS,
    ByReading,
    Choice,
    FieldLayout,
    FieldName,
    FieldPlaces,
)
from requirements.examples import APPROVED, DRAFT

KEBAB = {"image": "i", "reference": "r", "top-layer": "t", "mirrors": ["m"]}
CAMEL = {"image": "i", "reference": "r", "topLayer": "t", "mirrors": ["m"]}
DRAFTED = {"run-image": KEBAB}
APPROVED_ONE = {"image": {"tags": [], "run-image": KEBAB}}


def dotted(fields: Fields) -> dict[FieldName, list[str]]:
    return {name: [place.dotted for place in fields.places[name]] for name in FIELDS}


def test_the_draft_has_them_at_the_top() -> None:
    fields = find_fields(DRAFTED, DRAFT)
    assert dotted(fields) == {name: [f"run-image.{name}"] for name in FIELDS}
    assert fields.right("top-layer") == Place(("run-image", "top-layer"), "t")
    assert fields.misplaced("top-layer") is None
    assert fields.any
    assert fields.blocked is None


def test_the_approved_text_has_them_below_the_image() -> None:
    fields = find_fields(APPROVED_ONE, APPROVED)
    assert dotted(fields) == {name: [f"image.run-image.{name}"] for name in FIELDS}
    assert fields.right("mirrors") == Place(("image", "run-image", "mirrors"), ["m"])


@pytest.mark.parametrize("table", ["run-image", "runImage"])
@pytest.mark.parametrize("keys", [KEBAB, CAMEL])
def test_the_approved_text_takes_either_spelling(table: str, keys: dict[str, Any]) -> None:
    fields = find_fields({"image": {table: keys}}, APPROVED)
    assert all(fields.right(name) is not None for name in FIELDS)


def test_what_another_text_wants_is_misplaced() -> None:
    fields = find_fields(APPROVED_ONE, DRAFT)
    assert fields.right("image") is None
    assert fields.misplaced("image") == Place(("image", "run-image", "image"), "i")
    fields = find_fields(DRAFTED, APPROVED)
    assert fields.right("image") is None
    assert fields.misplaced("image") == Place(("run-image", "image"), "i")


@pytest.mark.parametrize("report", [{"runImage": KEBAB}, {"run-image": CAMEL}, {"runImage": CAMEL}])
def test_the_draft_takes_one_spelling(report: dict[str, Any]) -> None:
    fields = find_fields(report, DRAFT)
    misplaced = fields.misplaced("top-layer")
    assert misplaced is not None
    assert fields.right("top-layer") is None
    assert accepting(misplaced, DRAFT) == ()


def test_a_field_at_both_places_is_right() -> None:
    fields = find_fields({**APPROVED_ONE, **DRAFTED}, DRAFT)
    assert dotted(fields)["image"] == ["run-image.image", "image.run-image.image"]
    assert fields.right("image") == Place(("run-image", "image"), "i")
    assert fields.misplaced("image") is None


@pytest.mark.parametrize("text", [DRAFT, APPROVED])
@pytest.mark.parametrize("report", [{}, {"run-image": {}}, {"image": {"run-image": {"x": 1}}}])
def test_there_may_be_none(report: dict[str, Any], text: Any) -> None:  # noqa: ANN401
    fields = find_fields(report, text)
    assert not fields.any
    assert fields.blocked is None
    assert fields.right("image") is None
    assert fields.misplaced("image") is None


@pytest.mark.parametrize(
    ("report", "text", "blocked"),
    [
        ({"run-image": "a"}, DRAFT, "`run-image` is not a table"),
        ({"run-image": []}, DRAFT, "`run-image` is not a table"),
        ({"image": 1}, DRAFT, None),
        ({"image": 1}, APPROVED, "`image` is not a table"),
        ({"image": {"run-image": 1}}, APPROVED, "`image.run-image` is not a table"),
        ({"run-image": 1}, APPROVED, None),
    ],
)
def test_what_is_no_table_is_in_the_way(
    report: dict[str, Any],
    text: Any,  # noqa: ANN401
    blocked: str | None,
) -> None:
    fields = find_fields(report, text)
    assert fields.blocked == blocked
    assert not fields.any


def test_who_would_take_a_field() -> None:
    assert accepting(Place(("run-image", "image"), ""), DRAFT) == ("rfc-0129-draft",)
    assert accepting(Place(("image", "runImage", "topLayer"), ""), DRAFT) == ("rfc-0129",)
    assert accepting(Place(("image", "run-image", "colour"), ""), DRAFT) == ()


def test_a_place_is_in_a_layout_by_holder_table_and_key() -> None:
    layout = FieldLayout("image.run-image", "camelCase")
    assert Place(("image", "runImage", "topLayer"), "").is_in(layout)
    assert not Place(("image", "runImage", "top-layer"), "").is_in(layout)
    assert not Place(("image", "run-image", "topLayer"), "").is_in(layout)
    assert not Place(("runImage", "topLayer"), "").is_in(layout)


def test_a_layout_of_its_own_is_looked_at_too() -> None:
    text = replace(DRAFT, fields=FieldPlaces("run"))
    fields = find_fields({"run": KEBAB, "image": 5}, text)
    assert fields.right("image") == Place(("run", "image"), "i")
    deep = replace(DRAFT, fields=FieldPlaces("a.b.run"))
    assert find_fields({"a": {"b": {"run": KEBAB}}}, deep).right("image") is not None
    assert find_fields({"a": {"b": 1}}, deep).blocked == "`b` is not a table"
    assert find_fields({"a": 1}, deep).blocked == "`a` is not a table"


def test_a_table_at_one_accepted_place_leaves_room_whatever_is_at_the_other() -> None:
    place = ByReading("approved-field-place", a="a.b.run", b="run")
    text = replace(
        DRAFT,
        fields=FieldPlaces(place),
        readings={**DRAFT.readings, "approved-field-place": "either"},
    )
    assert find_fields({"a": {"b": {"run": {}}}, "run": 5}, text).blocked is None
    assert find_fields({"a": {"b": {"run": 5}}, "run": {}}, text).blocked is None
    assert find_fields({"a": 5, "run": 5}, text).blocked == "`a` is not a table"


def test_fields_in_either_spelling_are_right() -> None:
    either = replace(DRAFT, fields=FieldPlaces("image.run-image", "either"))
    kebab = find_fields({"image": {"run-image": {"top-layer": "t"}}}, either)
    camel = find_fields({"image": {"runImage": {"topLayer": "t"}}}, either)
    assert kebab.right("top-layer") == Place(("image", "run-image", "top-layer"), "t")
    assert camel.right("top-layer") == Place(("image", "runImage", "topLayer"), "t")
    assert either.fields.layouts({}) == (FieldLayout("image.run-image", "either"),)


@pytest.mark.parametrize(
    ("spelling", "tables", "keys", "path"),
    [
        ("kebab-case", ("run-image",), ("top-layer",), "image.run-image.top-layer"),
        ("camelCase", ("runImage",), ("topLayer",), "image.runImage.topLayer"),
        (
            "either",
            ("run-image", "runImage"),
            ("top-layer", "topLayer"),
            "image.run-image.top-layer",
        ),
    ],
)
def test_the_spellings_of_a_layout(
    spelling: Any,  # noqa: ANN401
    tables: tuple[str, ...],
    keys: tuple[str, ...],
    path: str,
) -> None:
    layout = FieldLayout("image.run-image", spelling)
    assert layout.holder == ("image",)
    assert layout.tables == tables
    assert layout.keys("top-layer") == keys
    assert layout.keys("image") == ("image",)
    assert layout.path("top-layer") == path


def test_a_layout_at_the_top_has_no_holder() -> None:
    layout = FieldLayout("run-image")
    assert layout.holder == ()
    assert layout.path("image") == "run-image.image"


def test_a_text_reads_questions() -> None:
    assert DRAFT.reading("absent-boolean") == DRAFT.readings["absent-boolean"]
    either: dict[str, Choice] = {"question": "either", "one": "a"}
    text = replace(DRAFT, readings=either)
    assert text.accepts("question", "a")
    assert text.accepts("question", "b")
    assert text.accepts("one", "a")
    assert not text.accepts("one", "b")
    with pytest.raises(KeyError):
        text.reading("unknown")
