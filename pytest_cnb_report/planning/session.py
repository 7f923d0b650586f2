"""Carry out scenarios, one after another, each with one call of the phase that it is about."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from pytest_cnb_report.daemon.errors import DaemonError, DaemonUnavailable
from pytest_cnb_report.drive.drawn_names import NameSource, distinct_word
from pytest_cnb_report.drive.hosts import ImageHost, RegistryHost
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError, supervised
from pytest_cnb_report.lifecycles.reference import REFERENCE
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.call_slots import slot
from pytest_cnb_report.planning.context import CannotJudgeError, RunContext, TargetInfo
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.plan import Plan, Scenario, all_cases, plan
from pytest_cnb_report.planning.selection import PLAIN
from pytest_cnb_report.planning.settings import JUDGED_PHASES, AppImages, Settings
from pytest_cnb_report.planning.trials import Trials
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.faults import Faults, shown_during_calls
from pytest_cnb_report.registry.lifecycle_auth import Secrets, secrets_for
from pytest_cnb_report.registry.limits import OF_A_SCENARIO
from pytest_cnb_report.registry.protocol import RegistryError, RegistryUnavailable
from pytest_cnb_report.registry.providers import open_registry
from pytest_cnb_report.registry.stale_runs import noted_repositories
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.scratch import ScratchError, scratch_folder
from pytest_cnb_report.values import Phase, Target

SAID_PLAINLY = (
    LifecycleError,
    RegistryError,
    RegistryUnavailable,
    DaemonError,
    DaemonUnavailable,
    CannotJudgeError,
    ScratchError,
)
"""Errors of the suite whose message is for the reader as it stands."""

_LARGEST_IMAGE = 32 * 1024 * 1024
"""Bytes of an image that are fetched from a registry of another process."""

_INFLATED = 256 * 1024 * 1024
"""Bytes of an image's layers that are read; those of the suite have less than a thousandth."""

TimeOuts: TypeAlias = "Counter[tuple[Target, Phase]]"
"""How many calls ran into the time limit."""


@dataclass(repr=False)  # as `CallsAhead` has none: it would write out every observation
class JudgingSession:
    """The benches of one thread, on which scenarios are carried out.

    `number` tells it from every other session of the run; it goes into the names that it draws.
    """

    settings: Settings
    context: RunContext
    text: Text
    judgements: Judgements | None = None
    """Where what is judged on the way is remembered."""
    covered: bool = False
    """Whether to plan the cases too that the tables cover."""
    number: int = 0
    slots: Path | None = None
    """The folder of the slots that are shared with other runs on the machine, where it has some."""
    turns: contextlib.AbstractContextManager[object] = field(default_factory=contextlib.nullcontext)
    """Held for the length of each call of the lifecycle."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Once it is set, calls in flight are ended, and what is carried out is good for nothing."""
    _counted: TimeOuts = field(default_factory=Counter)
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _benches: dict[Target, Bench] = field(default_factory=dict)

    def plan(self, *, only_plain: bool = False) -> Plan:
        """Return every scenario at these targets, selected or not.

        With `only_plain`, just the scenarios of a quick run, which takes less time.
        """
        plain = [each for each in all_cases() if each.name == PLAIN] if only_plain else None
        return plan(
            load_catalogue(),
            phases=JUDGED_PHASES,
            targets=self.context.judged_targets,
            platform_api=self.context.platform_api,
            text=self.text,
            cases=plain,
            extent=self.settings.extent,
            covered=self.covered,
        )

    def carry_out(self, scenario: Scenario) -> RecordedScenario:
        """Carry out a scenario; an error of the suite's own is recorded as one."""
        try:
            with slot(self.slots, self.stop):
                trials = self._trials(scenario)
        except SAID_PLAINLY as problem:
            return RecordedScenario(
                scenario.case, scenario.target, (), error=str(problem), calls=self._new_calls()
            )
        except Exception as problem:  # noqa: BLE001 - told with every requirement of the scenario
            return RecordedScenario(
                scenario.case,
                scenario.target,
                (),
                error=f"{type(problem).__name__}: {problem}",
                calls=self._new_calls(),
            )
        return RecordedScenario(
            scenario.case,
            scenario.target,
            trials.observations,
            trials.drawn,
            calls=self._new_calls(),
            scenarios=trials.scenarios,
            left_out=trials.left_out,
        )

    def _trials(self, scenario: Scenario) -> Trials:
        bench = self.bench(scenario.target)
        if scenario.case.generated is None:
            return Trials((carry_out(bench, scenario.case),), 1)

        from pytest_cnb_report.planning.generated import try_generated  # noqa: PLC0415 - Hypothesis

        judgements = self.judgements or Judgements(self.text)

        def failing(observation: Observation) -> frozenset[str]:
            judged = (judgements.judge_drawn(each, observation) for each in scenario.requirements)
            return frozenset(j.requirement.id for j in judged if j.verdict.answer is Answer.BROKEN)

        return try_generated(
            bench,
            scenario.case,
            scenario.case.generated,
            examples=self.settings.examples,
            seed=self.settings.seed,
            failing=failing,
            forget=judgements.forget,
        )

    @property
    def timeouts(self) -> TimeOuts:
        """Calls that ran into the time limit, from where was last counted from."""
        made = {
            (target, phase): number
            for target, bench in self._benches.items()
            for phase, number in bench.timeouts.items()
            if number
        }
        return Counter({**self._counted, **made})

    def count_from(self, timeouts: TimeOuts) -> None:
        """Count time-outs from here; a phase that has too many of them is given up."""
        self._counted = Counter(timeouts)
        for target, bench in self._benches.items():
            self._tell(target, bench)

    def _tell(self, target: Target, bench: Bench) -> None:
        bench.timeouts.clear()
        bench.timeouts.update({p: n for (at, p), n in self._counted.items() if at is target})

    def _new_calls(self) -> tuple[float, ...]:
        """Take the seconds of every lifecycle invocation since the last time."""
        made = tuple(seconds for bench in self._benches.values() for seconds in bench.calls)
        for bench in self._benches.values():
            bench.calls.clear()
        return made

    def bench(self, target: Target) -> Bench:
        """Return this process's bench for a target, made when it is first asked for."""
        if target not in self._benches:
            self._benches[target] = self._make_bench(target)
            self._tell(target, self._benches[target])
        return self._benches[target]

    def _make_bench(self, target: Target) -> Bench:
        folder = self._stack.enter_context(scratch_folder("bench"))
        # a creator that drops its rights has to pass through
        folder.chmod(0o711)
        place = self.context.targets[target]
        host = self._host(target)
        faults: Faults = contextlib.nullcontext
        if isinstance(host, RegistryHost):
            faults = shown_during_calls(host.registry, self.settings.registry_faults)
        return Bench(
            lifecycle=self._stack.enter_context(supervised(self.context.lifecycle, stop=self.stop)),
            platform_api=self.context.platform_api,
            host=host,
            faults=faults,
            folder=folder,
            timeout=self.settings.timeout,
            environment=place.environment or {},
            tidies=True,
            inflated=_INFLATED,
            secrets=self._secrets(place),
            keeps_images=True,
            names=NameSource(f"{self.context.run_id} {target.value} {self.number}"),
            turns=self.turns,
            app_maker=self._app_maker(),
        )

    def _app_maker(self) -> Lifecycle | None:
        if self.context.app_images is AppImages.LIFECYCLE:
            return None
        reference = REFERENCE.resolve(
            REFERENCE.spelled, phases=tuple(Phase), profile=self.settings.profile.value
        )
        return self._stack.enter_context(supervised(reference, stop=self.stop))

    def _secrets(self, place: TargetInfo) -> Secrets:
        if not (self.settings.pass_credentials and place.borrowed):
            return Secrets()
        # looked up here: what is decided goes to workers as text
        return secrets_for(urlsplit(place.address).netloc)

    def _host(self, target: Target) -> ImageHost:
        place = self.context.targets[target]
        if target is Target.DAEMON:
            # the Docker SDK takes a tenth of a second to import
            from pytest_cnb_report.daemon.engine import connect  # noqa: PLC0415
            from pytest_cnb_report.drive.daemon_host import DaemonHost  # noqa: PLC0415

            daemon = self._stack.enter_context(
                connect(
                    place.address,
                    place.prefix,
                    timeout=self.settings.timeout,
                    environment=place.environment,
                )
            )
            return DaemonHost(daemon, distinct_word(place.prefix, self.number))
        prefix = f"{place.prefix}/{distinct_word(place.prefix, self.number)}"
        if not place.address:
            own = open_registry(
                self.settings.registry,
                image=self.settings.registry_image,
                timeout=self.settings.timeout,
                limits=OF_A_SCENARIO,
            )
            return RegistryHost(self._stack.enter_context(own), prefix)
        client = RegistryClient(
            place.address, timeout=self.settings.timeout, largest_blob=_LARGEST_IMAGE
        )
        self._stack.callback(client.close)
        if not place.borrowed:
            return RegistryHost(client, prefix, most=_LARGEST_IMAGE)
        announce = self._stack.enter_context(noted_repositories(client, prefix))
        return RegistryHost(client, prefix, announce, most=_LARGEST_IMAGE)

    def close(self) -> None:
        """Let go of everything that the session opened."""
        self._stack.close()
