"""Try one lifecycle on every case, and note which requirements it trips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.label_sets import LabelSet
from pytest_cnb_report.judge.catalogue import Requirement, load_catalogue
from pytest_cnb_report.judge.judging import Judgement, judge
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.suite.plan import is_generated, plan
from pytest_cnb_report.suite.properties import case_for, draw_label_sets, generated_cases
from pytest_cnb_report.values import Outcome, Phase, PlatformApi, Profile, Target

TRIPPED = frozenset({Outcome.FAIL, Outcome.WARN})


@dataclass(frozen=True)
class Place:
    """Where a lifecycle is tried: by which rules, and with images at which target."""

    platform_api: PlatformApi
    profile: Profile
    target: Target

    def __str__(self) -> str:
        return (
            f"platform API {self.platform_api}, profile {self.profile.value}, {self.target.value}"
        )


@dataclass(frozen=True)
class Trip:
    """A requirement that was not met, or observed to be met differently, and the first case of it.

    `case` is the phase's name and the case's.
    """

    requirement: str
    case: str
    message: str


@dataclass(frozen=True)
class Trial:
    """What became of one lifecycle; `fault` is empty for the right one.

    `seconds` is how long it took, `errors` are cases that the suite itself could not carry out.
    `observed` has what was observed of requirements that are MAY, by requirement and case.
    """

    fault: str
    place: Place
    trips: tuple[Trip, ...]
    calls: int
    seconds: float = 0.0
    errors: tuple[str, ...] = ()
    observed: Mapping[str, str] = field(default_factory=dict)

    @property
    def tripped(self) -> frozenset[str]:
        """The requirements that were tripped."""
        return frozenset(trip.requirement for trip in self.trips)


def label_sets(examples: int) -> tuple[tuple[Case, LabelSet], ...]:
    """Draw label sets as the suite does by default; `examples` for each of its two properties."""
    return tuple(
        (case, labels)
        for case in generated_cases()
        for labels in draw_label_sets(case, examples=examples, seed=0)
    )


def try_on(
    bench: Bench,
    place: Place,
    *,
    fault: str,
    phases: Collection[Phase],
    sets: Sequence[tuple[Case, LabelSet]],
    usual: Mapping[str, str],
) -> Trial:
    """Carry out every case of the phases, and the label sets, and judge all that applies.

    `usual` is what the right lifecycle is observed to do: MAY requirements are tripped by anything
    else.
    """
    trips: dict[str, Trip] = {}
    observed: dict[str, str] = {}
    errors: list[str] = []
    for case, requirements in _to_judge(place, phases, sets):
        where = f"{case.phase.value} {case.name}"
        try:
            judgements = _judged(bench, place, case, requirements)
        except Exception as problem:  # noqa: BLE001 - the suite's own fault is what is told
            errors.append(f"{where}: {type(problem).__name__}: {problem}")
            continue
        for judgement in judgements:
            requirement, message = judgement.requirement.id, judgement.verdict.message
            seen = f"{requirement} {where}"
            if judgement.outcome is Outcome.OBSERVED:
                observed[seen] = message
            differs = judgement.outcome is Outcome.OBSERVED and usual.get(seen, message) != message
            if differs or judgement.outcome in TRIPPED:
                trips.setdefault(requirement, Trip(requirement, where, message))
    return Trial(
        fault,
        place,
        tuple(trips.values()),
        calls=len(bench.calls),
        errors=tuple(errors),
        observed=observed,
    )


def _judged(
    bench: Bench, place: Place, case: Case, requirements: Sequence[Requirement]
) -> list[Judgement]:
    observation = carry_out(bench, case)
    return [judge(requirement, observation, place.profile) for requirement in requirements]


def _to_judge(
    place: Place, phases: Collection[Phase], sets: Sequence[tuple[Case, LabelSet]]
) -> Iterator[tuple[Case, Sequence[Requirement]]]:
    """Yield each case with what is judged on it, just as a run of the suite does."""
    cases: dict[str, Case] = {}
    requirements: dict[str, list[Requirement]] = defaultdict(list)
    for item in plan(
        load_catalogue(),
        phases=tuple(phases),
        targets=(place.target,),
        platform_api=place.platform_api,
        profile=place.profile,
    ):
        if item.case is not None:
            cases[item.group] = item.case
            requirements[item.group].append(item.requirement)
    by_name = {case.name: requirements[group] for group, case in cases.items()}
    for group, case in cases.items():
        if not is_generated(case):
            yield case, requirements[group]
    for case, labels in sets:
        if case.phase in phases:
            yield case_for(case, labels), by_name[case.name]
