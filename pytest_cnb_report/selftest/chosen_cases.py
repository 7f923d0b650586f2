"""On which cases a lifecycle is tried, and what is judged on each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.generated_cases import generated_cases
from pytest_cnb_report.drive.label_sets import LabelSet
from pytest_cnb_report.planning.generated import case_for, draw_label_sets
from pytest_cnb_report.planning.plan import plan
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Phase, PlatformApi, Profile, Target

FEW = 8
"""A requirement that is judged on no more cases than this has them to itself."""

LabelSets = Sequence[tuple[Case, LabelSet]]
"""Label sets, each with the generated case that it was drawn for."""


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


def label_sets(examples: int) -> LabelSets:
    """Draw label sets as the suite does by default; `examples` for each of its two properties."""
    return tuple(
        (case, labels)
        for case in generated_cases()
        if case.generated is not None
        for labels in draw_label_sets(case.generated, examples=examples, seed=0)
    )


def every_case(place: Place, phases: Collection[Phase], sets: LabelSets = ()) -> tuple[Judged, ...]:
    """Return every case of the phases, and the label sets, with what a run judges on each."""
    planned = _planned(place, phases)
    generated = {each.case.name: each for each in planned if each.case.generated}
    return (
        *(each for each in planned if not each.case.generated),
        *(
            Judged(case_for(case, labels), generated[case.name].requirements)
            for case, labels in sets
            if case.name in generated
        ),
    )


def few_cases(
    place: Place, phases: Collection[Phase], thorough: Collection[str]
) -> tuple[Judged, ...]:
    """Return cases in which each requirement is judged at least once in each phase.

    For a target at which a call is dear. The requirements named in `thorough` are judged on all of
    their cases where these are few.
    """
    cases = every_case(place, phases)
    number: dict[str, int] = defaultdict(int)
    for each in cases:
        for requirement in each.requirements:
            number[requirement.id] += 1
    wanted = {requirement for requirement in thorough if number[requirement] <= FEW}
    seen: set[tuple[Phase, str]] = set()
    chosen = []
    for each in cases:
        judged = {requirement.id for requirement in each.requirements}
        new = {(each.case.phase, requirement) for requirement in judged} - seen
        if new or judged & wanted:
            chosen.append(each)
            seen |= new
    return tuple(chosen)


def _planned(place: Place, phases: Collection[Phase]) -> tuple[Judged, ...]:
    planned = plan(
        load_catalogue(),
        phases=phases,
        targets=(place.target,),
        platform_api=place.platform_api,
        text=load_text(place.profile),
        covered=True,
    )
    return tuple(Judged(each.case, each.requirements) for each in planned.scenarios)
