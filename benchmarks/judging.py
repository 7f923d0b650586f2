"""What judging costs beside the lifecycle itself, on generated label sets and a real lifecycle.

    python -m benchmarks.judging LIFECYCLE [--sets 100] [--rounds 3] [--platform-api 0.12]

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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.lifecycle import negotiate, resolve
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.judge.catalogue import load_catalogue
from pytest_cnb_report.judge.judging import judged_on
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.suite.plan import GENERATED_REQUIREMENTS
from pytest_cnb_report.suite.properties import generated_cases, judge_property
from pytest_cnb_report.values import Phase, PlatformApi, Profile, Target

PHASES = (Phase.ANALYZER, Phase.EXPORTER, Phase.REBASER)
WARM_UP = 4


@dataclass(frozen=True)
class Recorded:
    """One call of the rebaser, and the images that stood under the names it was given."""

    invocation: Invocation
    images: Mapping[str, Image | Index]


@dataclass
class RecordingBench(Bench):
    """A bench that keeps when its first rebase began and, where asked to, what was rebased."""

    first: float | None = None
    recorded: list[Recorded] | None = None

    def since_first(self) -> float:
        """Seconds since the first rebase began."""
        return 0.0 if self.first is None else time.monotonic() - self.first

    def call(self, phase: Phase, arguments, *, environment, directory):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        """Note the time of the first rebase, and what was rebased."""
        if phase is Phase.REBASER and self.first is None:
            self.first = time.monotonic()
        images = self.staged(arguments)
        invocation = super().call(phase, arguments, environment=environment, directory=directory)
        if phase is Phase.REBASER and self.recorded is not None:
            self.recorded.append(Recorded(invocation, images))
        return invocation


@contextlib.contextmanager
def open_bench(given: str, api: PlatformApi | None) -> Iterator[RecordingBench]:
    """Make a bench on an embedded registry of its own."""
    with embedded_registry() as registry, scratch_folder("benchmark") as folder:
        lifecycle = resolve(given, phases=PHASES, profile="rfc-0129-draft")
        spoken = negotiate(lifecycle, api, directory=str(folder), phase=Phase.REBASER)
        yield RecordingBench(lifecycle, spoken, RegistryHost(registry, "bench"), folder, 60.0)


def judge_sets(bench: RecordingBench, part: int, sets: int, seed: int) -> None:
    """Judge `sets` label sets, wide and small ones in equal parts, as a run does."""
    for case in generated_cases():
        if not case.name.endswith(str(part)):
            continue
        requirements = [
            requirement
            for requirement in load_catalogue()
            if requirement.id.startswith(GENERATED_REQUIREMENTS)
            and judged_on(requirement, case)
            and requirement.why_not_applicable(
                Phase.REBASER, Target.REGISTRY, bench.platform_api, Profile.PLATFORM_SPEC
            )
            is None
        ]
        judge_property(
            bench,
            case,
            requirements,
            profile=Profile.PLATFORM_SPEC,
            examples=sets,
            seed=seed,
        )


def judged(given: str, api: PlatformApi | None, part: int, sets: int) -> tuple[float, float, int]:
    """Judge label sets on a warm bench: seconds in all, seconds inside the lifecycle, calls."""
    with open_bench(given, api) as bench:
        judge_sets(bench, part, WARM_UP, seed=99)
        bench.calls.clear()
        bench.first = None
        judge_sets(bench, part, sets, seed=0)
        return bench.since_first(), sum(bench.calls), len(bench.calls)


def bare(given: str, api: PlatformApi | None, part: int, sets: int) -> tuple[float, float, int]:
    """Make the same calls once more, from the same images, without looking at anything."""
    with open_bench(given, api) as bench:
        bench.recorded = []
        judge_sets(bench, part, sets, seed=0)
        took = 0.0
        for recorded in bench.recorded:
            for name, image in recorded.images.items():
                bench.put(image, name)
            invocation = recorded.invocation
            command = invocation.command
            began = time.monotonic()
            subprocess.run(
                [command.name, *command.arguments, *invocation.arguments],
                executable=command.executable,
                env=dict(invocation.environment),
                cwd=invocation.directory,
                capture_output=True,
                check=True,
            )
            took += time.monotonic() - began
        return took, took, len(bench.recorded)


Job = Callable[[str, "PlatformApi | None", int, int], "tuple[float, float, int]"]


def calls_a_second(job: Job, given: str, api: PlatformApi | None, sets: int) -> float:
    """Run a job on two processes at once and return their calls a second together."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        parts = pool.starmap(job, [(given, api, part, sets) for part in (1, 2)])
    return sum(calls / seconds for seconds, _, calls in parts)


def main() -> None:
    """Measure, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lifecycle", nargs="?", default=os.environ.get("CNB_CONFORMANCE_LIFECYCLE"))
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--platform-api", type=PlatformApi.parse)
    options = parser.parse_args()
    if options.lifecycle is None:
        parser.error("name a real lifecycle, or set CNB_CONFORMANCE_LIFECYCLE")
    given, api, sets = options.lifecycle, options.platform_api, options.sets
    alone, together, loops = [], [], []
    for number in range(options.rounds):
        seconds, inside, calls = judged(given, api, 1, sets)
        alone.append(seconds / inside)
        loops.append(calls_a_second(bare, given, api, sets))
        together.append(calls_a_second(judged, given, api, sets))
        print(
            f"round {number + 1}: one worker {calls} calls in {seconds:.2f} s,"
            f" {inside:.2f} s inside the lifecycle, ratio {alone[-1]:.3f};"
            f" two workers {together[-1]:.1f} judged calls/s, bare loops {loops[-1]:.1f} calls/s,"
            f" ratio {together[-1] / loops[-1]:.3f}"
        )
    pairs = [one / other for one, other in zip(together, loops, strict=True)]
    print(f"one worker, judged time / lifecycle time: median {statistics.median(alone):.3f}")
    print(f"two workers, judged / bare calls a second: median {statistics.median(pairs):.3f}")


if __name__ == "__main__":
    main()
