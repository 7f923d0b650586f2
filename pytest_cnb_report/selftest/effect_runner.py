"""Run an effect's faulty lifecycles on every scenario, and note where they are caught."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.requirements.judging import judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.selftest.chosen_cases import Judged, Place, every_case
from pytest_cnb_report.selftest.fault_runner import DaemonPlace, Prover, bench_folder, prover
from pytest_cnb_report.selftest.trial import TRIPPED
from pytest_cnb_report.values import Phase


@dataclass(frozen=True)
class Where:
    """Scenarios of some phases at a place, by their names."""

    place: Place
    phases: tuple[Phase, ...]
    scenarios: frozenset[str] = field(repr=False)


Observed: TypeAlias = tuple[Judged, Observation | str]
"""What was observed of a scenario, or why the suite could not carry it out."""


@dataclass(frozen=True)
class Caught:
    """What the scenarios made of a lifecycle.

    `by` has the requirements that were not met, by scenario; `errors` are scenarios that the suite
    could not carry out.
    """

    by: Mapping[str, frozenset[str]]
    errors: tuple[str, ...] = ()


class EffectRunner:
    """Runs lifecycles on scenarios of the space; made by `effect_runner`."""

    def __init__(self, proving: Prover) -> None:
        self._prover = proving
        self._rights: dict[Where, tuple[Bench, Caught]] = {}

    def caught(self, where: Where, fault: str | None) -> Caught:
        """Run a faulty lifecycle, or the right one (which must not be caught), on scenarios."""
        if fault is None:
            return self._right(where)[1]
        if fault not in FAULTS:  # it would be refused by every call, and so seem to be caught
            raise LookupError(f"there is no fault {fault}")
        return _caught(self.observed(where, fault), where.place)

    def observed(self, where: Where, fault: str) -> Iterator[Observed]:
        """Run a faulty lifecycle on what the right one has exported, with the right one's controls.

        So each scenario tells of this one call alone, as it has to where the mistake is made under
        a condition that holds for this call and for no other.
        """
        right, _ = self._right(where)
        with bench_folder() as folder:
            reference = self._prover.reference(where.place, fault)
            bench = right.handed_to(reference, folder, with_exported=True)
            bench.controls.update(right.controls)
            yield from _observed(bench, where)

    def observed_right(self, where: Where) -> Iterator[Observed]:
        """Run the right lifecycle."""
        with bench_folder() as folder:
            yield from _observed(self._prover.bench(where.place, folder), where)

    def _right(self, where: Where) -> tuple[Bench, Caught]:
        if where not in self._rights:
            with bench_folder() as folder:
                bench = self._prover.bench(where.place, folder)
                self._rights[where] = (bench, _caught(_observed(bench, where), where.place))
        return self._rights[where]


def _observed(bench: Bench, where: Where) -> Iterator[Observed]:
    for each in every_case(where.place, where.phases):
        if each.case.name in where.scenarios:
            try:
                yield each, carry_out(bench, each.case)
            except Exception as problem:  # noqa: BLE001 - the suite's own fault is what is told
                yield each, f"{type(problem).__name__}: {problem}"


def _caught(observed: Iterable[Observed], place: Place) -> Caught:
    text = load_text(place.profile)
    by: dict[str, frozenset[str]] = {}
    errors: list[str] = []
    for judged, observation in observed:
        if isinstance(observation, str):
            errors.append(f"{judged.case.phase.value} {judged.case.name}: {observation}")
        else:
            by[judged.case.name] = not_met(judged, observation, text)
    return Caught(by, tuple(errors))


def not_met(judged: Judged, observation: Observation, text: Text) -> frozenset[str]:
    """Return the requirements of a scenario, MUST and SHOULD, that an observation does not meet."""
    judgements = (judge(each, observation, text) for each in judged.requirements)
    return frozenset(each.requirement.id for each in judgements if each.outcome in TRIPPED)


@dataclass(frozen=True)
class RunFault:
    """The job of running a faulty lifecycle, or the right one, on scenarios."""

    where: Where
    fault: str | None

    def __call__(self, runner: EffectRunner) -> Caught:
        """Run it."""
        return runner.caught(self.where, self.fault)


@contextlib.contextmanager
def effect_runner(daemon: DaemonPlace | None = None) -> Iterator[EffectRunner]:
    """Have a runner, for the length of a block."""
    with prover(daemon) as proving:
        yield EffectRunner(proving)
