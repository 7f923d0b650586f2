"""How long one real rebase takes against the embedded registry, and against `docker-registry`.

    python -m benchmarks.registry LIFECYCLE [--rounds N] [--at-most RATIO]

LIFECYCLE is a directory of phase executables, or CNB_CONFORMANCE_LIFECYCLE. Both registries run at
the same time and take turns, so that whatever else the machine does meets both. The exit code is 1
where the ratio of the medians is above RATIO, and 2 where nothing could be measured.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pytest_cnb_report.images.build import build_image, build_layer
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError, supervised
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry
from pytest_cnb_report.registry.process import process_registry
from pytest_cnb_report.registry.protocol import Registry, RegistryUnavailable
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import Phase, PlatformApi

# Every lifecycle from 0.15 on speaks it.
_API = PlatformApi(0, 10)
_TIMEOUT = 60.0
_WARM_UP = 2


class CannotMeasure(Exception):  # noqa: N818 - a state, as the reader is told
    """A call that had to succeed did not; the message has its last lines."""


@dataclass(frozen=True)
class Bench:
    """One registry with an app image in it, and what its rebases took (seconds)."""

    name: str
    registry: Registry
    lifecycle: Lifecycle
    folder: Path
    durations: list[float] = field(default_factory=list)

    def prepare(self) -> None:
        """Push the run images, and export an app image onto the first of them."""
        for number in range(3):
            self._push(f"bench/run{number}", _run_image(number))
        layers, app = self.folder / "layers", self.folder / "app"
        (layers / "config").mkdir(parents=True)
        app.mkdir()
        (app / "file").write_text("content", encoding="utf-8")
        for empty in ("layers/group.toml", "layers/config/metadata.toml", "launcher"):
            (self.folder / empty).touch()
        run_image = f"{self.registry.address}/bench/run0"
        stack = self.folder / "stack.toml"
        stack.write_text(f'[run-image]\nimage = "{run_image}"\n', encoding="utf-8")
        self._call(Phase.ANALYZER, "-layers", layers, "-run-image", run_image, self._app)
        self._call(
            Phase.EXPORTER,
            *("-layers", layers, "-app", app, "-launcher", self.folder / "launcher"),
            *("-group", layers / "group.toml", "-stack", stack),
            *("-report", self.folder / "export.toml", self._app),
        )

    def rebase(self, number: int) -> float:
        """Rebase the app image onto a run image; return the seconds that the call took."""
        run_image = f"{self.registry.address}/bench/run{number}"
        report = self.folder / "rebase.toml"
        return self._call(Phase.REBASER, "-run-image", run_image, "-report", report, self._app)

    @property
    def _app(self) -> str:
        return f"{self.registry.address}/bench/app"

    def _push(self, repository: str, image: Image) -> None:
        for layer in image.layers:
            self.registry.put_blob(repository, layer.blob)
        self.registry.put_blob(repository, image.config)
        self.registry.put_manifest(repository, "latest", image.manifest, image.media_type)

    def _call(self, phase: Phase, *arguments: str | Path) -> float:
        done = self.lifecycle.call(
            phase,
            [str(argument) for argument in arguments],
            platform_api=_API,
            environment={"CNB_USER_ID": str(os.getuid()), "CNB_GROUP_ID": str(os.getgid())},
            directory=str(self.folder),
            timeout=_TIMEOUT,
        )
        if done.exit_code != 0:
            raise CannotMeasure(f"{phase.value} {done.ending} at {self.name}: {done.last_lines}")
        return done.duration


def _run_image(number: int) -> Image:
    layers = [
        build_layer({f"base{number}": b"base" * 1000}),
        build_layer({f"top{number}": b"top" * 1000}),
    ]
    prefix = "io.buildpacks.stack"
    labels = {f"{prefix}.id": "bench", f"{prefix}.description": f"run image {number}"}
    return build_image(layers, labels=labels)


def measure(lifecycle: Lifecycle, rounds: int) -> tuple[Bench, Bench]:
    """Measure both; raises CannotMeasure and RegistryUnavailable."""
    with (
        scratch_folder("bench") as folder,
        embedded_registry() as embedded,
        process_registry() as process,
    ):
        ours = Bench("embedded", embedded, lifecycle, folder / "embedded")
        theirs = Bench("docker-registry", process, lifecycle, folder / "process")
        for bench in (ours, theirs):
            bench.prepare()
        for number in range(_WARM_UP + rounds):
            for bench in (ours, theirs) if number % 2 else (theirs, ours):
                seconds = bench.rebase(1 + number % 2)
                if number >= _WARM_UP:
                    bench.durations.append(seconds)
        _report_requests(embedded, ours)
        return ours, theirs


def _report_requests(registry: EmbeddedRegistry, bench: Bench) -> None:
    since = registry.requests()[-1].number
    bench.rebase(1)
    print(f"one rebase makes {len(registry.requests(since))} requests")


def main() -> int:
    """Run the benchmark and return its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lifecycle", nargs="?", default=os.environ.get("CNB_CONFORMANCE_LIFECYCLE"))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--at-most", type=float, metavar="RATIO")
    options = parser.parse_args()
    if options.lifecycle is None:
        parser.error("name a directory of phase executables, or set CNB_CONFORMANCE_LIFECYCLE")
    try:
        phases = (Phase.ANALYZER, Phase.EXPORTER, Phase.REBASER)
        found = resolve(options.lifecycle, phases=phases, profile="rfc-0129-draft")
        with supervised(found) as lifecycle:
            benches = measure(lifecycle, options.rounds)
    except (CannotMeasure, LifecycleError, RegistryUnavailable) as error:
        print(error, file=sys.stderr)
        return 2
    for bench in benches:
        milliseconds = [1000 * seconds for seconds in bench.durations]
        print(
            f"{bench.name:16} median {statistics.median(milliseconds):6.1f} ms"
            f"   fastest {min(milliseconds):6.1f} ms   of {len(milliseconds)}"
        )
    ours, theirs = (statistics.median(bench.durations) for bench in benches)
    print(f"{'ratio':16} {ours / theirs:.3f}")
    return int(options.at_most is not None and ours / theirs > options.at_most)


if __name__ == "__main__":
    sys.exit(main())
