"""Judge generated label sets: draw many, judge each by every label requirement, shrink what fails.

Drawing does not stop at a failure: one set is judged by many requirements, and the first failing
one would hide the others. Each failing requirement is then shrunk alone, within a bound of calls.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from pytest_cnb_report.drive.cases import AppEdits, Case, Rebase
from pytest_cnb_report.drive.label_sets import LabelSet
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.judge.catalogue import Requirement
from pytest_cnb_report.judge.judging import Judgement, judge
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.strategies import small_label_sets, wide_label_sets
from pytest_cnb_report.values import Phase as LifecyclePhase
from pytest_cnb_report.values import Profile

SHRINK_CALLS = 100
"""Calls of the lifecycle that shrinking one failing requirement may take."""

STRATEGIES: Mapping[str, Callable[[], SearchStrategy[LabelSet]]] = {
    "generated-wide": wide_label_sets,
    "generated-small": small_label_sets,
}
"""How label sets are drawn, by what the names of their cases begin with."""

GENERATED = tuple(f"{name}-{part}" for name in STRATEGIES for part in (1, 2))
"""The cases of generated label sets; each has a seed of its own and half of the examples."""


@dataclass(frozen=True)
class PropertyJudgement:
    """What became of one requirement over all sets of a generated case.

    `observation` is what the verdict was reached on: of a failure, the smallest that was found.
    """

    judgement: Judgement
    observation: Observation | None
    examples: int


@dataclass(frozen=True)
class _Draws:
    """How the sets of one generated case are drawn."""

    strategy: SearchStrategy[LabelSet]
    seed: int
    examples: int

    @classmethod
    def of(cls, case: Case, examples: int, seed: int) -> _Draws:
        family, _, part = case.name.rpartition("-")
        return cls(
            strategy=STRATEGIES[family](),
            seed=seed * len(GENERATED) + GENERATED.index(case.name),
            examples=max(1, examples - examples // 2 if part == "1" else examples // 2),
        )


_Key: TypeAlias = "tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]"
"""What tells one label set from another."""


@dataclass
class _Trial:
    observation: Observation
    judgements: Mapping[str, Judgement]


@dataclass
class _Property:
    """One generated case on one bench; every set is tried at most once."""

    bench: Bench
    case: Case
    requirements: Sequence[Requirement]
    profile: Profile
    draws: _Draws
    _trials: dict[_Key, _Trial] = field(default_factory=dict)

    def known(self, labels: LabelSet) -> _Trial | None:
        return self._trials.get(_key(labels))

    def tried(self, labels: LabelSet) -> _Trial:
        found = self.known(labels)
        if found is None:
            observation = carry_out(self.bench, case_for(self.case, labels))
            found = _Trial(
                observation,
                {r.id: judge(r, observation, self.profile) for r in self.requirements},
            )
            self._trials[_key(labels)] = found
        return found


def _key(labels: LabelSet) -> _Key:
    return frozenset(labels.app.items()), frozenset(labels.run_image.items())


def case_for(case: Case, labels: LabelSet) -> Case:
    """Return the rebase that tries one label set."""
    ask = Rebase(new=Shape(labels=dict(labels.run_image)), app=AppEdits(labels=dict(labels.app)))
    return replace(case, ask=ask)


def generated_cases() -> tuple[Case, ...]:
    """Return the generated cases as cases that can be listed and selected."""
    return tuple(
        Case(
            name,
            "generated label sets: "
            + ("up to 300 labels of every kind" if "wide" in name else "a few labels of any text"),
            LifecyclePhase.REBASER,
            Rebase(),
        )
        for name in GENERATED
    )


def judge_property(
    bench: Bench,
    case: Case,
    requirements: Sequence[Requirement],
    *,
    profile: Profile,
    examples: int,
    seed: int,
) -> dict[str, PropertyJudgement]:
    """Judge the requirements on generated label sets; the same seed draws the same sets."""
    trials = _Property(bench, case, requirements, profile, _Draws.of(case, examples, seed))
    drawn = [trials.tried(labels) for labels in draw_label_sets(case, examples=examples, seed=seed)]
    return {requirement.id: _summarise(requirement, drawn, trials) for requirement in requirements}


def draw_label_sets(case: Case, *, examples: int, seed: int) -> tuple[LabelSet, ...]:
    """Return the label sets that a generated case tries; the same seed draws the same ones."""
    drawn: list[LabelSet] = []
    _draw(_Draws.of(case, examples, seed), drawn.append)
    return tuple(drawn)


def _draw(draws: _Draws, use: Callable[[LabelSet], object], *, shrink: bool = False) -> None:
    """Hand examples to `use`; with `shrink`, smaller and smaller ones at which it raises."""

    @seeded(draws.seed)
    @settings(
        max_examples=draws.examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
    )
    @given(draws.strategy)
    def each(labels: LabelSet) -> None:
        use(labels)

    each()


class _StillFailingError(AssertionError):
    """The label set still fails the requirement that is being shrunk."""


def _summarise(
    requirement: Requirement, drawn: Sequence[_Trial], trials: _Property
) -> PropertyJudgement:
    def answered(answer: Answer) -> _Trial | None:
        return next(
            (t for t in drawn if t.judgements[requirement.id].verdict.answer is answer), None
        )

    failing = answered(Answer.BROKEN)
    if failing is not None:
        smallest = _shrunk(requirement, failing, trials)
        judgement = smallest.judgements[requirement.id]
        return PropertyJudgement(judgement, smallest.observation, len(drawn))
    for answer in (Answer.UNTESTABLE, Answer.MET, Answer.NOT_APPLICABLE):
        trial = answered(answer)
        if trial is not None:
            judgement = trial.judgements[requirement.id]
            return PropertyJudgement(_counted(judgement, len(drawn)), trial.observation, len(drawn))
    raise ValueError(f"no label set was drawn for {requirement.id}")


def _counted(judgement: Judgement, examples: int) -> Judgement:
    if judgement.verdict.answer is not Answer.MET:
        return judgement
    verdict = Verdict(Answer.MET, f"on {examples} generated label sets")
    return Judgement(judgement.requirement, judgement.outcome, verdict)


def _shrunk(requirement: Requirement, failing: _Trial, trials: _Property) -> _Trial:
    """Return the smallest failing trial that a bounded number of further calls leads to."""
    best = failing
    calls = 0

    def probe(labels: LabelSet) -> None:
        nonlocal best, calls
        trial = trials.known(labels)
        if trial is None:
            if calls >= SHRINK_CALLS:
                return
            calls += 1
            trial = trials.tried(labels)
        if trial.judgements[requirement.id].verdict.answer is Answer.BROKEN:
            best = trial
            raise _StillFailingError(requirement.id)

    with contextlib.suppress(_StillFailingError, Flaky):
        _draw(trials.draws, probe, shrink=True)
    return best
