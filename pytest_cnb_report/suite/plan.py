"""What is judged: each requirement at each phase, target and case, known before anything is run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pytest_cnb_report.drive.build_cases import CREATOR_CASES, EXPORTER_CASES
from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.rebase_cases import REBASER_CASES
from pytest_cnb_report.judge.catalogue import Catalogue, Requirement
from pytest_cnb_report.judge.judging import judged_on
from pytest_cnb_report.suite.properties import GENERATED, generated_cases
from pytest_cnb_report.values import Phase, PlatformApi, Profile, Target

NO_CASE = "none"
"""The case of a requirement that is not judged at all at a phase and target."""

GENERATED_REQUIREMENTS = ("rebase.labels.", "rebase.succeeds")


@dataclass(frozen=True)
class Item:
    """One thing to judge; `case` is None where `why_not` says why it is not."""

    requirement: Requirement
    phase: Phase
    target: Target
    case: Case | None
    why_not: str | None = None

    @property
    def case_name(self) -> str:
        """The case's name, as results carry it."""
        return NO_CASE if self.case is None else self.case.name

    @property
    def name(self) -> str:
        """Phase, target and case: what tells the items of one requirement apart."""
        return f"{self.phase.value}-{self.target.value}-{self.case_name}"

    @property
    def group(self) -> str:
        """Names the call of the lifecycle that the item is judged on."""
        return f"{self.target.value}/{self.phase.value}/{self.case_name}"


def all_cases() -> tuple[Case, ...]:
    """Return every case, the generated ones at the end."""
    return (*EXPORTER_CASES, *CREATOR_CASES, *REBASER_CASES, *generated_cases())


def is_generated(case: Case) -> bool:
    """Whether the case is a property over generated label sets."""
    return case.name in GENERATED


def plan(
    catalogue: Catalogue,
    *,
    phases: Sequence[Phase],
    targets: Sequence[Target],
    platform_api: PlatformApi,
    profile: Profile,
    only: Collection[str] | None = None,
) -> Iterator[Item]:
    """Yield every item, requirement by requirement; `only` selects requirements by identifier."""
    cases = all_cases()
    for requirement in catalogue:
        if only is not None and requirement.id not in only:
            continue
        for target in requirement.targets:
            for phase in requirement.phases:
                if target in targets and phase in phases:
                    yield from _items(requirement, phase, target, platform_api, profile, cases)


def _items(  # noqa: PLR0917 - one place to judge at, spelled out
    requirement: Requirement,
    phase: Phase,
    target: Target,
    platform_api: PlatformApi,
    profile: Profile,
    cases: Sequence[Case],
) -> Iterator[Item]:
    why_not = requirement.why_not_applicable(phase, target, platform_api, profile)
    if why_not is not None:
        yield Item(requirement, phase, target, None, why_not)
        return
    found = False
    for case in cases:
        if case.phase is not phase or not case.exists_at(target, platform_api):
            continue
        if is_generated(case) and not requirement.id.startswith(GENERATED_REQUIREMENTS):
            continue
        if judged_on(requirement, case):
            found = True
            yield Item(requirement, phase, target, case)
    if not found:
        why_not = f"there is no case of it for a {target.value} at platform API {platform_api}"
        yield Item(requirement, phase, target, None, why_not)
