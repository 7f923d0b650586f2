"""Gather judged scenarios, and make the run of them that every report is made from."""

from __future__ import annotations

import datetime
import functools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.planning.gathered import Gathered, Gathering
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.plan import Plan, Scenario
from pytest_cnb_report.planning.results import (
    JudgedScenario,
    judge_scenario,
    unjudged_result,
)
from pytest_cnb_report.planning.selection import Selection
from pytest_cnb_report.record.model import RecordedRun, RecordedScenario
from pytest_cnb_report.report import known_failures, record
from pytest_cnb_report.report.known_failures import KnownFailures, Scope
from pytest_cnb_report.report.results import (
    NOT_RECORDED,
    KnownFailureFacts,
    LifecycleFacts,
    RequirementFacts,
    Result,
    Run,
    ScenarioFacts,
    SuiteFacts,
    TargetFacts,
    Timing,
)
from pytest_cnb_report.report.verdict import strict as firm
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.scenarios.tables import space_of
from pytest_cnb_report.values import Extent, Outcome, Phase, Profile, Target
from pytest_cnb_report.version import VERSION
from pytest_cnb_report.visible_text import shell_line


@dataclass(frozen=True)
class Judging:
    """What turns a recorded scenario into final results."""

    run: RecordedRun
    text: Text
    known: KnownFailures | None
    strict: bool
    today: datetime.date

    def judge(
        self,
        scenario: Scenario,
        recorded: RecordedScenario,
        judgements: Judgements | None = None,
    ) -> JudgedScenario:
        """Judge a scenario, and apply `--strict` and the known failures."""
        judged = judge_scenario(scenario, recorded, self.text, self.run.repeat, judgements)
        return replace(judged, results=tuple(self._final(each) for each in judged.results))

    def _final(self, result: Result) -> Result:
        held = firm(result) if self.strict else result
        return held if self.known is None else known_failures.excused(self.known, held, self.today)


class Collector:
    """Everything that was judged so far; makes a `Run` of it at any time.

    `plan` returns every scenario; it is called once, when that is first needed.
    `selection` is what `--phase` and `--requirement` leave of it.
    """

    def __init__(self, judging: Judging, plan: Callable[[], Plan], selection: Selection) -> None:
        self.judging = judging
        self._make_plan = plan
        self._selection = selection
        self._gathering = Gathering()
        self._judged: dict[str, Gathered] = {}
        self._failed = 0
        self.cut_short: str | None = None
        self.from_record = False
        """Whether a recorded run is judged again, which has no more than is recorded."""

    @functools.cached_property
    def _plan(self) -> Plan:
        return self._make_plan()

    def prepare(self) -> None:
        """Plan everything now, while nothing else can be done, so that the end need not wait."""
        len(self._plan.scenarios)

    def add(self, judged: JudgedScenario) -> Gathered:
        """Take over a scenario that was judged, and return what is kept of it."""
        before = self._judged.get(judged.scenario.id)
        self._judged[judged.scenario.id] = taken = self._gathering.take(judged)
        self._failed += _failures(taken) - (_failures(before) if before is not None else 0)
        return taken

    @property
    def failed(self) -> int:
        """How many results failed so far, or ended in an error of the suite."""
        return self._failed

    @property
    def scenarios(self) -> tuple[Gathered, ...]:
        """The scenarios that were judged, in the order of the plan."""
        order = {scenario.id: n for n, scenario in enumerate(self._plan.scenarios)}
        return tuple(sorted(self._judged.values(), key=lambda each: order[each.scenario.id]))

    def _left_out(self) -> list[Scope]:
        """Return what there is to judge and has no result: deselected, or not come to."""
        judged = {
            (result.requirement, scenario_id)
            for scenario_id, each in self._judged.items()
            for result in each.results
        }
        return [
            Scope(requirement.id, scenario.phase, scenario.target, scenario.case.name)
            for scenario in self._plan.scenarios
            for scenario_id in [scenario.id]
            for requirement in scenario.requirements
            if (requirement.id, scenario_id) not in judged
        ]

    def _takes_all(self) -> bool:
        requirements = {each.id for each in load_catalogue()}
        return requirements <= self._selection.requirements

    def _is_selected(self, left_out: Scope) -> bool:
        phase = left_out.phase
        return phase is not None and self._selection.takes(left_out.requirement, phase)

    def _unjudged(self) -> list[Result]:
        """Return the results of what no scenario is for, of the requirements that are asked for."""
        return [
            unjudged_result(each, self.judging.text)
            for each in self._plan.unjudged
            if self._selection.takes(each.requirement.id, each.phase)
        ]

    def run(self, wall_s: float) -> Run:
        """Return what was found out as one value."""
        header, left_out = self.judging.run, self._left_out()
        if self.cut_short is not None:
            # what else is left out was not come to
            left_out = [each for each in left_out if not self._is_selected(each)]
        results = self._in_order()
        calls = [call for each in self._judged.values() for call in each.calls]
        catalogue = load_catalogue()
        judged = {result.requirement for result in results}
        told = [requirement for requirement in catalogue if requirement.id in judged]
        return Run(
            suite=SuiteFacts(record.SUITE, VERSION),
            lifecycle=LifecycleFacts(
                header.lifecycle.given,
                header.lifecycle.kind,
                header.lifecycle.version,
                header.lifecycle.sha256,
            ),
            platform_api=header.platform_api,
            profile=self.judging.text.profile,
            amendment=self.judging.text.amended,
            targets={t: TargetFacts(each.judged, each.why) for t, each in header.targets.items()},
            timing=Timing(
                wall_s=round(wall_s, 3),
                lifecycle_s=round(sum(calls), 3),
                invocations=len(calls),
            ),
            started=header.started,
            seed=header.seed,
            strict=self.judging.strict,
            results=results,
            requirements={r.id: self._facts_of(r, catalogue.areas[r.area]) for r in told},
            readings=_readings(told, results, self.judging.text),
            scenarios={
                f"{each.scenario.phase.value}/{each.scenario.case.name}": ScenarioFacts(
                    each.scenario.case.why,
                    each.scenario.case.point,
                    _differences(each.scenario.case),
                )
                for each in self.scenarios
            },
            evidence=tuple(shown for each in self.scenarios for shown in each.evidence),
            deselected=len(left_out),
            deselected_by=" and ".join(_reasons_in_part(header))
            or (NOT_RECORDED if self.from_record and left_out and self._takes_all() else ""),
            shard=str(header.part.shard) if header.part is not None else "",
            cut_short=self.cut_short,
            known_failures=self._known_failures(results),
            command=header.command,
            app_images=header.app_images,
        )

    def _in_order(self) -> tuple[Result, ...]:
        """Return the results as the catalogue and the cases are ordered, however they came."""
        requirements = {r.id: number for number, r in enumerate(load_catalogue())}
        cases = {(s.phase, s.case.name): n for n, s in enumerate(self._plan.scenarios)}
        results = [result for each in self._judged.values() for result in each.results]
        targets = {target: number for number, target in enumerate(Target)}
        phases = {phase: number for number, phase in enumerate(Phase)}
        return tuple(
            sorted(
                [*results, *self._unjudged()],
                key=lambda result: (
                    requirements[result.requirement],
                    targets[result.target],
                    phases[result.phase],
                    cases.get((result.phase, result.case), -1),
                ),
            )
        )

    def scopes(self) -> list[Scope]:
        """Say what was not judged, so that no known failure is called stale for it."""
        targets = self.judging.run.targets
        unjudged = [
            target for target in Target if not (target in targets and targets[target].judged)
        ]
        return [
            *self._left_out(),
            *(Scope(r.id, target=target) for r in load_catalogue() for target in unjudged),
        ]

    def _facts_of(self, requirement: Requirement, area: str) -> RequirementFacts:
        """Return what a report says of a requirement itself; `area` is its heading."""
        sources = requirement.sources_at(self.judging.run.platform_api, self.judging.text)
        return RequirementFacts(
            statement=" ".join(requirement.text.split()),
            source="; ".join(dict.fromkeys(map(str, sources))),
            url=sources[0].link,
            readings=requirement.readings,
            title=requirement.title,
            hint=requirement.hint_at(self.judging.run.platform_api),
            derived=requirement.derived,
            area=area,
            released=Profile.PLATFORM_SPEC in requirement.profiles,
        )

    def _known_failures(self, results: Sequence[Result]) -> KnownFailureFacts | None:
        if self.judging.known is None:
            return None
        return known_failures.facts(self.judging.known, results, self.judging.today, self.scopes())


_GENERATED = 2
"""Differences of a generated scenario that fails: Hypothesis has made it as small as it gets."""


def _differences(case: Case) -> int:
    """Count in how many ways a case differs from a plain one."""
    if case.generated is not None:
        return _GENERATED
    return len(space_of(case.phase).differences(case.point)) if case.point else 0


def _reasons_in_part(header: RecordedRun) -> list[str]:
    """Return the options that were given to have a run in part, and what the lifecycle lacks."""
    quick = ["--quick"] if header.extent is Extent.QUICK else []
    shard = [f"--shard {header.part.shard}"] if header.part is not None else []
    names = " and ".join(phase.value for phase in header.missing)
    return [*quick, *shard, *([f"a lifecycle without {names}"] if names else [])]


def _failures(judged: Gathered) -> int:
    return sum(result.outcome in {Outcome.FAIL, Outcome.ERROR} for result in judged.results)


def _readings(told: Sequence[Requirement], results: Sequence[Result], text: Text) -> dict[str, str]:
    """Return each open question with the reading that is judged by, in words."""
    named = {key for requirement in told for key in requirement.readings}
    named |= {key for result in results for key in result.readings}
    register = load_register()
    return {each: register[each].read_as(text.reading(each)) for each in sorted(named)}


def command_line() -> str:
    """Return the command line of this process, for a shell."""
    return shell_line([Path(sys.argv[0]).name, *sys.argv[1:]])


def utc(seconds: float) -> str:
    """Return a time since the epoch as `2026-11-25T10:04:00Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
