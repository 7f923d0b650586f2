"""How a run is divided: nothing twice, nothing missing, and about the same to do for each shard."""

from __future__ import annotations

import functools

import pytest

from pytest_cnb_report.options import OptionError
from pytest_cnb_report.planning.plan import Scenario, plan
from pytest_cnb_report.planning.settings import JUDGED_PHASES
from pytest_cnb_report.planning.shards import divided, expected_calls, groups_of, shard_of
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import PLATFORM_APIS, Profile, Shard, Target

EXAMPLES = 50


@functools.cache
def planned() -> tuple[Scenario, ...]:
    return plan(
        load_catalogue(),
        phases=JUDGED_PHASES,
        targets=(Target.REGISTRY,),
        platform_api=PLATFORM_APIS[-1],
        text=load_text(Profile.RFC_0129_DRAFT),
    ).scenarios


@pytest.mark.parametrize("of", [1, 2, 4, 9, 16])
def test_every_scenario_is_in_one_shard_in_the_order_of_the_plan(of: int) -> None:
    parts = [shard_of(planned(), Shard(n, of), examples=EXAMPLES) for n in range(1, of + 1)]
    order = {each.id: number for number, each in enumerate(planned())}
    places = [[order[each.id] for each in part] for part in parts]
    assert sorted(place for part in places for place in part) == list(range(len(planned())))
    assert all(part == sorted(part) for part in places)


@pytest.mark.parametrize("of", [2, 4, 9, 16])
def test_shards_have_about_the_same_to_do(of: int) -> None:
    parts = divided(planned(), of, examples=EXAMPLES)
    calls = [sum(expected_calls(g, EXAMPLES) for g in groups_of(part)) for part in parts]
    assert max(calls) <= 1.1 * sum(calls) / of


@pytest.mark.parametrize("of", [4, 16])
def test_rebases_of_an_app_image_are_in_one_shard(of: int) -> None:
    parts = divided(planned(), of, examples=EXAMPLES)
    shard_with = {each.id: number for number, part in enumerate(parts) for each in part}
    assert all(len({shard_with[each.id] for each in group}) == 1 for group in groups_of(planned()))


def test_generated_scenarios_are_shared_out() -> None:
    generated = [
        {each.id for each in part if each.case.generated is not None}
        for part in divided(planned(), 4, examples=1000)
    ]
    assert [len(each) for each in generated] == [1, 1, 1, 1]


def test_a_shard_is_never_empty() -> None:
    few = tuple(each for each in planned() if each.case.name == "plain")
    assert [len(part) for part in divided(few, len(few), examples=EXAMPLES)] == [1, 1, 1]
    with pytest.raises(OptionError, match=r"--shard I/4: expected at most 3 shards.*give.*I/3"):
        divided(few, 4, examples=EXAMPLES)


@pytest.mark.parametrize("text", ["", "1", "0/4", "5/4", "-1/4", "1/4/2", "\u0661/\u0664"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(ValueError, match="is not a part of a whole"):
        Shard.parse(text)


def test_how_a_shard_is_spelled() -> None:
    assert Shard.parse("2/4") == Shard(2, 4)
    assert str(Shard.parse("11/12")) == "11/12"
