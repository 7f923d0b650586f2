"""Under which conditions an effect is caught, told from where it was: nothing is run for it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.selftest.affected_phases import phases_reached
from pytest_cnb_report.selftest.chosen_cases import Place
from pytest_cnb_report.selftest.condition_proof import ConditionProof, Proven, Region
from pytest_cnb_report.selftest.conditions import (
    Condition,
    HiddenAt,
    Point,
    ShowsOnly,
    Space,
    coverage,
    in_words,
)
from pytest_cnb_report.selftest.effects import EFFECTS, Effect
from pytest_cnb_report.selftest.show_conditions import least, proof_json, proof_text, summary
from pytest_cnb_report.values import Phase, PlatformApi, Profile, Target

PLACE = Place(PlatformApi(0, 15), Profile.RFC_0129_DRAFT, Target.REGISTRY)


def feasible(part: Point, ends: Expect) -> bool:
    """An unlisted image is refused unless it is forced; several tags are never forced."""
    refused = part.get("named") == "unlisted" and part.get("force") != "yes"
    certain = part.get("named") == "unlisted" and part.get("force") == "no"
    if part.get("tags") == "2" and part.get("force") == "yes":
        return False
    if ends is Expect.SUCCESS:
        return not certain and not (refused and part.get("tags") == "2")
    return part.get("named") != "listed" and part.get("force") != "yes"


SPACE = Space(
    {"named": ("listed", "unlisted"), "force": ("no", "yes"), "tags": ("1", "2")}, feasible
)
PLAIN = {"named": "listed", "force": "no", "tags": "1"}


def point(**values: str) -> Point:
    return {**PLAIN, **values}


def condition(**values: str) -> Condition:
    return frozenset(values.items())


EVERY_SUCCESS = {
    "plain": point(),
    "forced": point(force="yes"),
    "forced-unlisted": point(force="yes", named="unlisted"),
    "two": point(tags="2"),
}
SECOND_TAG = ShowsOnly("tags", frozenset({"2"}), "there is no second tag")


def test_conditions_are_values_and_pairs_of_different_dimensions() -> None:
    every = list(SPACE.conditions())
    assert len(every) == len(set(every)) == 6 + 3 * 4
    assert condition(named="listed") in every
    assert condition(named="listed", tags="2") in every


def test_what_is_caught_everywhere_has_no_gap() -> None:
    found = coverage(SPACE, EVERY_SUCCESS, ends=Expect.SUCCESS)
    assert (found.gaps, found.hidden, found.contradicted) == (frozenset(), {}, ())
    # all but: unlisted and not forced, two tags that are forced or unlisted
    assert (found.counts(1), found.counts(2)) == ((6, 0), (9, 0))


@pytest.mark.parametrize(
    ("missing", "gaps"),
    [
        ("plain", [condition(force="no", tags="1")]),
        ("two", [condition(tags="2"), condition(tags="2", force="no")]),
        ("forced", [condition(force="yes", named="listed")]),
    ],
)
def test_a_scenario_that_is_missing_leaves_gaps(missing: str, gaps: list[Condition]) -> None:
    left = {name: at for name, at in EVERY_SUCCESS.items() if name != missing}
    found = coverage(SPACE, left, ends=Expect.SUCCESS)
    assert set(gaps) <= found.gaps
    assert not found.gaps & found.caught


def test_the_end_of_a_call_decides_what_is_feasible() -> None:
    refused = {"unlisted": point(named="unlisted"), "two": point(named="unlisted", tags="2")}
    found = coverage(SPACE, refused, ends=Expect.REFUSAL)
    assert found.gaps == frozenset()
    assert condition(force="yes") not in found.caught
    assert coverage(SPACE, {"unlisted": refused["unlisted"]}, ends=Expect.REFUSAL).gaps == {
        condition(tags="2"),
        condition(tags="2", named="unlisted"),
        condition(tags="2", force="no"),
    }


def test_where_an_effect_cannot_show_is_no_gap_and_has_its_reason() -> None:
    found = coverage(SPACE, {"two": EVERY_SUCCESS["two"]}, ends=Expect.SUCCESS, only=[SECOND_TAG])
    assert found.gaps == frozenset()
    # two tags are never forced, and so never unlisted either; of these, no pair is told again
    assert found.hidden == dict.fromkeys(
        [condition(named="unlisted"), condition(force="yes"), condition(tags="1")],
        "there is no second tag",
    )
    assert condition(named="listed", tags="2") in found.caught


def test_nothing_is_excused_that_could_show() -> None:
    only = [ShowsOnly("tags", frozenset({"1", "2"}), "never so")]
    found = coverage(SPACE, {}, ends=Expect.SUCCESS, only=only)
    assert not found.hidden
    assert len(found.gaps) == 15


def test_a_single_condition_is_excused_by_name() -> None:
    left = {name: at for name, at in EVERY_SUCCESS.items() if name != "forced"}
    pair = {"force": "yes", "named": "listed"}
    excuse = HiddenAt(pair, "nothing changes")
    found = coverage(SPACE, left, ends=Expect.SUCCESS, hidden=[excuse])
    assert found.hidden == {frozenset(pair.items()): "nothing changes"}
    assert found.gaps == frozenset()


def test_an_excuse_that_is_not_true_is_told() -> None:
    excuse = HiddenAt({"force": "yes"}, "nothing changes")
    found = coverage(SPACE, EVERY_SUCCESS, ends=Expect.SUCCESS, only=[SECOND_TAG], hidden=[excuse])
    assert "plain, although there is no second tag" in found.contradicted
    assert "forced, although nothing changes" in found.contradicted
    assert not any(each.startswith("two") for each in found.contradicted)


def test_what_shows_elsewhere_by_chance_is_no_contradiction() -> None:
    by_chance = ShowsOnly("tags", frozenset({"2"}), "there is no second tag", may_elsewhere=True)
    found = coverage(SPACE, EVERY_SUCCESS, ends=Expect.SUCCESS, only=[by_chance])
    assert found.contradicted == ()


def test_a_dimension_that_there_is_not_is_no_excuse() -> None:
    only = [ShowsOnly("colour", frozenset({"red"}), "it is not red")]
    with pytest.raises(ValueError, match="has no dimension colour"):
        coverage(SPACE, {}, ends=Expect.SUCCESS, only=only)


# How it is shown.


def proof(caught_at: Mapping[str, Point], **more: tuple[str, ...]) -> ConditionProof:
    effect = Effect("second-tag", "The second tag is forgotten.", ("a-fault",), (Phase.CREATOR,))
    region = Region(PLACE, (Phase.CREATOR,), SPACE, EVERY_SUCCESS)
    covered = coverage(SPACE, caught_at, ends=Expect.SUCCESS)
    return ConditionProof((Proven(effect, region, covered),), more.get("problems", ()))


def test_what_is_caught_everywhere_is_a_line_and_a_sentence() -> None:
    whole = proof(EVERY_SUCCESS)
    assert whole.exit_code == 0
    assert proof_text(whole, width=100).splitlines() == [
        "EFFECT      PHASE    API   VALUES  PAIRS  CANNOT SHOW",
        "second-tag  creator  0.15  6       9      0",
        "",
        "effects: 1, places: 1; under 6 values and 9 pairs of values 100 % caught; 0 cannot show.",
    ]


def test_gaps_are_told_with_what_they_share() -> None:
    half = proof({"plain": point()})
    assert half.exit_code == 1
    said = proof_text(half, width=100)
    assert "second-tag  creator  0.15  3 of 6  3 of 9  0" in said
    assert "WRONG: second-tag (creator, 0.15) is not caught where tags = 2\n" in said
    assert "40.0 % caught; 0 cannot show; 9 gaps." in said
    document = proof_json(half)
    assert '"caught": 3' in document
    assert '"named": "unlisted"' in document


def test_pairs_of_a_value_that_is_a_gap_itself_are_left_out() -> None:
    alone, within, other = (
        condition(tags="2"),
        condition(tags="2", force="no"),
        condition(force="yes", named="listed"),
    )
    assert least([within, other, alone]) == [alone, other]
    assert in_words(other) == "force = yes and named = listed"


def test_almost_all_is_not_all() -> None:
    left = {name: at for name, at in EVERY_SUCCESS.items() if name != "forced"}
    assert "93.3 % caught" in summary(proof(left))


def test_a_problem_proves_nothing() -> None:
    broken = ConditionProof((), ("no-report could not be run: it broke",))
    assert broken.exit_code == 2
    assert "ERROR: no-report could not be run: it broke" in proof_text(broken, width=100)


# The effects themselves.


def test_every_effect_is_made_by_faults_that_reach_its_phases() -> None:
    assert len({each.name for each in EFFECTS}) == len(EFFECTS) >= 15
    for effect in EFFECTS:
        reached = {phase for name in effect.faults for phase in phases_reached(FAULTS[name].part)}
        assert set(effect.phases) <= reached, effect.name
        assert effect.mistake.endswith("."), effect.name
