"""What a run judges: every scenario with its requirements, known before anything is run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from pytest_cnb_report.drive.build_cases import CREATOR_CASES, EXPORTER_CASES
from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.generated_cases import generated_cases
from pytest_cnb_report.drive.rebase_cases import REBASER_CASES
from pytest_cnb_report.drive.situation import Evidence, Situation, planned
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.requirements.catalogue import Catalogue, Requirement
from pytest_cnb_report.requirements.judging import applicable
from pytest_cnb_report.requirements.rules import RULES
from pytest_cnb_report.scenarios.tables import table_cases
from pytest_cnb_report.values import Extent, Phase, PlatformApi, Target

NO_CASE = "none"
"""The case of a requirement that is not judged at all at a phase and target."""


@dataclass(frozen=True)
class Scenario:
    """One case at one target, and the requirements that are judged on it, in catalogue order."""

    case: Case
    target: Target
    situation: Situation
    requirements: tuple[Requirement, ...]

    @property
    def phase(self) -> Phase:
        """The phase that is called."""
        return self.case.phase

    @property
    def id(self) -> str:
        """Phase, target and case: names the scenario in a run and selects it with `-k`."""
        return f"{self.phase.value}-{self.target.value}-{self.case.name}"

    @property
    def evidence_key(self) -> str:
        """Names what was observed, in a report."""
        return f"{self.target.value}/{self.phase.value}/{self.case.name}"


@dataclass(frozen=True)
class Unjudged:
    """A requirement that no scenario is for at a phase and target, and why that is."""

    requirement: Requirement
    phase: Phase
    target: Target
    why: str
    missing: Evidence | None = None
    """The evidence for want of which it is not judged."""


@dataclass(frozen=True)
class Plan:
    """Everything that there is to judge."""

    scenarios: tuple[Scenario, ...]
    unjudged: tuple[Unjudged, ...]


def all_cases() -> tuple[Case, ...]:
    """Return every case that is made by hand, and the generated ones at the end."""
    return (*EXPORTER_CASES, *CREATOR_CASES, *REBASER_CASES, *generated_cases())


def cases_at(
    target: Target,
    platform_api: PlatformApi,
    extent: Extent = Extent.USUAL,
    *,
    covered: bool = False,
) -> tuple[Case, ...]:
    """Return the cases that a run has at a target and platform API.

    Those of each phase stand together, the generated ones at the end. `covered` adds those that
    the tables cover. A thorough run has every case of a usual one.
    """
    by_hand = [
        each
        for each in all_cases()
        if each.exists_at(target, platform_api) and (covered or not each.covered)
    ]
    cases = [each for each in by_hand if each.generated is None]
    cases += table_cases(target, platform_api)
    if extent is Extent.THOROUGH:
        known = {(each.phase, each.name) for each in cases}
        triples = table_cases(target, platform_api, 3)
        cases += [each for each in triples if (each.phase, each.name) not in known]
    order = list(Phase)
    return (
        *sorted(cases, key=lambda case: order.index(case.phase)),
        *(each for each in by_hand if each.generated is not None),
    )


def plan(
    catalogue: Catalogue,
    *,
    phases: Collection[Phase],
    targets: Collection[Target],
    platform_api: PlatformApi,
    text: Text,
    cases: Sequence[Case] | None = None,
    extent: Extent = Extent.USUAL,
    covered: bool = False,
) -> Plan:
    """Return what there is to judge; a requirement without a scenario says why.

    `covered` adds the cases that are made by hand and that the tables cover.
    """
    at_place = {
        (target, phase): tuple(
            each
            for each in catalogue
            if each.why_not_applicable(phase, target, platform_api, text) is None
        )
        for target in targets
        for phase in phases
    }
    fixed = tuple(
        _scenario(
            at_place[target, case.phase], case, target, planned(case, target, platform_api), text
        )
        for target in Target
        if target in targets
        for case in (
            cases_at(target, platform_api, extent, covered=covered) if cases is None else cases
        )
        if case.phase in phases and case.exists_at(target, platform_api)
    )
    drawn = {
        (target, phase): _judged_on_rows(at_place[target, phase], fixed, target, phase, text)
        for target, phase in {
            (each.target, each.phase) for each in fixed if each.case.generated is not None
        }
    }
    scenarios = tuple(
        each
        if each.case.generated is None
        else _generated(catalogue, each, drawn[each.target, each.phase])
        for each in fixed
    )
    unjudged = unjudged_of(
        catalogue, scenarios, phases=phases, targets=targets, platform_api=platform_api, text=text
    )
    return Plan(tuple(each for each in scenarios if each.requirements), unjudged)


def _scenario(
    requirements: Sequence[Requirement],
    case: Case,
    target: Target,
    situation: Situation,
    text: Text,
) -> Scenario:
    return Scenario(case, target, situation, applicable(requirements, situation, text))


def _judged_on_rows(
    requirements: Sequence[Requirement],
    planned: Iterable[Scenario],
    target: Target,
    phase: Phase,
    text: Text,
) -> frozenset[str]:
    """Return the requirements that are judged on a row; but labels of RFC 0050 are not drawn."""
    rows = {
        replace(each.situation, named_labels=False, lost_named_labels=False)
        for each in planned
        if each.case.point and each.target is target and each.phase is phase
    }
    judged: set[str] = set()
    for situation in rows:
        left = [each for each in requirements if each.id not in judged]
        judged |= {each.id for each in applicable(left, situation, text)}
    return frozenset(judged)


def _generated(catalogue: Catalogue, scenario: Scenario, drawn: frozenset[str]) -> Scenario:
    """Return a generated scenario with whatever may be judged on what is drawn for it.

    `drawn` are the requirements that are judged on a row of the same space.
    """
    own = {requirement.id for requirement in scenario.requirements}
    judged = tuple(requirement for requirement in catalogue if requirement.id in own | drawn)
    return replace(scenario, requirements=judged)


def unjudged_of(
    catalogue: Catalogue,
    scenarios: Iterable[Scenario],
    *,
    phases: Collection[Phase],
    targets: Collection[Target],
    platform_api: PlatformApi,
    text: Text,
) -> tuple[Unjudged, ...]:
    """Return the requirements that none of the scenarios is for, with the reason."""
    judged = {(r.id, s.phase, s.target) for s in scenarios for r in s.requirements}
    return tuple(
        Unjudged(
            requirement,
            phase,
            target,
            requirement.why_not_applicable(phase, target, platform_api, text)
            or RULES[requirement.id].why_not
            or f"no scenario is about it at a {target.value} and platform API {platform_api}",
        )
        for requirement in catalogue
        for target in requirement.targets_in(text)
        for phase in requirement.phases
        if target in targets and phase in phases and (requirement.id, phase, target) not in judged
    )
