"""Lifecycle metadata labels that say the same, however they are spelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_cnb_report.judge.label_spelling import buildpack, in_one_spelling, staying
from pytest_cnb_report.judge.text import Choice, Text
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile

DRAFT = load_text(Profile.RFC_0129_DRAFT)


def read(**readings: Choice) -> Text:
    chosen = {name.replace("_", "-"): choice for name, choice in readings.items()}
    return replace(DRAFT, readings={**DRAFT.readings, **chosen})


LENIENT = read(empty_mirrors="a", absent_boolean="a")
STRICT = read(empty_mirrors="b", absent_boolean="b")

SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "null and absent": ({"app": None, "a": 1}, {"a": 1}),
    "an empty name": (
        {"runImage": {"image": "", "topLayer": "x"}},
        {"runImage": {"topLayer": "x"}},
    ),
    "null in the run image": ({"runImage": {"image": None}}, {"runImage": {}}),
    "null in the stack's": (
        {"stack": {"runImage": {"image": "a", "mirrors": None}}},
        {"stack": {"runImage": {"image": "a"}}},
    ),
    "null in a buildpack": (
        {"buildpacks": [{"key": "a", "homepage": None, "layers": {}}]},
        {"buildpacks": [{"key": "a", "layers": {}}]},
    ),
    "null in a layer": (
        {"buildpacks": [{"layers": {"x": {"sha": "1", "data": None}}}]},
        {"buildpacks": [{"layers": {"x": {"sha": "1"}}}]},
    ),
}

SAME_BY_A_READING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no mirrors": ({"runImage": {"mirrors": []}}, {"runImage": {}}),
    "no mirrors in the stack's": (
        {"stack": {"runImage": {"mirrors": []}, "id": "s"}},
        {"stack": {"runImage": {}, "id": "s"}},
    ),
    "booleans of a layer": (
        {"buildpacks": [{"layers": {"x": {"launch": True, "build": False, "cache": False}}}]},
        {"buildpacks": [{"layers": {"x": {"launch": True}}}]},
    ),
}

DIFFERENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "names": ({"runImage": {"image": "a"}}, {"runImage": {"image": "b"}}),
    "a mirror": ({"runImage": {"mirrors": ["a"]}}, {"runImage": {}}),
    "names in the stack's": (
        {"stack": {"runImage": {"image": "a"}}},
        {"stack": {"runImage": {"image": "b"}}},
    ),
    "an empty list elsewhere": ({"app": []}, {}),
    "an empty name elsewhere": ({"app": ""}, {}),
    "a stack without run image": ({"stack": {"id": ""}}, {"stack": {}}),
    "a boolean that is true": (
        {"buildpacks": [{"layers": {"x": {"launch": True}}}]},
        {"buildpacks": [{"layers": {"x": {}}}]},
    ),
    "buildpacks": ({"buildpacks": [{"key": "a"}]}, {"buildpacks": [{"key": "b"}]}),
    "one buildpack and two": ({"buildpacks": [{}]}, {"buildpacks": [{}, {}]}),
}


@pytest.mark.parametrize("what", SAME)
@pytest.mark.parametrize("text", [LENIENT, STRICT], ids=["lenient", "strict"])
def test_what_says_the_same(what: str, text: Text) -> None:
    one, other = SAME[what]
    assert in_one_spelling(one, text) == in_one_spelling(other, text)


@pytest.mark.parametrize("what", SAME_BY_A_READING)
def test_what_says_the_same_by_one_reading_alone(what: str) -> None:
    one, other = SAME_BY_A_READING[what]
    assert in_one_spelling(one, LENIENT) == in_one_spelling(other, LENIENT)
    assert in_one_spelling(one, STRICT) != in_one_spelling(other, STRICT)


@pytest.mark.parametrize("what", DIFFERENT)
def test_what_does_not(what: str) -> None:
    one, other = DIFFERENT[what]
    assert in_one_spelling(one, LENIENT) != in_one_spelling(other, LENIENT)


def test_the_rest_stays_as_it_is() -> None:
    label = {
        "runImage": {"topLayer": "x"},
        "stack": {"runImage": {"image": "a"}, "id": "s"},
        "buildpacks": [{"key": "a", "version": "1"}],
        "app": [{"sha": "1"}],
    }
    assert in_one_spelling(label, DRAFT) == label


@pytest.mark.parametrize(
    "label",
    [
        {"runImage": 5, "stack": "a", "buildpacks": {}},
        {"stack": {"runImage": []}, "buildpacks": [5, None, {"layers": 5}]},
        {"buildpacks": [{"layers": {"x": 5}}]},
    ],
)
def test_what_has_another_type_stays_too(label: dict[str, Any]) -> None:
    assert in_one_spelling(label, DRAFT) == label


def test_keys_that_a_rebase_changes_are_left_out_where_asked() -> None:
    run_image = {"topLayer": "x", "reference": "y", "image": "a"}
    assert staying(run_image, frozenset({"topLayer", "reference"}), DRAFT) == {"image": "a"}


def test_a_layer_has_its_booleans_spelled_out() -> None:
    entry = {"key": "a", "layers": {"x": {"launch": True, "sha": "1"}}}
    layer = {"build": False, "cache": False, "launch": True, "sha": "1"}
    assert buildpack(entry, LENIENT) == {"key": "a", "layers": {"x": layer}}
