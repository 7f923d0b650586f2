"""Judge a build that somebody made, with the same tests, outputs and exit codes as a run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_cnb_report.daemon.providers import reach_daemon
from pytest_cnb_report.drive.cases import Build, Case, Rebase
from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.judge.applicability import lacking
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.lifecycles.own_build import OWN_BUILD
from pytest_cnb_report.observe.check_report import (
    CASE,
    FinishedBuild,
    FinishedBuildError,
    Place,
    observe_finished_build,
    read_finished_report,
    target_of,
)
from pytest_cnb_report.observe.daemon_place import DaemonPlace
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.registry_place import RegistryLookup
from pytest_cnb_report.planning.context import CannotJudgeError, RunContext, TargetInfo
from pytest_cnb_report.planning.plan import Plan, Scenario, Unjudged
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.record.model import RecordedScenario, RepeatCommand
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.judging import applicable, why_not
from pytest_cnb_report.requirements.rules import RULES
from pytest_cnb_report.values import Phase, Target

_HINTS: Mapping[Evidence, str] = {
    Evidence.RUN_FILE: "name the run.toml of the build with --run",
    Evidence.CALL: "`cnb-conformance run` tests it",
}
"""What to do about evidence that is missing."""


@dataclass(frozen=True)
class Request:
    """Where the images are, None where the report is to tell, and how to speak to registries."""

    target: Target | None
    insecure: bool


@dataclass(frozen=True)
class FinishedBuildSession:
    """What was observed of one build, to be judged by every requirement that applies to it."""

    text: Text
    observation: Observation

    def plan(self) -> Plan:
        """Return the build as the only scenario; what cannot be judged says why."""
        situation = self.observation.situation
        ask = Rebase() if situation.phase is Phase.REBASER else Build()
        case = Case(CASE, "a build that was made elsewhere", situation.phase, ask)
        catalogue = [
            each
            for each in load_catalogue()
            if situation.phase in each.phases and situation.target in each.targets_in(self.text)
        ]
        scenario = Scenario(
            case, situation.target, situation, applicable(catalogue, situation, self.text)
        )
        unjudged = (
            Unjudged(each, situation.phase, situation.target, self._why_not(each))
            for each in catalogue
            if each not in scenario.requirements
        )
        return Plan((scenario,), tuple(unjudged))

    def _why_not(self, requirement: Requirement) -> str:
        why = why_not(requirement, self.observation.situation, self.text) or ""
        missing = lacking(RULES[requirement.id].needs, self.observation.situation)
        hints = [_HINTS[each] for each in missing if each in _HINTS]
        return f"{why}; {hints[0]}" if hints and why.startswith("not known") else why

    def carry_out(self, scenario: Scenario) -> RecordedScenario:
        """Return what was looked up at the beginning."""
        return RecordedScenario(scenario.case, scenario.target, (self.observation,))

    def close(self) -> None:
        """Do nothing: everything was looked up at the beginning."""


def begin(
    build: FinishedBuild, request: Request, settings: Settings, text: Text
) -> tuple[RunContext, FinishedBuildSession, RepeatCommand]:
    """Look up everything that the report is judged against.

    Raises CannotJudgeError, RegistryError, DaemonError or DaemonUnavailable.
    """
    build = replace(build, platform_api=settings.platform_api)
    try:
        target = request.target or target_of(read_finished_report(build))
        with _place(target, request, settings) as (place, where):
            observation = observe_finished_build(build, place)
    except FinishedBuildError as problem:
        raise CannotJudgeError(str(problem)) from problem
    elsewhere = TargetInfo(judged=False, why=f"the images are at a {target.value}")
    targets = dict.fromkeys(Target, elsewhere)
    targets[target] = TargetInfo(judged=True, why=where)
    given = f"of the build that wrote {build.report}"
    context = RunContext(
        Lifecycle(given=given, kind=OWN_BUILD, commands={}),
        observation.platform_api,
        targets,
        run_id="",
    )
    words = _words(build, request, observation, settings)
    repeat = RepeatCommand(words=dict.fromkeys(Target, words), selects=False)
    return context, FinishedBuildSession(text, observation), repeat


@contextlib.contextmanager
def _place(target: Target, request: Request, settings: Settings) -> Iterator[tuple[Place, str]]:
    if target is Target.REGISTRY:
        registries = RegistryLookup(insecure=request.insecure, timeout=settings.timeout)
        with contextlib.closing(registries):
            yield registries, "the registries that the images are in"
        return
    connection = reach_daemon(settings.daemon, timeout=settings.timeout)
    with connection as engine:
        where = f"Docker {engine.version} at {engine.address}"
        yield DaemonPlace(engine, draw_prefix()), where


def _words(
    build: FinishedBuild, request: Request, observation: Observation, settings: Settings
) -> tuple[str, ...]:
    """Return the command that judges the build again."""
    optional = {
        "--app-image": build.app_image,
        "--run": None if build.run_file is None else str(build.run_file),
    }
    return (
        *("cnb-conformance", "check-report", str(build.report)),
        *("--run-image", build.run_image),
        *(word for option, value in optional.items() if value for word in (option, value)),
        *("--phase", build.phase.value),
        *("--target", observation.target.value),
        *("--platform-api", str(observation.platform_api)),
        *("--profile", settings.profile.value),
        *(("--insecure",) if request.insecure else ()),
        # images are where the build put them: no registry or daemon is started for it
        *settings.other_words(
            observation.target, but=("registry", "registry-image", "daemon-image")
        ),
    )
