"""On which cases a lifecycle is tried, and what is judged on each."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.situation import planned as planned_situation
from pytest_cnb_report.planning.generated import case_for, draw_scenarios
from pytest_cnb_report.planning.plan import plan
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.judging import applicable
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Phase, PlatformApi, Profile, Target


@dataclass(frozen=True)
class Place:
    """Where a lifecycle is tried: by which rules, and with images at which target."""

    platform_api: PlatformApi
    profile: Profile
    target: Target


@dataclass(frozen=True)
class Judged:
    """A case, and the requirements that are judged on it."""

    case: Case
    requirements: tuple[Requirement, ...]
    drawn: bool = False
    """Whether it is one that was generated."""

    @property
    def id(self) -> tuple[Phase, str]:
        """The phase and the name of the case, which no other one has at a place."""
        return self.case.phase, self.case.name


def every_case(place: Place, phases: Collection[Phase], examples: int = 0) -> tuple[Judged, ...]:
    """Return every case of the phases with what a run judges on it.

    `examples` generated scenarios for each of the two properties are among them, drawn as the suite
    does by default.
    """
    return _every_case(place, frozenset(phases), examples)


@functools.cache
def _every_case(place: Place, phases: frozenset[Phase], examples: int) -> tuple[Judged, ...]:
    planned = _planned(place, phases)
    return (
        *(each for each in planned if not each.case.generated),
        *(
            drawn
            for each in planned
            if each.case.generated
            for drawn in _drawn(place, each, examples)
        ),
    )


def _drawn(place: Place, generated: Judged, examples: int) -> Iterator[Judged]:
    """Draw the scenarios of one generated case; each is a case of its own name."""
    which = generated.case.generated
    if which is None or not examples:
        return
    target, api = place.target, place.platform_api
    text = load_text(place.profile)
    for drawn in draw_scenarios(which, target, api, examples=examples, seed=0):
        digest = hashlib.sha256(repr(drawn).encode()).hexdigest()[:6]
        case = case_for(generated.case, drawn, target, api)
        case = replace(case, name=f"{case.name}-{digest}", generated=None)
        situation = planned_situation(case, target, api)
        yield Judged(case, applicable(generated.requirements, situation, text), drawn=True)


def few_cases(
    place: Place, phases: Collection[Phase], named: Collection[str] = ()
) -> tuple[Judged, ...]:
    """Return cases in which each requirement is judged at least once in each phase.

    For a target at which a call is dear. Those that are `named` are among them.
    """
    seen: set[tuple[Phase, str]] = set()
    chosen = []
    for each in every_case(place, phases):
        new = {(each.case.phase, requirement.id) for requirement in each.requirements} - seen
        if new or each.case.name in named:
            chosen.append(each)
            seen |= new
    return tuple(chosen)


def _planned(place: Place, phases: frozenset[Phase]) -> tuple[Judged, ...]:
    planned = plan(
        load_catalogue(),
        phases=phases,
        targets=(place.target,),
        platform_api=place.platform_api,
        text=load_text(place.profile),
        covered=True,
    )
    return tuple(Judged(each.case, each.requirements) for each in planned.scenarios)
