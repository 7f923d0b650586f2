"""What judging costs beside the lifecycle itself, on generated label sets and a real lifecycle.

    python -m benchmarks.judging LIFECYCLE [--sets 100] [--rounds 5] [--platform-api 0.12]

Two figures, each a ratio of things measured in turn in one run:

- one worker: from the first call of the rebaser to the last verdict, over the time spent inside
  lifecycle processes in between (1.0 would be free; the aim is at most 1.10);
- two workers: judged calls a second, over the calls a second of two bare loops that make the same
  calls on the same images and look at nothing (the aim is at least 0.9).

The machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cnb_report.drive.generated_cases import generated_cases
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.lifecycles.lifecycle import supervised
from pytest_cnb_report.lifecycles.negotiate import negotiate
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.generated import try_generated
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import applicable, judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import Outcome, Phase, PlatformApi, Profile

PHASES = (Phase.ANALYZER, Phase.EXPORTER, Phase.REBASER)
WARM_UP = 4


@dataclass(frozen=True)
class Plan:
    """What to measure: so many label sets in each turn, in so many turns."""

    lifecycle: str
    platform_api: PlatformApi | None
    sets: int
    rounds: int


@dataclass(frozen=True)
class Recorded:
    """One call of the rebaser, and the images that stood under the names it was given."""

    invocation: Invocation
    images: Mapping[str, Image | Index]


@dataclass
class RecordingBench(Bench):
    """A bench that keeps when its first rebase began, and what was rebased."""

    first: float | None = None
    recorded: list[Recorded] = field(default_factory=list)

    def since_first(self) -> float:
        """Seconds since the first rebase began."""
        return 0.0 if self.first is None else time.monotonic() - self.first

    def call(self, phase: Phase, arguments, *, environment, directory):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Note the time of the first rebase, and what was rebased."""
        if phase is Phase.REBASER and self.first is None:
            self.first = time.monotonic()
        images = self.staged(arguments)
        invocation = super().call(phase, arguments, environment=environment, directory=directory)
        if phase is Phase.REBASER:
            self.recorded.append(Recorded(invocation, images))
        return invocation


@contextlib.contextmanager
def open_bench(given: str, api: PlatformApi | None) -> Iterator[RecordingBench]:
    """Make a bench on an embedded registry of its own."""
    found = resolve(given, phases=PHASES, profile="rfc-0129-draft")
    with (
        embedded_registry() as registry,
        scratch_folder("benchmark") as folder,
        supervised(found) as lifecycle,
    ):
        spoken = negotiate(lifecycle, api, directory=str(folder), phase=Phase.REBASER)
        yield RecordingBench(lifecycle, spoken, RegistryHost(registry, "bench"), folder, 60.0)


def judge_sets(bench: RecordingBench, part: int, sets: int, seed: int) -> None:
    """Judge `sets` label sets, wide and small ones in equal parts, as a run does."""
    text = load_text(Profile.PLATFORM_SPEC)

    def failing(observation: Observation) -> frozenset[str]:
        judged = (
            judge(each, observation, text)
            for each in applicable(load_catalogue(), observation.situation, text)
        )
        return frozenset(j.requirement.id for j in judged if j.outcome is Outcome.FAIL)

    for case in generated_cases():
        if case.generated is not None and case.generated.part == part:
            try_generated(bench, case, case.generated, examples=sets, seed=seed, failing=failing)


@dataclass(frozen=True)
class Turn:
    """What one worker measured in one turn; all times in seconds."""

    calls: int
    judged: float
    """From the first call to the last verdict."""
    inside: float
    """Of these, spent inside lifecycle processes."""
    bare: float
    """The same calls once more, from the same images, without looking at anything."""


def replay(bench: RecordingBench, recorded: Sequence[Recorded]) -> float:
    """Make calls once more; putting the images back in place is not counted."""
    took = 0.0
    for one in recorded:
        for name, image in one.images.items():
            bench.put(image, name)
        command = one.invocation.command
        began = time.monotonic()
        subprocess.run(
            [command.name, *command.arguments, *one.invocation.arguments],
            executable=command.executable,
            env=dict(one.invocation.environment),
            cwd=one.invocation.directory,
            capture_output=True,
            check=True,
        )
        took += time.monotonic() - began
    return took


def turns(plan: Plan, part: int, together: Callable[[], object]) -> list[Turn]:
    """Judge and replay in turn on a warm bench; `together` waits until the other worker is there.

    Each turn judges label sets of its own.
    """
    measured = []
    with open_bench(plan.lifecycle, plan.platform_api) as bench:
        judge_sets(bench, part, WARM_UP, seed=99)
        for number in range(plan.rounds):
            bench.calls.clear()
            bench.recorded.clear()
            bench.first = None
            together()
            judge_sets(bench, part, plan.sets, seed=number)
            judged = bench.since_first()
            inside = sum(bench.calls)
            together()
            bare = replay(bench, bench.recorded)
            measured.append(Turn(len(bench.recorded), judged, inside, bare))
    return measured


def turns_of_two(plan: Plan) -> list[tuple[Turn, Turn]]:
    """Let two processes measure side by side, both judging or both replaying at any moment."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(2) as pool:
        together = manager.Barrier(2).wait
        one, other = pool.starmap(turns, [(plan, part, together) for part in (1, 2)])
    return list(zip(one, other, strict=True))


def main() -> None:
    """Measure, and print each turn and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lifecycle", nargs="?", default=os.environ.get("CNB_CONFORMANCE_LIFECYCLE"))
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--platform-api", type=PlatformApi.parse)
    options = parser.parse_args()
    if options.lifecycle is None:
        parser.error("name a real lifecycle, or set CNB_CONFORMANCE_LIFECYCLE")
    plan = Plan(options.lifecycle, options.platform_api, options.sets, options.rounds)
    alone = []
    for turn in turns(plan, 1, lambda: None):
        alone.append(turn.judged / turn.inside)
        print(
            f"one worker: {turn.calls} calls in {turn.judged:.2f} s,"
            f" {turn.inside:.2f} s of it inside the lifecycle, ratio {alone[-1]:.3f}"
        )
    pairs = []
    for both in turns_of_two(plan):
        judged = sum(turn.calls / turn.judged for turn in both)
        bare = sum(turn.calls / turn.bare for turn in both)
        pairs.append(judged / bare)
        print(
            f"two workers: {judged:.1f} judged calls/s, {bare:.1f} bare calls/s,"
            f" ratio {pairs[-1]:.3f}"
        )
    print(f"one worker, judged time / lifecycle time: median {statistics.median(alone):.3f}")
    print(f"two workers, judged / bare calls a second: median {statistics.median(pairs):.3f}")


if __name__ == "__main__":
    main()
