"""Generated scenarios: draw many, judge each by every requirement, shrink what fails.

Drawing does not stop at a failure: one scenario is judged by many requirements, and the first
failing one would hide the others. Each failing requirement is then shrunk alone, within a bound of
calls, towards a plain rebase with one label.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from pytest_cnb_report.drive.cases import Case, Generated
from pytest_cnb_report.drive.generated_cases import GENERATED, PARTS, DrawnScenario
from pytest_cnb_report.drive.label_sets import LabelSet
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.drawn_words import weight
from pytest_cnb_report.scenarios import labels as labels_of_rows
from pytest_cnb_report.scenarios.asked import rebase_of
from pytest_cnb_report.scenarios.rebase_space import OLD_DIMENSIONS, REBASES
from pytest_cnb_report.scenarios.space import Space
from pytest_cnb_report.strategies import rebases, small_label_sets, wide_label_sets
from pytest_cnb_report.values import PlatformApi, Target

SHRINK_CALLS = 100
"""Calls of the lifecycle that shrinking one failing requirement may take."""

_LABELS: Mapping[str, Callable[[], SearchStrategy[LabelSet]]] = {
    "wide": wide_label_sets,
    "small": small_label_sets,
}

Failing: TypeAlias = Callable[[Observation], frozenset[str]]
"""Names the requirements that an observation fails."""

_Key: TypeAlias = "tuple[frozenset[tuple[str, str]], ...]"


@dataclass(frozen=True)
class Trials:
    """What was observed of a case; of a generated one first as drawn, then of shrinking."""

    observations: tuple[Observation, ...]
    drawn: int
    """How many of them were drawn; the others were tried to find a smaller failing one."""
    scenarios: tuple[DrawnScenario, ...] = ()
    """Of a generated case: what each of the observations is of."""


@dataclass(frozen=True)
class _Draws:
    """How the scenarios of one generated case are drawn."""

    strategy: SearchStrategy[DrawnScenario]
    seed: int
    examples: int

    @classmethod
    def of(
        cls,
        generated: Generated,
        target: Target,
        platform_api: PlatformApi,
        *,
        examples: int,
        seed: int,
    ) -> _Draws:
        half = examples // 2
        return cls(
            strategy=st.builds(
                DrawnScenario, rebases(target, platform_api), _LABELS[generated.strategy]()
            ),
            seed=seed * len(GENERATED) + GENERATED.index(generated),
            examples=max(1, examples - half if generated.part == PARTS[0] else half),
        )


@dataclass
class _Tried:
    """Every scenario that was tried, each at most once.

    Observations are kept without the images themselves, which nothing is judged by and which are
    nine tenths of them; only the smallest failure of each requirement keeps its own, to be repeated
    by hand.
    """

    bench: Bench
    case: Case
    failing: Failing
    known: dict[_Key, Observation] = field(default_factory=dict)
    scenarios: dict[_Key, DrawnScenario] = field(default_factory=dict)
    smallest: dict[str, tuple[tuple[int, int], _Key, Observation]] = field(default_factory=dict)
    """By requirement: weight, key, and everything that was observed."""

    def failed(self, drawn: DrawnScenario) -> frozenset[str]:
        """Try a scenario, and name the requirements that it fails."""
        key = _key(drawn)
        if key in self.known:
            return self.failing(self.known[key])
        case = case_for(self.case, drawn, self.bench.host.target, self.bench.platform_api)
        observation = carry_out(self.bench, case)
        self.known[key] = replace(observation, staged={}, left={})
        self.scenarios[key] = drawn
        failed, size = self.failing(self.known[key]), weight(drawn)
        for requirement in failed:
            if requirement not in self.smallest or size < self.smallest[requirement][0]:
                self.smallest[requirement] = (size, key, observation)
        return failed

    def observations(self) -> tuple[Observation, ...]:
        """Return what was observed, in the order in which it was tried."""
        whole = {key: observation for _, key, observation in self.smallest.values()}
        return tuple({**self.known, **whole}.values())


def _key(drawn: DrawnScenario) -> _Key:
    parts = (drawn.point, drawn.labels.app, drawn.labels.run_image)
    return tuple(frozenset(part.items()) for part in parts)


def case_for(case: Case, drawn: DrawnScenario, target: Target, platform_api: PlatformApi) -> Case:
    """Return the rebase that tries one scenario; it has the labels that were drawn and no others.

    An app image on a run image that is not plain is one of the tables' own, and loses what labels
    it has from there.
    """
    point = {**drawn.point, "labels": "none"}
    ask = rebase_of(point)
    is_plain = all(point[name] == REBASES.dimension(name).plain for name in OLD_DIMENSIONS)
    before = dict.fromkeys(labels_of_rows.on_old())
    ask = replace(
        ask,
        old=Shape() if is_plain else ask.old,
        new=replace(ask.new, labels={**ask.new.labels, **drawn.labels.run_image}),
        app=replace(ask.app, labels={**before, **ask.app.labels, **drawn.labels.app}),
    )
    expect = _space(target, platform_api).expects(point)
    return replace(case, ask=ask, expect=expect, targets=(target,), point=point)


@functools.cache
def _space(target: Target, platform_api: PlatformApi) -> Space:
    return REBASES.at(target, platform_api)


def try_generated(
    bench: Bench,
    case: Case,
    generated: Generated,
    *,
    examples: int,
    seed: int,
    failing: Failing,
) -> Trials:
    """Try generated scenarios, and then smaller ones for each requirement that fails.

    The same seed draws the same scenarios at the same target and platform API.
    """
    draws = _Draws.of(
        generated, bench.host.target, bench.platform_api, examples=examples, seed=seed
    )
    tried = _Tried(bench, case, failing)
    failures = [tried.failed(scenario) for scenario in _drawn(draws)]
    drawn = len(tried.known)
    for requirement in sorted(frozenset().union(*failures)):
        _shrink(draws, tried, requirement)
    return Trials(tried.observations(), drawn, tuple(tried.scenarios.values()))


def draw_scenarios(
    generated: Generated, target: Target, platform_api: PlatformApi, *, examples: int, seed: int
) -> tuple[DrawnScenario, ...]:
    """Return the scenarios that a generated case tries; the same seed draws the same ones."""
    return _drawn(_Draws.of(generated, target, platform_api, examples=examples, seed=seed))


def _drawn(draws: _Draws) -> tuple[DrawnScenario, ...]:
    drawn: list[DrawnScenario] = []
    _draw(draws, drawn.append)
    return tuple(drawn)


def _draw(draws: _Draws, use: Callable[[DrawnScenario], object], *, shrink: bool = False) -> None:
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
    def each(scenario: DrawnScenario) -> None:
        use(scenario)

    each()


class _StillFailingError(AssertionError):
    """The scenario still fails the requirement that is being shrunk."""


def _shrink(draws: _Draws, tried: _Tried, requirement: str) -> None:
    """Try smaller scenarios at which a requirement still fails, within a bound of calls.

    What could not be carried out at all counts as one call.
    """
    tries, before = 0, len(tried.bench.calls)

    def probe(scenario: DrawnScenario) -> None:
        nonlocal tries
        if _key(scenario) not in tried.known:
            if max(tries, len(tried.bench.calls) - before) >= SHRINK_CALLS:
                return
            tries += 1
        if requirement in tried.failed(scenario):
            raise _StillFailingError(requirement)

    with contextlib.suppress(_StillFailingError, Flaky):
        _draw(draws, probe, shrink=True)
