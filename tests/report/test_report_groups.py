"""Results put together: in order, by area, by what they tell."""

from __future__ import annotations

import made_up
import pytest

from pytest_cnb_report.report.aggregate import (
    Place,
    areas,
    at_places,
    distinct,
    listed,
    other_wordings,
    places,
)
from pytest_cnb_report.report.difference import Difference, differences, display, window
from pytest_cnb_report.report.results import JSON, RequirementFacts
from pytest_cnb_report.values import Level, Outcome, Phase, Target

E, B, REG, DMN = Phase.EXPORTER, Phase.REBASER, Target.REGISTRY, Target.DAEMON


def test_areas_are_the_catalogue_s_or_those_of_the_identifiers() -> None:
    run = made_up.run(*(made_up.result(name) for name in ("rebase.layers", "report.image.tags")))
    assert [area.title for area in areas(run)] == ["report.toml: [image]", "The rebased image"]
    named = made_up.run(
        made_up.result("rebase.layers"),
        requirements={"rebase.layers": RequirementFacts("s", "p", area="Layers")},
    )
    assert [area.title for area in areas(named)] == ["Layers"]


def test_the_worst_and_the_most_binding_is_told_first() -> None:
    results = [
        made_up.failure("a.may", level=Level.MAY),
        made_up.failure("a.must"),
        made_up.failure("a.must", message="else"),
        made_up.result("a.error", outcome=Outcome.ERROR),
        made_up.failure("a.must", phase=B),
    ]
    told = distinct(results, {Outcome.FAIL, Outcome.ERROR})
    assert [(d.first.requirement, len(d.results)) for d in told] == [
        ("a.error", 1), ("a.must", 2), ("a.must", 1), ("a.may", 1),
    ]  # fmt: skip
    assert told[1].places == (Place(E, REG), Place(B, REG))


def test_one_mistake_in_other_words_is_told_once() -> None:
    results = [
        made_up.failure("a.must", message="the layers are wrong: 4 app layers missing"),
        made_up.failure("a.must", message="the layers are wrong: 1 app layer missing", phase=B),
        made_up.failure(
            "a.must", message="the layers are wrong: 1 app layer missing", case="other"
        ),
        made_up.failure("a.must", message="another mistake"),
    ]
    told = distinct(results, {Outcome.FAIL})
    assert [len(each.results) for each in told] == [3, 1]
    assert told[0].messages == (
        "the layers are wrong: 4 app layers missing",
        "the layers are wrong: 1 app layer missing",
    )
    assert other_wordings(told[0]) == ("1 app layer missing",)
    assert other_wordings(told[1]) == ()


def test_what_went_wrong_in_the_suite_is_told_in_full() -> None:
    results = [
        made_up.result("a.must", outcome=Outcome.ERROR, message=f"OSError: {why}") for why in "ab"
    ]
    assert len(distinct(results, {Outcome.ERROR})) == 2


def test_many_wordings_are_counted() -> None:
    results = [made_up.failure("a.must", message=f"wrong: {n}") for n in range(5)]
    told = distinct(results, {Outcome.FAIL})[0]
    assert other_wordings(told) == ("1", "2", "2 more like it")


def test_places_are_in_the_order_of_phases() -> None:
    results = [made_up.result(phase=p, target=t) for t in (DMN, REG) for p in (B, E)]
    assert places(results) == (Place(E, REG), Place(E, DMN), Place(B, REG), Place(B, DMN))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([Place(E, REG)], "exporter (registry)"),
        (
            [Place(E, REG), Place(E, DMN), Place(B, REG), Place(B, DMN)],
            "exporter and rebaser (registry and daemon)",
        ),
        (
            [Place(E, REG), Place(B, REG), Place(B, DMN)],
            "exporter (registry); rebaser (registry and daemon)",
        ),
    ],
)
def test_places_in_words(found: list[Place], words: str) -> None:
    assert at_places(found) == words


def test_a_long_list_is_cut() -> None:
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c (+2)"


LAYERS = [f"app {n}/4: sha256:{str(n) * 12}" for n in range(1, 5)]


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        (1, 1, []),
        (1, True, [("", "1", "true")]),
        (None, "x", [("", "(missing)", '"x"')]),
        ({"a": None}, {"a": "x"}, [("a", "(missing)", '"x"')]),
        ({"a": None}, {}, [("a", "null", "(missing)")]),
        ({"a": {"b.c": [1, 2]}}, {"a": {"b.c": [1, 3]}}, [('a["b.c"][1]', "2", "3")]),
        ([1, 2], [1], [("", "[1, 2]", "[1]")]),
        ({"a": 1}, [1], [("", '{"a": 1}', "[1]")]),
        ([1, True], [1, 1], [("[1]", "true", "1")]),
        ("Bj\u00f6rn", "Bjo\u0308rn", [("", r'"Bj\u00f6rn"', r'"Bjo\u0308rn"')]),
        ("Bj\u00f6rn", "Bjoern", [("", '"Bj\u00f6rn"', '"Bjoern"')]),
        ([{"a": 1, "b": 2}], [{"b": 2, "a": 1}], []),
        (LAYERS, LAYERS[:2] + LAYERS[3:], [("[2]", f'"{LAYERS[2]}"', "(missing)")]),
        (LAYERS[1:], LAYERS, [("[0]", "(missing)", f'"{LAYERS[0]}"')]),
        (
            LAYERS,
            [LAYERS[0], "another", "one more", *LAYERS[2:], {"the": "last"}],
            [
                ("[1]", f'"{LAYERS[1]}"', '"another"'),
                ("[2]", "(missing)", '"one more"'),
                ("[5]", "(missing)", '{"the": "last"}'),
            ],
        ),
        (
            LAYERS,
            LAYERS[1:] + LAYERS[:1],
            [("[0]", f'"{LAYERS[0]}"', "(missing)"), ("[3]", "(missing)", f'"{LAYERS[0]}"')],
        ),
    ],
)
def test_differences_are_as_small_as_they_get(
    expected: JSON, found: JSON, told: list[tuple[str, str, str]]
) -> None:
    assert list(differences(expected, found)) == [Difference(*each) for each in told]


def test_every_character_can_be_told_from_any_other() -> None:
    assert display("a\u00a0\u200b\u202e\ufeff\u2028\x7f\tü") == (
        '"a\\u00a0\\u200b\\u202e\\ufeff\\u2028\\u007f\\tü"'
    )
    assert display(2**64) == "18446744073709551616"


def test_a_window_shows_the_first_difference() -> None:
    one, other = "x" * 100 + "A" + "y" * 100, "x" * 100 + "B" + "y" * 300
    shown = window(one, other, 40)
    assert [len(each) for each in shown] == [40, 40]
    assert ("A" in shown[0], "B" in shown[1]) == (True, True)
    assert shown[0].index("A") == shown[1].index("B")
    assert window("short", "x", 40) == ("short", "x")
    assert window("a" * 100, "a" * 99, 20)[0].endswith("a" * 10)
