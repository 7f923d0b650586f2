"""Generated scenarios: draw many, judge each by every requirement, shrink what fails.

Drawing does not stop at a failure: one scenario is judged by many requirements, and the first
failing one would hide the others. Each failing requirement is then shrunk alone, within a bound of
calls, towards a plain rebase with one label.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
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
from pytest_cnb_report.planning.gathered import bytes_in
from pytest_cnb_report.planning.trials import Trials
from pytest_cnb_report.scenarios import labels as labels_of_rows
from pytest_cnb_report.scenarios.asked import rebase_of
from pytest_cnb_report.scenarios.rebase_space import OLD_DIMENSIONS, REBASES
from pytest_cnb_report.scenarios.space import Space
from pytest_cnb_report.strategies import rebases, small_label_sets, wide_label_sets
from pytest_cnb_report.values import PlatformApi, Target

SHRINK_CALLS = 100
"""Calls of the lifecycle that shrinking one failing requirement may take."""

KEPT = 250
"""Observations that a generated case keeps: what `--thorough` draws for each."""

KEPT_BYTES = 32 * 1024 * 1024
"""Bytes of their reports, configs and output that are kept; ordinary ones have a hundred thousand
each."""

BATCH = 250
"""Scenarios that are drawn in one go."""

_SEEDS_APART = 1_000_003
"""Between the seeds of two batches, so that they meet no other case's."""

_LABELS: Mapping[str, Callable[[], SearchStrategy[LabelSet]]] = {
    "wide": wide_label_sets,
    "small": small_label_sets,
}

Failing: TypeAlias = Callable[[Observation], frozenset[str]]
"""Names the requirements that an observation fails."""


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

    def batches(self) -> Iterator[_Draws]:
        """Cut it into draws of a bounded number: Hypothesis remembers all of a draw.

        The first one has the seed itself, so that fewer examples draw the same as ever.
        """
        for number, begin in enumerate(range(0, self.examples, BATCH)):
            examples = min(BATCH, self.examples - begin)
            yield replace(self, seed=self.seed + number * _SEEDS_APART, examples=examples)


@dataclass
class _Tried:
    """Every scenario that was tried, each at most once.

    Observations are kept without the images themselves, which nothing is judged by and which are
    nine tenths of them; only the smallest failure of each requirement keeps its own, to be repeated
    by hand. Once there are `most`, or no `room` is left, only those are kept that fail what none
    before them did.
    """

    bench: Bench
    case: Case
    failing: Failing
    forget: Callable[[Observation], None]
    """Told what is not kept."""
    most: int = KEPT
    room: int = KEPT_BYTES
    known: dict[bytes, frozenset[str]] = field(default_factory=dict)
    """By key: the requirements that fail."""
    kept: dict[bytes, tuple[DrawnScenario, Observation]] = field(default_factory=dict)
    smallest: dict[str, tuple[tuple[int, int], bytes, DrawnScenario, Observation]] = field(
        default_factory=dict
    )
    """By requirement: weight, key, the scenario, and everything that was observed."""

    def failed(self, drawn: DrawnScenario) -> frozenset[str]:
        """Try a scenario, and name the requirements that it fails."""
        key = _key(drawn)
        if key in self.known:
            return self.known[key]
        case = case_for(self.case, drawn, self.bench.host.target, self.bench.platform_api)
        whole = carry_out(self.bench, case)
        observation = replace(whole, staged={}, left={})
        failed, size = self.failing(observation), weight(drawn)
        self.known[key] = failed
        has_room = len(self.kept) < self.most and self.room > 0
        if has_room or failed - self.smallest.keys():
            self.kept[key] = (drawn, observation)
            self.room -= bytes_in(observation)
        else:
            self.forget(observation)
        for requirement in failed:
            if requirement not in self.smallest or size < self.smallest[requirement][0]:
                self.smallest[requirement] = (size, key, drawn, whole)
        return failed

    def trials(self, kept: int, drawn: int) -> Trials:
        """Return what was observed, in the order in which it was tried.

        Of the observations `kept` are of scenarios that were drawn, which are `drawn` in all.
        """
        whole = {key: (drawn, observation) for _, key, drawn, observation in self.smallest.values()}
        tried = {**self.kept, **whole}.values()
        return Trials(
            tuple(observation for _, observation in tried),
            kept,
            tuple(scenario for scenario, _ in tried),
            drawn - kept,
        )


def _key(drawn: DrawnScenario) -> bytes:
    parts = (drawn.point, drawn.labels.app, drawn.labels.run_image)
    text = json.dumps([sorted(part.items()) for part in parts])
    return hashlib.sha256(text.encode()).digest()


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
    forget: Callable[[Observation], None] = lambda _: None,
    most: int = KEPT,
    room: int = KEPT_BYTES,
) -> Trials:
    """Try generated scenarios, and then smaller ones for each requirement that fails.

    The same seed draws the same scenarios at the same target and platform API. `most` of those that
    are drawn, and as many of those that are smaller, are returned, as long as they fit into `room`
    bytes; of others `forget` is told.
    """
    draws = _Draws.of(
        generated, bench.host.target, bench.platform_api, examples=examples, seed=seed
    )
    tried = _Tried(bench, case, failing, forget, most, room)
    failures: set[str] = set()
    for batch in draws.batches():
        for scenario in _drawn(batch):
            failures |= tried.failed(scenario)
    kept, drawn = len(tried.kept), len(tried.known)
    tried.most, tried.room = kept + most, room
    for requirement in sorted(failures):
        _shrink(draws, tried, requirement)
    return tried.trials(kept, drawn)


def draw_scenarios(
    generated: Generated, target: Target, platform_api: PlatformApi, *, examples: int, seed: int
) -> tuple[DrawnScenario, ...]:
    """Return the scenarios that a generated case tries; the same seed draws the same ones."""
    return _drawn(_Draws.of(generated, target, platform_api, examples=examples, seed=seed))


def _drawn(draws: _Draws) -> tuple[DrawnScenario, ...]:
    drawn: list[DrawnScenario] = []
    for batch in draws.batches():
        _draw(batch, drawn.append)
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
        for batch in draws.batches():
            _draw(batch, probe, shrink=True)
