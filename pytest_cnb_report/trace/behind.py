"""What stands behind a requirement: its rule, its faults, its scenarios, and what runs found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_cnb_report.judge.rule import Judge
from pytest_cnb_report.planning.plan import plan
from pytest_cnb_report.report.results import LifecycleFacts, Run
from pytest_cnb_report.requirements.catalogue import Catalogue, Requirement
from pytest_cnb_report.requirements.rules import RULES
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.selftest.run import select
from pytest_cnb_report.values import Outcome, Phase, PlatformApi, Profile, Target

_PACKAGE = "pytest_cnb_report."


@dataclass(frozen=True)
class RunOutcomes:
    """What one recorded run found for a requirement: how many results of each outcome.

    `lifecycle` names the lifecycle, `targets` where its images went. `amended` is the change of the
    profile's text that it was judged by, and `in_part` why not everything was judged.
    """

    lifecycle: str
    platform_api: PlatformApi
    profile: Profile
    targets: tuple[Target, ...]
    started: str
    counts: Mapping[Outcome, int]
    amended: str | None = None
    in_part: str = ""

    @property
    def judged_by(self) -> str:
        """The text that it was judged by, and what it left out, in words."""
        parts = [self.profile.value]
        parts += [f"amended: {self.amended}"] if self.amended is not None else []
        return ", ".join([*parts, *([self.in_part] if self.in_part else [])])

    @property
    def name(self) -> str:
        """Lifecycle, platform API and destinations in a few words."""
        targets = " and ".join(target.value for target in self.targets)
        return f"{self.lifecycle}, API {self.platform_api}, {targets}"


@dataclass(frozen=True)
class Behind:
    """A requirement and what stands behind it.

    `rule` is module and function of its rule, within the package. `faults` are the names of the
    lifecycles with a mistake that it catches. `scenarios` are those of a usual run at one platform
    API, over every profile that has the requirement.
    """

    requirement: Requirement
    rule: str
    faults: tuple[str, ...]
    scenarios: tuple[str, ...]
    runs: tuple[RunOutcomes, ...]


def behind(
    catalogue: Catalogue, api: PlatformApi, runs: Sequence[Run] = ()
) -> Mapping[str, Behind]:
    """Return what stands behind each requirement, by its identifier.

    `api` is the platform API whose scenarios are listed.
    """
    faults: dict[str, list[str]] = defaultdict(list)
    for fault in select(()):
        for identifier in sorted(fault.trips):
            faults[identifier].append(fault.name)
    scenarios = _scenarios(catalogue, api)
    found = {id(run): _outcomes(run) for run in runs}
    return {
        requirement.id: Behind(
            requirement,
            _rule_name(RULES[requirement.id].judge),
            tuple(faults[requirement.id]),
            scenarios.get(requirement.id, ()),
            tuple(
                found[id(run)][requirement.id] for run in runs if requirement.id in found[id(run)]
            ),
        )
        for requirement in catalogue
    }


def _rule_name(judge: Judge) -> str:
    """Name a rule's function, or the one that makes it."""
    name = getattr(judge, "__qualname__", type(judge).__name__).partition(".")[0]
    return f"{judge.__module__.removeprefix(_PACKAGE)}.{name}"


def _scenarios(catalogue: Catalogue, api: PlatformApi) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for profile in Profile:
        planned = plan(
            catalogue,
            phases=tuple(Phase),
            targets=tuple(Target),
            platform_api=api,
            text=load_text(profile),
        )
        for scenario in planned.scenarios:
            for requirement in scenario.requirements:
                found[requirement.id][scenario.id] = None
    return {identifier: tuple(names) for identifier, names in found.items()}


def _outcomes(run: Run) -> Mapping[str, RunOutcomes]:
    counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
    for result in run.results:
        counts[result.requirement][result.outcome] += 1
    return {
        identifier: RunOutcomes(
            _named(run.lifecycle),
            run.platform_api,
            run.profile,
            tuple(target for target, facts in run.targets.items() if facts.judged),
            run.started,
            {outcome: each[outcome] for outcome in Outcome if each[outcome]},
            amended=run.amendment.text if run.amendment is not None else None,
            in_part=run.cut_short or run.deselection,
        )
        for identifier, each in counts.items()
    }


def _named(lifecycle: LifecycleFacts) -> str:
    """Name a lifecycle; the suite's own one by its name, because its version is the suite's."""
    if lifecycle.kind == "reference":
        return f"{lifecycle.given} (the suite's own)"
    return lifecycle.version or lifecycle.given


def judged_by_text(
    runs: Iterable[RunOutcomes], apis: Sequence[PlatformApi], profile: Profile | None
) -> tuple[RunOutcomes, ...]:
    """Return the runs that say something of a sentence.

    These are the runs at the platform APIs whose text has it (`apis`, all where there are none)
    that were judged by the profile its document belongs to (None: by any).
    """
    return tuple(
        run
        for run in runs
        if (not apis or run.platform_api in apis) and profile in {None, run.profile}
    )
