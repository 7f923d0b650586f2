"""Prove that each effect is caught under every condition: run, gather, compare with the space."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.selftest.chosen_cases import Place
from pytest_cnb_report.selftest.conditions import Coverage, Point, Space, coverage
from pytest_cnb_report.selftest.effect_runner import Caught, RunFault, Where, effect_runner
from pytest_cnb_report.selftest.effects import Effect
from pytest_cnb_report.selftest.pool import do_all
from pytest_cnb_report.values import Phase

Tell: TypeAlias = Callable[[int, int, int], None]
"""Is told how many runs are done, of how many, and how many could not be done."""


@dataclass(frozen=True)
class Region:
    """The space of some phases' calls at a place, and the points of the scenarios, by name."""

    place: Place
    phases: tuple[Phase, ...]
    space: Space
    points: Mapping[str, Point]

    @property
    def where(self) -> Where:
        """The scenarios, without their points."""
        return Where(self.place, self.phases, frozenset(self.points))


@dataclass(frozen=True)
class Proven:
    """An effect in a region, and under which conditions it is caught there."""

    effect: Effect
    region: Region
    coverage: Coverage


@dataclass(frozen=True)
class ConditionProof:
    """Every effect in every region; `problems` are what kept something from being found out."""

    proven: tuple[Proven, ...]
    problems: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 where there is no gap, 1 where there is one, 2 where it could not be found out."""
        if self.problems or not self.proven:
            return 2
        wrong = any(each.coverage.gaps or each.coverage.contradicted for each in self.proven)
        return 1 if wrong else 0


def prove_conditions(
    effects: Sequence[Effect],
    regions: Sequence[Region],
    *,
    workers: int,
    tell: Tell = lambda *_: None,
) -> ConditionProof:
    """Run every effect on every scenario of the regions, and find the gaps."""
    jobs = _jobs(effects, regions)
    caught: dict[RunFault, Caught] = {}
    problems: list[str] = []
    doing = do_all(jobs, effect_runner, workers=workers)
    with contextlib.closing(doing):
        for number, done in enumerate(doing, 1):
            job = jobs[done.number]
            if done.result is None:
                problems.append(f"{_told(job)} could not be run: {done.problem}")
            else:
                caught[job] = done.result
                problems += [f"{_told(job)}: {error}" for error in done.result.errors]
            tell(number, len(jobs), len(problems))
    problems += _wrong_rights(caught)
    proven = () if problems else tuple(_proven(effects, regions, caught))
    return ConditionProof(proven, tuple(problems))


def _jobs(effects: Sequence[Effect], regions: Sequence[Region]) -> list[RunFault]:
    found: dict[RunFault, None] = {}
    for region in regions:
        here = [effect for effect in effects if _shows_in(effect, region)]
        for fault in (None, *(fault for effect in here for fault in effect.faults)) if here else ():
            found[RunFault(region.where, fault)] = None
    return list(found)


def _shows_in(effect: Effect, region: Region) -> bool:
    since = effect.since is None or effect.since <= region.place.platform_api
    return set(region.phases) <= set(effect.phases) and since


def _proven(
    effects: Sequence[Effect], regions: Sequence[Region], caught: Mapping[RunFault, Caught]
) -> list[Proven]:
    found = []
    for region in regions:
        for effect in effects:
            if not _shows_in(effect, region):
                continue
            names = {
                name
                for fault in effect.faults
                for name, by in caught[RunFault(region.where, fault)].by.items()
                if by & (FAULTS[fault].trips | effect.also)
            }
            caught_at = {name: region.points[name] for name in sorted(names)}
            covered = coverage(
                region.space, caught_at, ends=effect.ends, only=effect.only, hidden=effect.hidden
            )
            found.append(Proven(effect, region, covered))
    return found


def _wrong_rights(caught: Mapping[RunFault, Caught]) -> list[str]:
    """Where the right lifecycle is caught, nothing is proven by a faulty one."""
    return [
        f"{_told(job)}: {name} does not meet {', '.join(sorted(by))}"
        for job, result in caught.items()
        if job.fault is None
        for name, by in result.by.items()
        if by
    ]


def _told(job: RunFault) -> str:
    lifecycle = "the correct lifecycle" if job.fault is None else job.fault
    return f"{lifecycle} at platform API {job.where.place.platform_api}"
