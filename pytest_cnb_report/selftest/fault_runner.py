"""Everything that one process needs to try faulty lifecycles one after another."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cnb_report.daemon.engine import connect
from pytest_cnb_report.drive.daemon_host import DaemonHost
from pytest_cnb_report.drive.hosts import ImageHost, RegistryHost
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.lifecycles.forked import ForkServer, fork_server
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.selftest.affected_phases import (
    JUDGED_PHASES,
    phases_reached,
    reaches_exported_image,
    reaches_labels,
)
from pytest_cnb_report.selftest.chosen_cases import (
    Judged,
    Place,
    every_case,
    few_cases,
)
from pytest_cnb_report.selftest.chosen_for_fault import MOST_AT_DAEMON, chosen_for_fault
from pytest_cnb_report.selftest.trial import NOT_MET, Trial, try_on
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi, Profile, Target

TIMEOUT = 30.0
"""Seconds for one call of a faulty lifecycle."""

FEW_EXAMPLES, MANY_EXAMPLES = 2, 4
"""Generated scenarios for each of the two properties; many where a fault is about labels."""

FEW_FAULTS = 20
"""Where no more faults than these show, the right lifecycle is tried on what they are tried on."""


@dataclass(frozen=True)
class DaemonPlace:
    """A daemon to work on, as its owner opened it."""

    address: str
    prefix: str
    environment: dict[str, str] = field(default_factory=dict)


@functools.cache
def _chosen(
    place: Place,
    phases: frozenset[Phase],
    examples: int,
    trips: frozenset[str],
    named: frozenset[str],
) -> tuple[Judged, ...]:
    """Choose once for all faults that break the same requirements."""
    return chosen_for_fault(every_case(place, phases, examples), trips, named)


@dataclass(frozen=True)
class _Right:
    """What the right lifecycle did at a place: how it fared, and the app images it exported."""

    trial: Trial
    bench: Bench


def place_of(fault: Fault) -> Place:
    """Return where a fault shows; by default at the newest platform API, drafted and registry."""
    return Place(
        platform_api=PlatformApi.parse(fault.platform_api or str(PLATFORM_APIS[-1])),
        profile=Profile(fault.profile or Profile.RFC_0129_DRAFT.value),
        target=Target(fault.target or Target.REGISTRY.value),
    )


class Prover:
    """Tries lifecycles; made by `prover`."""

    def __init__(
        self,
        server: ForkServer,
        stack: contextlib.ExitStack,
        daemon: DaemonPlace | None,
        faults: Collection[Fault],
    ) -> None:
        self._faults = faults
        self._server = server
        self._stack = stack
        self._daemon = daemon
        self._hosts: dict[Target, ImageHost] = {}
        self._rights: dict[Place, _Right] = {}

    def right(self, place: Place) -> Trial:
        """Try the right lifecycle, once for each place."""
        return self._right(place).trial

    def right_on(self, place: Place, cases: Sequence[Judged]) -> Trial:
        """Try the right lifecycle on some scenarios of a place."""
        return self._tried(place, cases)[0]

    def faulty(self, fault: Fault) -> Trial:
        """Try a faulty lifecycle where its fault shows."""
        place = place_of(fault)
        right = self._right(place)
        began = time.monotonic()
        with bench_folder() as folder:
            bench = right.bench.handed_to(
                self.reference(place, fault.name),
                folder,
                with_exported=not reaches_exported_image(fault.part),
            )
            trial = try_on(
                bench,
                place,
                self._cases(place, fault),
                fault=fault.name,
                usual=right.trial.observed,
            )
        return replace(trial, seconds=time.monotonic() - began)

    def _cases(self, place: Place, fault: Fault) -> tuple[Judged, ...]:
        phases = phases_reached(fault.part)
        if place.target is Target.DAEMON:
            few = few_cases(place, phases, fault.scenarios)
            return chosen_for_fault(few, fault.trips, fault.scenarios, most=MOST_AT_DAEMON)
        examples = MANY_EXAMPLES if reaches_labels(fault.part) else FEW_EXAMPLES
        return _chosen(place, frozenset(phases), examples, fault.trips, fault.scenarios)

    def _right(self, place: Place) -> _Right:
        if place not in self._rights:
            self._rights[place] = _Right(*self._tried(place, self._cases_of_right(place)))
        return self._rights[place]

    def _tried(self, place: Place, cases: Sequence[Judged]) -> tuple[Trial, Bench]:
        began = time.monotonic()
        with bench_folder() as folder:
            bench = self.bench(place, folder)
            trial = try_on(bench, place, cases, fault="", usual={}, tripped=NOT_MET)
        return replace(trial, seconds=time.monotonic() - began), bench

    def _cases_of_right(self, place: Place) -> tuple[Judged, ...]:
        faults = [fault for fault in self._faults if place_of(fault) == place]
        if 0 < len(faults) <= FEW_FAULTS:
            tried = {each.id: each for fault in faults for each in self._cases(place, fault)}
            return tuple(tried.values())
        if place.target is Target.DAEMON:
            return few_cases(place, JUDGED_PHASES)
        return every_case(place, JUDGED_PHASES, FEW_EXAMPLES)

    def bench(self, place: Place, folder: Path) -> Bench:
        """Return a bench for the right lifecycle at a place."""
        return Bench(
            lifecycle=self.reference(place, None),
            platform_api=place.platform_api,
            host=self._host(place.target),
            folder=folder,
            timeout=TIMEOUT,
            environment=self._environment(place.target),
        )

    def reference(self, place: Place, fault: str | None) -> Lifecycle:
        """Return the right lifecycle by a place's profile, or a faulty one."""
        return forked_reference(self._server, profile=place.profile.value, fault=fault)

    def _environment(self, target: Target) -> dict[str, str]:
        at_daemon = target is Target.DAEMON and self._daemon is not None
        return self._daemon.environment if at_daemon and self._daemon else {}

    def _host(self, target: Target) -> ImageHost:
        if target not in self._hosts:
            self._hosts[target] = self._open(target)
        return self._hosts[target]

    def _open(self, target: Target) -> ImageHost:
        if target is Target.REGISTRY:
            return RegistryHost(self._stack.enter_context(embedded_registry()), draw_prefix())
        if self._daemon is None:
            raise ValueError("no Docker daemon was given")
        daemon = connect(
            self._daemon.address,
            self._daemon.prefix,
            timeout=TIMEOUT,
            environment=self._daemon.environment,
        )
        return DaemonHost(self._stack.enter_context(daemon), f"stage-{os.getpid()}")


@contextlib.contextmanager
def prover(daemon: DaemonPlace | None = None, faults: Collection[Fault] = ()) -> Iterator[Prover]:
    """Have a prover, with a fork server and a registry of its own, for the length of a block.

    `faults` are those that will be tried. Where a few of them show at a place, the right lifecycle
    is tried there on no more than they are, and else on everything.
    """
    with contextlib.ExitStack() as stack:
        # the server is a process of its own, so that no thread of this one is ever forked
        server = stack.enter_context(fork_server())
        yield Prover(server, stack, daemon, faults)


@contextlib.contextmanager
def bench_folder() -> Iterator[Path]:
    """Have a folder for a bench, for the length of a block."""
    with scratch_folder("self-test") as folder:
        # a creator that drops its rights has to pass through
        folder.chmod(0o711)
        yield folder
