"""Run an effect's faulty lifecycles on every scenario, and note where they are caught."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.judging import judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.selftest.chosen_cases import Judged, Place, every_case
from pytest_cnb_report.selftest.fault_runner import DaemonPlace, Prover, bench_folder, prover
from pytest_cnb_report.selftest.trial import TRIPPED
from pytest_cnb_report.values import Phase


@dataclass(frozen=True)
class Caught:
    """What the scenarios of a phase made of a lifecycle.

    `by` has the requirements that were not met, by scenario; `errors` are scenarios that the suite
    could not carry out.
    """

    by: Mapping[str, frozenset[str]]
    errors: tuple[str, ...] = ()


class EffectRunner:
    """Runs lifecycles on scenarios of the space; made by `effect_runner`."""

    def __init__(self, proving: Prover) -> None:
        self._prover = proving
        self._rights: dict[tuple[Place, Phase, frozenset[str]], tuple[Bench, Caught]] = {}

    def right(self, place: Place, phase: Phase, scenarios: frozenset[str]) -> Caught:
        """Run the right lifecycle, once for each place and phase: what is caught must not be."""
        return self._right(place, phase, scenarios)[1]

    def faulty(self, place: Place, phase: Phase, scenarios: frozenset[str], fault: str) -> Caught:
        """Run a faulty lifecycle on what the right one has exported, with the right one's controls.

        So each scenario tells of this one call alone, as it has to where the mistake is made under
        a condition that holds for this call and for no other.
        """
        right, _ = self._right(place, phase, scenarios)
        with bench_folder() as folder:
            reference = self._prover.reference(place, fault)
            bench = right.handed_to(reference, folder, with_exported=True)
            bench.controls.update(right.controls)
            return _caught(bench, place, _cases(place, phase, scenarios))

    def _right(self, place: Place, phase: Phase, scenarios: frozenset[str]) -> tuple[Bench, Caught]:
        key = (place, phase, scenarios)
        if key not in self._rights:
            with bench_folder() as folder:
                bench = self._prover.bench(place, folder)
                caught = _caught(bench, place, _cases(place, phase, scenarios))
            self._rights[key] = (bench, caught)
        return self._rights[key]


def _cases(place: Place, phase: Phase, scenarios: frozenset[str]) -> Iterator[Judged]:
    return (each for each in every_case(place, (phase,)) if each.case.name in scenarios)


def _caught(bench: Bench, place: Place, cases: Iterator[Judged]) -> Caught:
    text = load_text(place.profile)
    by: dict[str, frozenset[str]] = {}
    errors: list[str] = []
    for each in cases:
        where = f"{each.case.phase.value} {each.case.name}"
        try:
            by[each.case.name] = not_met(each, carry_out(bench, each.case), text)
        except Exception as problem:  # noqa: BLE001 - the suite's own fault is what is told
            errors.append(f"{where}: {type(problem).__name__}: {problem}")
    return Caught(by, tuple(errors))


def not_met(judged: Judged, observation: Observation, text: Text) -> frozenset[str]:
    """Return the requirements of a scenario, MUST and SHOULD, that an observation does not meet."""
    judgements = (judge(each, observation, text) for each in judged.requirements)
    return frozenset(each.requirement.id for each in judgements if each.outcome in TRIPPED)


@dataclass(frozen=True)
class RunFault:
    """The job of running a faulty lifecycle, or the right one, on the scenarios of a phase."""

    place: Place
    phase: Phase
    fault: str | None
    scenarios: frozenset[str] = field(repr=False)

    def __call__(self, runner: EffectRunner) -> Caught:
        """Run it."""
        if self.fault is None:
            return runner.right(self.place, self.phase, self.scenarios)
        return runner.faulty(self.place, self.phase, self.scenarios, self.fault)


@contextlib.contextmanager
def effect_runner(daemon: DaemonPlace | None = None) -> Iterator[EffectRunner]:
    """Have a runner, for the length of a block."""
    with prover(daemon) as proving:
        yield EffectRunner(proving)
