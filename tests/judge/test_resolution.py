"""Run image resolution, and what a verdict shows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pytest_cnb_report.judge.resolution import (
    check_image,
    check_mirrors,
    given_by_digest,
    names_in,
    resolved_entries,
)
from pytest_cnb_report.judge.verdict import (
    Answer,
    Json,
    Verdict,
    broken,
    met,
    not_applicable,
    observed,
    shown,
    untestable,
)
from pytest_cnb_report.observe.observation import RunEntry
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile
from requirements.observations import NO_DIGEST, asked, asked_of, recorded

DRAFT = load_text(Profile.RFC_0129_DRAFT)
EXPORT = recorded("draft", "exporter-plain")
FIRST = RunEntry("registry.example/run:one", ("registry.example/mirror:one",))
SECOND = RunEntry("registry.example/run:two", ("run", "registry.example/mirror:one"))


@pytest.mark.parametrize(
    ("given", "entry"),
    [
        ("registry.example/run:one", FIRST),
        ("registry.example/run:two", SECOND),
        ("registry.example/mirror:one", FIRST),
        ("index.docker.io/library/run:latest", SECOND),
        ("docker.io/run", SECOND),
        ("registry.example/other", FIRST),
        (None, FIRST),
    ],
)
def test_the_first_entry_that_has_the_name_else_the_first(
    given: str | None, entry: RunEntry
) -> None:
    seen = asked(given=given, listed=(FIRST, SECOND))(EXPORT)
    assert resolved_entries(asked_of(seen), DRAFT) == (entry,)


@pytest.mark.parametrize(
    ("given", "by_digest"),
    [(None, False), ("run:one", False), (f"run@{NO_DIGEST}", True), (f"run:a@{NO_DIGEST}", True)],
)
def test_a_name_with_a_digest_is_told(given: str | None, by_digest: bool) -> None:
    assert given_by_digest(asked_of(asked(given=given)(EXPORT))) is by_digest


def test_names_are_compared_as_names() -> None:
    assert check_image("docker.io/run", "run:latest", "image") is None
    assert check_image("run:other", "run:latest", "image") == broken(
        "image is not the name that the run image resolves to",
        expected="run:latest",
        actual="run:other",
    )
    assert check_image(None, "run", "image") == broken(
        "image is missing", expected="run", actual=None
    )
    assert check_image(["run"], "run", "image") == broken(
        "image is not the name that the run image resolves to", expected="run", actual=["run"]
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [(None, ()), ([], ()), (["a"], ("docker.io/a",)), (["b", "a"], ("a", "b"))],
)
def test_mirrors_that_are_right(found: object, expected: tuple[str, ...]) -> None:
    assert check_mirrors(found, expected, "mirrors", DRAFT) is None


@pytest.mark.parametrize(
    ("found", "expected", "message"),
    [
        (None, ("a",), "mirrors is missing"),
        ("a", ("a",), "mirrors is not an array of strings"),
        ([1], ("a",), "mirrors is not an array of strings"),
        ({}, (), "mirrors is not an array of strings"),
        (
            ["a", "a"],
            ("a",),
            "mirrors are not the mirrors of the entry that the run image resolves to",
        ),
        ([], ("a",), "mirrors are not the mirrors of the entry that the run image resolves to"),
        (["a"], (), "mirrors are not the mirrors of the entry that the run image resolves to"),
    ],
)
def test_mirrors_that_are_wrong(found: Any, expected: tuple[str, ...], message: str) -> None:  # noqa: ANN401
    verdict = check_mirrors(found, expected, "mirrors", DRAFT)
    assert verdict == broken(message, expected=list(expected), actual=found)


@pytest.mark.parametrize(
    ("run_image", "entry"),
    [
        ({"image": "a", "mirrors": ["b", 5, "c"]}, RunEntry("a", ("b", "c"))),
        ({"image": "a"}, RunEntry("a")),
        ({"image": "a", "mirrors": "b"}, RunEntry("a")),
        ({"image": ""}, None),
        ({"image": 5}, None),
        ({"mirrors": ["b"]}, None),
        ({}, None),
    ],
)
def test_the_names_in_a_label(run_image: dict[str, object], entry: RunEntry | None) -> None:
    assert names_in(run_image) == entry


def test_the_answers() -> None:
    assert met("a") == Verdict(Answer.MET, "a")
    assert met() == Verdict(Answer.MET, "")
    assert broken("a", expected=1, actual=2) == Verdict(Answer.BROKEN, "a", 1, 2)
    assert observed("a", actual=2) == Verdict(Answer.OBSERVED, "a", None, 2)
    assert not_applicable("a") == Verdict(Answer.NOT_APPLICABLE, "a")
    assert untestable("a", cause="c") == Verdict(Answer.UNTESTABLE, "a", cause="c")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (1.5, 1.5),
        (True, True),
        (None, None),
        (("a", [1]), ["a", [1]]),
        ({1: {"b": None}}, {"1": {"b": None}}),
        (date(2024, 5, 12), "datetime.date(2024, 5, 12)"),
        ([date(2024, 5, 12)], ["datetime.date(2024, 5, 12)"]),
    ],
)
def test_any_value_is_shown_as_json(value: object, expected: Json) -> None:
    assert shown(value) == expected


def test_what_is_nested_too_deeply_is_left_out() -> None:
    too_deep = "… nested too deeply to be shown"
    assert shown([["a"]], 2) == [["a"]]
    assert shown([["a"]], 1) == [too_deep]
    assert shown({"a": {"b": 1}}, 1) == {"a": too_deep}
    assert shown(("a",), 0) == too_deep
    assert shown("a", 0) == "a"
    value: object = "a"
    for _ in range(21):
        value = [value]
    assert too_deep in str(shown(value))
    assert isinstance(value, list)
    assert too_deep not in str(shown(value[0]))
