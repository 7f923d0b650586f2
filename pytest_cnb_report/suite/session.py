"""Judge items, running the lifecycle once for all that is judged on one call."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from pytest_cnb_report.daemon.engine import connect
from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.daemon_host import DaemonHost
from pytest_cnb_report.drive.hosts import ImageHost, RegistryHost
from pytest_cnb_report.judge.catalogue import Requirement, load_catalogue
from pytest_cnb_report.judge.judging import Judgement, judge, judged_on
from pytest_cnb_report.judge.verdict import not_applicable
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.providers import open_registry
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.suite.chosen import worker_name
from pytest_cnb_report.suite.ground import Ground
from pytest_cnb_report.suite.plan import GENERATED_REQUIREMENTS, Item, is_generated, plan
from pytest_cnb_report.suite.properties import PropertyJudgement, judge_property
from pytest_cnb_report.suite.settings import JUDGED_PHASES, Settings
from pytest_cnb_report.values import Outcome, Target


@dataclass(frozen=True)
class Judged:
    """What became of one item, and what it was judged on; None where nothing was run."""

    item: Item
    judgement: Judgement
    observation: Observation | None


@dataclass
class JudgingSession:
    """The benches of one process, and every observation that was made on them."""

    settings: Settings
    ground: Ground
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _benches: dict[Target, Bench] = field(default_factory=dict)
    _observations: dict[str, Observation | Exception] = field(default_factory=dict)
    _properties: dict[str, dict[str, PropertyJudgement] | Exception] = field(default_factory=dict)

    def planned(self) -> tuple[Item, ...]:
        """Return all that there is to judge at these targets, whether or not it is asked for."""
        return tuple(
            plan(
                load_catalogue(),
                phases=JUDGED_PHASES,
                targets=self.ground.judged_targets,
                platform_api=self.ground.platform_api,
                profile=self.settings.profile,
            )
        )

    def judge(self, item: Item) -> Judged:
        """Judge one item.

        Raises what the registry, the daemon or the machine raised where the suite itself could not
        do its part; that is raised again for every item that the same call was for.
        """
        if item.case is None:
            verdict = not_applicable(item.why_not or "")
            return Judged(item, Judgement(item.requirement, Outcome.NOT_APPLICABLE, verdict), None)
        if is_generated(item.case):
            return self._property(item, item.case)
        observation = self._observation(item, item.case)
        judgement = judge(item.requirement, observation, self.settings.profile)
        return Judged(item, judgement, observation)

    def _observation(self, item: Item, case: Case) -> Observation:
        if item.group not in self._observations:
            try:
                self._observations[item.group] = carry_out(self.bench(item.target), case)
            except Exception as problem:  # noqa: BLE001 - told to every item of the group
                self._observations[item.group] = problem
        found = self._observations[item.group]
        if isinstance(found, Exception):
            raise found
        return found

    def _property(self, item: Item, case: Case) -> Judged:
        if item.group not in self._properties:
            try:
                self._properties[item.group] = self._judge_property(item, case)
            except Exception as problem:  # noqa: BLE001 - told to every item of the group
                self._properties[item.group] = problem
        found = self._properties[item.group]
        if isinstance(found, Exception):
            raise found
        outcome = found[item.requirement.id]
        return Judged(item, outcome.judgement, outcome.observation)

    def _judge_property(self, item: Item, case: Case) -> dict[str, PropertyJudgement]:
        return judge_property(
            self.bench(item.target),
            case,
            self._requirements_of(item, case),
            profile=self.settings.profile,
            examples=self.settings.examples,
            seed=self.settings.seed,
        )

    def _requirements_of(self, item: Item, case: Case) -> tuple[Requirement, ...]:
        place = (item.phase, item.target, self.ground.platform_api, self.settings.profile)
        return tuple(
            requirement
            for requirement in load_catalogue()
            if requirement.id.startswith(GENERATED_REQUIREMENTS)
            and judged_on(requirement, case)
            and requirement.why_not_applicable(*place) is None
        )

    def bench(self, target: Target) -> Bench:
        """Return this process's bench for a target, made when it is first asked for."""
        if target not in self._benches:
            self._benches[target] = self._make_bench(target)
        return self._benches[target]

    def _make_bench(self, target: Target) -> Bench:
        folder = self._stack.enter_context(scratch_folder("bench"))
        # a creator that drops its rights has to pass through
        folder.chmod(0o711)
        place = self.ground.targets[target]
        return Bench(
            lifecycle=self.ground.lifecycle,
            platform_api=self.ground.platform_api,
            host=self._host(target),
            folder=folder,
            timeout=self.settings.timeout,
            environment=place.environment or {},
            keeps_images=self.settings.output is not None,
        )

    def _host(self, target: Target) -> ImageHost:
        place = self.ground.targets[target]
        if target is Target.DAEMON:
            daemon = self._stack.enter_context(
                connect(
                    place.address,
                    place.prefix,
                    timeout=self.settings.timeout,
                    environment=place.environment,
                )
            )
            return DaemonHost(daemon, worker_name())
        prefix = f"{place.prefix}/{worker_name()}"
        if not place.address:
            own = open_registry(
                self.settings.registry,
                image=self.settings.registry_image,
                timeout=self.settings.timeout,
            )
            return RegistryHost(self._stack.enter_context(own), prefix)
        client = RegistryClient(place.address, timeout=self.settings.timeout)
        self._stack.callback(client.close)
        if place.borrowed:
            self._stack.callback(client.cleanup, prefix)
        return RegistryHost(client, prefix)

    @property
    def calls(self) -> tuple[float, ...]:
        """Seconds that each call of the lifecycle took, in this process."""
        return tuple(seconds for bench in self._benches.values() for seconds in bench.calls)

    def close(self) -> None:
        """Let go of everything that the session opened."""
        self._stack.close()
