"""Measure all that the suite costs beside the lifecycle, and write `docs/performance.md`.

    python -m benchmarks LIFECYCLE [--rounds 2] [--output docs/performance.md]
                         [--lifecycle-sources DIR] [-- OPTIONS OF RUN]

LIFECYCLE is a directory of phase executables. What is compared takes turns within each round, so
that whatever else the machine does meets both. What cannot be measured here is named in the page.
With a real lifecycle and two rounds it takes less than ten minutes; the machine should have nothing
else to do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bare, call_times
from benchmarks.page import Figure, Machine, page
from benchmarks.registry import CannotMeasure
from benchmarks.registry import measure as measure_registries
from pytest_cnb_report.drive.process import usable_cores
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.lifecycles.lifecycle import LifecycleError, supervised
from pytest_cnb_report.record.file import read_run
from pytest_cnb_report.registry.protocol import RegistryUnavailable
from pytest_cnb_report.values import Phase

ROOT = Path(__file__).resolve().parent.parent
_QUICK_RUNS = 3
_REBASES = 30
_COULD_NOT_JUDGE = 2


@dataclass(frozen=True)
class Ran:
    """One run of the suite; all times in seconds.

    `inside` is the sum over its lifecycle calls, `ending` what came after the last of them.
    """

    wall: float
    inside: float
    calls: int
    ending: float


def run(
    lifecycle: str, options: Sequence[str], folder: Path, *, for_pytest: Sequence[str] = ()
) -> Ran:
    """Run the suite in a process of its own; raises CannotMeasure where it could not judge."""
    times = folder / "call-times.json"
    times.unlink(missing_ok=True)
    words = [sys.executable, "-m", "pytest_cnb_report.cli.main", "run", "--lifecycle", lifecycle]
    plugin = ["--", "-p", call_times.__name__, *for_pytest]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(":"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        call_times.VARIABLE: str(times),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.time()
    done = subprocess.run(
        [*words, "--target", "registry", *options, *plugin],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    ended = time.time()
    if done.returncode not in {0, 1} or not times.exists():
        raise CannotMeasure(f"run {' '.join(options)}: exit code {done.returncode}\n{done.stderr}")
    inside, calls = json.loads(times.read_text("utf-8"))
    return Ran(ended - began, inside, calls, ended - times.stat().st_mtime)


def measure(lifecycle: str, options: Sequence[str], rounds: int, folder: Path) -> list[Figure]:
    """Measure runs against bare loops of their calls, in turns."""
    cores = usable_cores()
    output = folder / "output"
    whole = run(lifecycle, [*options, "--output", str(output)], folder)
    record = output / "record.xz"
    calls = bare.calls_in(record)
    ending = Figure("files", "reports and record of a default run, after its last call", "s", 2.0)
    ending.add(whole.ending)
    size = Figure("record", "record of a default run", "MB", 1.0)
    size.add(record.stat().st_size / 1e6)
    one = Figure("one", "default run with `--jobs 1` ÷ time inside its calls", "", 1.08)
    bare_one = Figure("bare-one", "time inside these calls ÷ the same calls in a bare loop", "")
    every = Figure(
        "all", f"default run with `--jobs {cores}` ÷ {cores} bare loops of its calls", "", 1.10
    )
    quick = Figure("quick", "`--quick` ÷ time inside its calls", "", 1.5)
    failed = Figure("failed", "`-- --last-failed` ÷ time inside its calls", "", 1.5)
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        alone = run(lifecycle, [*options, "--jobs", "1"], folder)
        one.add(alone.wall / alone.inside)
        (loop,) = bare.replay_in(1, calls)
        # of the run that the record is of, whose calls were the same and as many
        bare_one.add(alone.inside / (loop.bare * whole.inside / loop.recorded))
        together = run(lifecycle, [*options, "--jobs", str(cores)], folder)
        loops = bare.replay_in(cores, calls)
        slowest = max(each.bare for each in loops)
        every.add(together.wall / (slowest * whole.inside / sum(each.recorded for each in loops)))
        last = run(lifecycle, options, folder, for_pytest=["--last-failed"])
        failed.add(last.wall / last.inside)
        for _ in range(_QUICK_RUNS):
            each = run(lifecycle, ["--quick"], folder)
            quick.add(each.wall / each.inside)
    left_out = sum(each.otherwise for each in loops)
    every.note = (
        f"{sum(each.calls for each in loops)} of {whole.calls} calls could be made again"
        f" ({left_out} ended otherwise); the loops' time is scaled to all of them"
    )
    one.note = f"{alone.calls} calls, {alone.inside:.1f} s inside them, {alone.wall:.1f} s in all"
    quick.note = f"{each.calls} calls, {each.inside:.2f} s inside them, {each.wall:.2f} s in all"
    failed.note = f"{last.calls} calls, {last.inside:.1f} s inside them, {last.wall:.1f} s in all"
    return [one, bare_one, every, quick, failed, ending, size]


def registries(lifecycle: str) -> Figure:
    """Compare a rebase at the embedded registry and at `docker-registry`."""
    figure = Figure("registry", "a rebase at the embedded registry ÷ at `docker-registry`", "", 1.0)
    phases = (Phase.ANALYZER, Phase.EXPORTER, Phase.REBASER)
    with supervised(resolve(lifecycle, phases=phases, profile="rfc-0129-draft")) as found:
        ours, theirs = measure_registries(found, _REBASES)
    for one, other in zip(ours.durations, theirs.durations, strict=True):
        figure.add(one / other)
    return figure


def own_tests(sources: Path, quick: float) -> Figure:
    """Compare `go test` of the lifecycle's rebaser and exporter with a quick run, in seconds."""
    command = ["go", "test", "-count=1", "-run", "Rebaser|Exporter", "./phase/..."]
    figure = Figure("own-tests", f"`{' '.join(command)}` ÷ a quick run of the suite", "")
    for number in range(3):
        began = time.monotonic()
        done = subprocess.run(command, cwd=sources, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotMeasure(f"{' '.join(command)} in {sources}: {done.stdout[-500:]}")
        if number:  # the first one compiles
            figure.add((time.monotonic() - began) / quick)
    return figure


def say(text: str) -> None:
    """Tell how far it is, on the standard error."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Measure, and write the page; returns 2 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("lifecycle", nargs="?", default=os.environ.get("CNB_CONFORMANCE_LIFECYCLE"))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--lifecycle-sources", type=Path, metavar="DIR")
    words = sys.argv[1:]
    at = words.index("--") if "--" in words else len(words)
    given, options = parser.parse_args(words[:at]), words[at + 1 :]
    if given.lifecycle is None:
        parser.error("name a directory of phase executables, or set CNB_CONFORMANCE_LIFECYCLE")
    missing: dict[str, str] = {
        "`docker run` by hand with skopeo": "this command does not drive a daemon",
    }
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        machine = Machine.here()
        try:
            figures = measure(given.lifecycle, options, given.rounds, folder)
        except (CannotMeasure, LifecycleError, RegistryUnavailable) as problem:
            say(str(problem))
            return _COULD_NOT_JUDGE
        judged = read_run(folder / "output" / "record.xz")
        try:
            figures.append(registries(given.lifecycle))
        except (CannotMeasure, RegistryUnavailable) as problem:
            missing["`docker-registry`"] = str(problem)
        if given.lifecycle_sources is None:
            missing["the lifecycle's own tests"] = (
                "their sources are named with --lifecycle-sources"
            )
        else:
            try:
                seconds = run(given.lifecycle, ["--quick"], folder).wall
                figures.append(own_tests(given.lifecycle_sources, seconds))
            except (CannotMeasure, OSError) as problem:
                missing["the lifecycle's own tests"] = str(problem)
    given.output.write_text(page(judged, machine, figures, missing), encoding="utf-8")
    say(f"written: {given.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
