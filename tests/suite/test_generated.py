"""Generated scenarios are shrunk one requirement at a time, and counted in what a run says."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_cnb_report.drive.cases import Case, Expect, Rebase
from pytest_cnb_report.drive.generated_cases import GENERATED, DrawnScenario, generated_cases
from pytest_cnb_report.drive.label_sets import LabelSet
from pytest_cnb_report.drive.shapes import Shape, build_run_image
from pytest_cnb_report.drive.situation import planned
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.judge.verdict import (
    Verdict,
    broken,
    declined,
    met,
    not_applicable,
    untestable,
)
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.planning import generated
from pytest_cnb_report.planning.drawn_words import in_words, weight
from pytest_cnb_report.planning.generated import (
    SHRINK_CALLS,
    draw_scenarios,
    try_generated,
)
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.plan import Plan, Scenario, plan
from pytest_cnb_report.planning.results import judge_scenario
from pytest_cnb_report.planning.settings import JUDGED_PHASES
from pytest_cnb_report.planning.trials import Trials
from pytest_cnb_report.record.model import RecordedScenario, RepeatCommand
from pytest_cnb_report.report.results import Result
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.judging import Judgement
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.scenarios.rebase_space import REBASES
from pytest_cnb_report.values import PLATFORM_APIS, Outcome, Phase, Profile, Target

NEWEST = PLATFORM_APIS[-1]
TEXT = load_text(Profile.RFC_0129_DRAFT)
IMAGE: Image = build_run_image(Shape(layers=1), edition="any").image


@dataclass
class Mistaken:
    """Stands for a lifecycle with mistakes, which are told from what it is asked."""

    asked: dict[int, Case] = field(default_factory=dict)
    calls: list[float] = field(default_factory=list)
    report: bytes = b""

    def carry_out(self, bench: Any, case: Case) -> Observation:  # noqa: ANN401 - a stand-in
        del bench
        self.calls.append(0.0)
        self.asked[len(self.calls)] = case
        situation = planned(case, Target.REGISTRY, NEWEST)
        report = ReportFile("report.toml", self.report, regular=True)
        staged = {"some": IMAGE}
        return Observation(f"{len(self.calls)}", situation, report=report, staged=staged)

    def failing(self, observation: Observation) -> frozenset[str]:
        case = self.asked[int(observation.case)]
        ask = case.ask
        assert isinstance(ask, Rebase)
        mistakes = {
            "several": ask.images > 1,
            "oci": ask.old.flavour == "oci" and ask.images > 1,
            "empty": "" in ask.new.labels.values() and case.expect is Expect.SUCCESS,
            "always": True,
        }
        return frozenset(name for name, made in mistakes.items() if made)


def tried_on(lifecycle: Mistaken, examples: int = 160, **options: Any) -> Trials:  # noqa: ANN401
    bench: Any = SimpleNamespace(
        host=SimpleNamespace(target=Target.REGISTRY), platform_api=NEWEST, calls=lifecycle.calls
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generated, "carry_out", lifecycle.carry_out)
        return try_generated(
            bench,
            generated_cases()[0],
            GENERATED[0],
            examples=examples,
            seed=3,  # each of the mistakes is met by what this one draws
            failing=lifecycle.failing,
            **options,
        )


@pytest.fixture(scope="module")
def tried() -> tuple[Mistaken, Trials]:
    lifecycle = Mistaken()
    return lifecycle, tried_on(lifecycle)


class MistakenOnce(Mistaken):
    """Makes its mistake in the thirtieth call alone."""

    def failing(self, observation: Observation) -> frozenset[str]:
        return frozenset({"late"} if observation.case == "30" else ())


def test_of_many_some_are_kept_and_whatever_fails_first() -> None:
    lifecycle = MistakenOnce()
    forgotten: list[Observation] = []
    trials = tried_on(lifecycle, examples=80, forget=forgotten.append, most=10)
    drawn = [each.case for each in trials.observations[: trials.drawn]]
    assert drawn == [*map(str, range(1, 11)), "30"]
    assert 20 < trials.left_out < len(forgotten)
    assert len(trials.observations) + len(forgotten) == len(lifecycle.calls)


def test_observations_are_kept_while_there_is_room_for_them() -> None:
    lifecycle = MistakenOnce(report=b"x" * 200)
    trials = tried_on(lifecycle, examples=40, room=900)
    assert [each.case for each in trials.observations] == ["1", "2", "3", "4", "5"]
    assert trials.left_out == len(lifecycle.calls) - 5


def test_many_are_drawn_in_batches_and_few_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(examples: int) -> tuple[DrawnScenario, ...]:
        return draw_scenarios(GENERATED[2], Target.REGISTRY, NEWEST, examples=examples, seed=0)

    few = drawn(20)
    monkeypatch.setattr(generated, "BATCH", 10)
    many = drawn(40)
    assert many[:10] == few[:10]
    assert 15 < len({repr(each) for each in many}) <= 20


def smallest(lifecycle: Mistaken, trials: Trials, requirement: str) -> DrawnScenario:
    failed = [
        scenario
        for scenario, observation in zip(trials.scenarios, trials.observations, strict=True)
        if requirement in lifecycle.failing(observation)
    ]
    return min(failed, key=weight)


def differences(drawn: DrawnScenario) -> dict[str, str]:
    return {each.name: value.name for each, value in REBASES.differences(drawn.point)}


def test_each_failure_is_shrunk_to_what_matters(tried: tuple[Mistaken, Trials]) -> None:
    always, several, oci, empty = (
        smallest(*tried, name) for name in ("always", "several", "oci", "empty")
    )
    assert (differences(always), always.labels.size) == ({}, 1)
    assert differences(several).keys() == {"images"}
    assert several.labels.size == 1
    # the old run images are those of the tables, and the new one is for the same target
    assert {"old-types", "images"} <= differences(oci).keys()
    assert {name.partition("-")[0] for name in differences(oci)} <= {"old", "new", "images"}
    assert differences(empty) == {}
    assert list(empty.labels.run_image.values()) == [""]


def test_shrinking_takes_no_more_calls_than_it_may(tried: tuple[Mistaken, Trials]) -> None:
    lifecycle, trials = tried
    assert len(trials.observations) == len(lifecycle.calls), "nothing is tried twice"
    assert 60 < trials.drawn <= 80
    assert len(trials.observations) - trials.drawn <= 4 * SHRINK_CALLS


def test_only_the_smallest_failures_keep_their_images(tried: tuple[Mistaken, Trials]) -> None:
    lifecycle, trials = tried
    kept = [each for each in trials.observations if each.staged]
    assert 1 <= len(kept) <= 4
    for name in ("always", "several", "oci", "empty"):
        shown = trials.scenarios.index(smallest(lifecycle, trials, name))
        assert trials.observations[shown].staged == {"some": IMAGE}


@dataclass
class Said(Judgements):
    """Answers what it is told to, by the name of the observation."""

    answers: Mapping[str, Verdict] = field(default_factory=dict)

    def judge_drawn(self, requirement: Requirement, observation: Observation) -> Judgement:
        verdict = self.answers[observation.case]
        return Judgement(requirement, Outcome(OUTCOMES[verdict.answer.value]), verdict)


OUTCOMES = {
    "met": "pass",
    "broken": "fail",
    "untestable": "untestable",
    "not-applicable": "not-applicable",
}
PLAIN = DrawnScenario(REBASES.plain, LabelSet({}, {"io.buildpacks.stack.a": "\u0085"}))
TWICE = DrawnScenario({**REBASES.plain, "images": "2"}, LabelSet({"gone": "1"}, {}))


def result_of(*answers: Verdict, drawn: int | None = None, left_out: int = 0) -> Result:
    (requirement,) = (each for each in load_catalogue() if each.id == "rebase.layers")
    case = generated_cases()[0]
    situation = planned(case, Target.REGISTRY, NEWEST)
    names = [str(number) for number in range(len(answers))]
    recorded = RecordedScenario(
        case,
        Target.REGISTRY,
        tuple(Observation(name, situation) for name in names),
        len(answers) if drawn is None else drawn,
        scenarios=(TWICE, PLAIN, TWICE)[: len(answers)],
        left_out=left_out,
    )
    judged = judge_scenario(
        Scenario(case, Target.REGISTRY, situation, (requirement,)),
        recorded,
        TEXT,
        RepeatCommand({Target.REGISTRY: ("run", "--profile", "platform-spec")}, ("--seed", "0")),
        Said(TEXT, answers=dict(zip(names, answers, strict=True))),
    )
    return judged.results[0]


ELSEWHERE = not_applicable("it is about something else")


def test_a_requirement_is_met_on_those_that_ask_for_it() -> None:
    result = result_of(met(), ELSEWHERE, met())
    assert (result.outcome, result.message) == (Outcome.PASS, "in 2 generated scenarios")


def test_what_was_drawn_and_not_kept_is_counted() -> None:
    assert result_of(met(), left_out=9).message == (
        "in 1 generated scenarios; none of 9 more, which are not in the record, failed"
    )
    assert result_of(ELSEWHERE, left_out=9).message == (
        "in none of 1 generated scenarios in the record: it is about something else"
    )


def test_what_could_not_be_told_is_told_beside_what_was_met() -> None:
    result = result_of(untestable("the rebaser exited 1"), met(), ELSEWHERE)
    assert result.outcome is Outcome.PASS
    assert result.message == (
        "in 1 generated scenarios, and not testable in 1: the rebaser exited 1"
    )
    assert result_of(ELSEWHERE, untestable("no")).outcome is Outcome.UNTESTABLE


def test_what_none_asks_for_is_not_applicable() -> None:
    result = result_of(ELSEWHERE, ELSEWHERE)
    assert result.outcome is Outcome.NOT_APPLICABLE
    assert result.message == "in none of 2 generated scenarios: it is about something else"


def test_what_an_adapter_declined_is_counted_apart() -> None:
    no = declined("no -force")
    assert result_of(met(), no, no).message == (
        "in 1 generated scenarios; 2 more: the adapter declined: no -force"
    )
    nowhere = result_of(ELSEWHERE, no)
    assert nowhere.declined
    assert nowhere.message == "in none of 2 generated scenarios: the adapter declined: no -force"
    assert result_of(broken("layers are lost"), no).outcome is Outcome.FAIL


def test_a_failure_tells_the_smallest_scenario_behind_a_colon() -> None:
    result = result_of(broken("layers are lost"), broken("layers are lost"), drawn=1)
    assert result.outcome is Outcome.FAIL
    assert result.message == (
        "layers are lost: smallest failing scenario: a plain rebase, with labels"
        r' "io.buildpacks.stack.a" = "\u0085" only on the new run image'
    )
    assert result_of(broken("lost: the last"), ELSEWHERE).message == (
        "lost: the last; smallest failing scenario: a rebase (call: two tags),"
        ' with labels "gone" only on the app image'
    )


def test_a_long_label_set_is_cut() -> None:
    labels = {f"label-{number}": "x" * 100 for number in range(5)}
    words = in_words(DrawnScenario(REBASES.plain, LabelSet(labels, labels)))
    assert words.endswith("; 2 more")
    assert f'"{"x" * 60}…" on both' in words


@functools.cache
def planned_at(target: Target) -> Plan:
    return plan(
        load_catalogue(), phases=JUDGED_PHASES, targets=(target,), platform_api=NEWEST, text=TEXT
    )


def test_what_may_be_asked_of_a_rebase_is_judged_on_generated_ones() -> None:
    scenarios = [each for each in planned_at(Target.REGISTRY).scenarios if each.case.generated]
    assert len(scenarios) == len(GENERATED)
    for scenario in scenarios:
        judged = {requirement.id for requirement in scenario.requirements}
        assert {
            "rebase.succeeds",
            "rebase.labels.stack.copied",
            "rebase.tags.same-image",
            "rebase.unlisted.refused",
            "rebase.inputs.environment",
            "report.absent-on-failure",
        } <= judged
        assert all(Phase.REBASER in requirement.phases for requirement in scenario.requirements)
        assert not {name for name in judged if "optional" in name}, "such labels are not drawn"
