"""Try one lifecycle on cases, and note which requirements it trips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.requirements.judging import judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.selftest.chosen_cases import Judged, Place
from pytest_cnb_report.values import Outcome

TRIPPED = frozenset({Outcome.FAIL, Outcome.WARN})
NOT_MET = TRIPPED | {Outcome.UNTESTABLE}
"""What the right lifecycle must not come to; of a faulty one, what is untestable tells nothing."""


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

    `calls` is how often it was called and `seconds` how long it all took; `errors` are cases that
    the suite itself could not carry out. `observed` has what was observed of requirements that are
    MAY, by requirement and case.
    """

    fault: str
    place: Place
    trips: tuple[Trip, ...]
    calls: int
    seconds: float = 0.0
    errors: tuple[str, ...] = ()
    observed: Mapping[str, str] = field(default_factory=dict)
    alone: frozenset[str] = frozenset()
    """Requirements that tripped in a case in which no other one but MAY did."""

    @property
    def tripped(self) -> frozenset[str]:
        """The requirements that were tripped."""
        return frozenset(trip.requirement for trip in self.trips)


def try_on(
    bench: Bench,
    place: Place,
    cases: Iterable[Judged],
    *,
    fault: str,
    usual: Mapping[str, str],
    tripped: frozenset[Outcome] = TRIPPED,
) -> Trial:
    """Carry out cases, and judge on each what is to be judged.

    `usual` is what the right lifecycle is observed to do: MAY requirements are tripped by anything
    else. `tripped` are the outcomes that count.
    """
    text = load_text(place.profile)
    trips: dict[str, Trip] = {}
    observed: dict[str, str] = {}
    errors: list[str] = []
    alone: set[str] = set()
    for each in cases:
        where = f"{each.case.phase.value} {each.case.name}"
        try:
            observation = carry_out(bench, each.case)
            judgements = [judge(r, observation, text) for r in each.requirements]
        except Exception as problem:  # noqa: BLE001 - the suite's own fault is what is told
            errors.append(f"{where}: {type(problem).__name__}: {problem}")
            continue
        here = {judged.requirement.id for judged in judgements if judged.outcome in tripped}
        if len(here) == 1:
            alone |= here
        for judgement in judgements:
            requirement, message = judgement.requirement.id, judgement.verdict.message
            differs = False
            if judgement.outcome is Outcome.OBSERVED:
                seen = f"{requirement} {where}"
                observed[seen] = message
                differs = usual.get(seen, message) != message
            if differs or judgement.outcome in tripped:
                trips.setdefault(requirement, Trip(requirement, where, message))
    return Trial(
        fault,
        place,
        tuple(trips.values()),
        calls=len(bench.calls),
        errors=tuple(errors),
        observed=observed,
        alone=frozenset(alone),
    )
