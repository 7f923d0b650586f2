"""Generated label sets: draw many, judge each by every requirement, shrink what fails.

Drawing does not stop at a failure: one set is judged by many requirements, and the first failing
one would hide the others. Each failing requirement is then shrunk alone, within a bound of calls.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from pytest_cnb_report.drive.cases import AppEdits, Case, Generated, Rebase
from pytest_cnb_report.drive.generated_cases import GENERATED, PARTS
from pytest_cnb_report.drive.label_sets import LabelSet
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.strategies import small_label_sets, wide_label_sets

SHRINK_CALLS = 100
"""Calls of the lifecycle that shrinking one failing requirement may take."""

_STRATEGIES: Mapping[str, Callable[[], SearchStrategy[LabelSet]]] = {
    "wide": wide_label_sets,
    "small": small_label_sets,
}

Failing: TypeAlias = Callable[[Observation], frozenset[str]]
"""Names the requirements that an observation fails."""

_Key: TypeAlias = "tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]"


@dataclass(frozen=True)
class Trials:
    """What was observed of a generated case: the sets as drawn, then those of shrinking."""

    observations: tuple[Observation, ...]
    drawn: int
    """How many of them were drawn; the others were tried to find a smaller failing one."""


@dataclass(frozen=True)
class _Draws:
    """How the sets of one generated case are drawn."""

    strategy: SearchStrategy[LabelSet]
    seed: int
    examples: int

    @classmethod
    def of(cls, generated: Generated, examples: int, seed: int) -> _Draws:
        half = examples // 2
        return cls(
            strategy=_STRATEGIES[generated.strategy](),
            seed=seed * len(GENERATED) + GENERATED.index(generated),
            examples=max(1, examples - half if generated.part == PARTS[0] else half),
        )


@dataclass
class _Tried:
    """Every set that was tried, each at most once."""

    bench: Bench
    case: Case
    known: dict[_Key, Observation] = field(default_factory=dict)

    def observe(self, labels: LabelSet) -> Observation:
        key = _key(labels)
        if key not in self.known:
            self.known[key] = carry_out(self.bench, case_for(self.case, labels))
        return self.known[key]


def _key(labels: LabelSet) -> _Key:
    return frozenset(labels.app.items()), frozenset(labels.run_image.items())


def case_for(case: Case, labels: LabelSet) -> Case:
    """Return the rebase that tries one label set."""
    ask = Rebase(new=Shape(labels=dict(labels.run_image)), app=AppEdits(labels=dict(labels.app)))
    return replace(case, ask=ask)


def try_generated(
    bench: Bench,
    case: Case,
    generated: Generated,
    *,
    examples: int,
    seed: int,
    failing: Failing,
) -> Trials:
    """Try generated label sets, and then smaller ones for each requirement that fails.

    The same seed draws the same sets.
    """
    draws = _Draws.of(generated, examples, seed)
    tried = _Tried(bench, case)
    sets = _drawn(draws)
    for labels in sets:
        tried.observe(labels)
    drawn = len(tried.known)
    failures = [failing(each) for each in tried.known.values()]
    for requirement in sorted(frozenset().union(*failures)):
        _shrink(draws, tried, requirement, failing)
    return Trials(tuple(tried.known.values()), drawn)


def draw_label_sets(generated: Generated, *, examples: int, seed: int) -> tuple[LabelSet, ...]:
    """Return the label sets that a generated case tries; the same seed draws the same ones."""
    return _drawn(_Draws.of(generated, examples, seed))


def _drawn(draws: _Draws) -> tuple[LabelSet, ...]:
    drawn: list[LabelSet] = []
    _draw(draws, drawn.append)
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


def _shrink(draws: _Draws, tried: _Tried, requirement: str, failing: Failing) -> None:
    """Try smaller sets at which a requirement still fails, within a bound of further calls."""
    calls = 0

    def probe(labels: LabelSet) -> None:
        nonlocal calls
        if _key(labels) not in tried.known:
            if calls >= SHRINK_CALLS:
                return
            calls += 1
        if requirement in failing(tried.observe(labels)):
            raise _StillFailingError(requirement)

    with contextlib.suppress(_StillFailingError, Flaky):
        _draw(draws, probe, shrink=True)
