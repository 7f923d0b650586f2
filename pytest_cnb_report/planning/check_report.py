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
from pytest_cnb_report.observe.check_report import CASE, observe_finished_build, platform_api_of
from pytest_cnb_report.observe.daemon_place import DaemonPlace
from pytest_cnb_report.observe.finished_build import (
    FinishedBuild,
    FinishedBuildError,
    Place,
    read_finished_report,
    target_of,
)
from pytest_cnb_report.observe.image import AppImage
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
    Evidence.APP_BEFORE: "name it with --before",
    Evidence.BUILD_OR_REBASE: "say so with --phase, or with --before",
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

    def plan(self, *, only_plain: bool = False) -> Plan:
        """Return the build as the only scenario; what cannot be judged says why."""
        del only_plain  # there is nothing else
        situation = self.observation.situation
        ask = Rebase() if situation.phase is Phase.REBASER else Build()
        case = Case(CASE, "a finished build or rebase", situation.phase, ask)
        catalogue = [
            each
            for each in load_catalogue()
            if situation.phase in each.phases and situation.target in each.targets_in(self.text)
        ]
        scenario = Scenario(
            case, situation.target, situation, applicable(catalogue, situation, self.text)
        )
        unjudged = (self._unjudged(each) for each in catalogue if each not in scenario.requirements)
        return Plan((scenario,), (*unjudged, *self._of_a_rebase()))

    def _unjudged(self, requirement: Requirement) -> Unjudged:
        situation = self.observation.situation
        why = why_not(requirement, situation, self.text) or ""
        missing = lacking(RULES[requirement.id].needs, situation) if _is_unknown(why) else ()
        hints = [_HINTS[each] for each in missing if each in _HINTS]
        return Unjudged(
            requirement,
            situation.phase,
            situation.target,
            f"{why}; {hints[0]}" if hints else why,
            missing[0] if missing else None,
        )

    def _of_a_rebase(self) -> Iterator[Unjudged]:
        """Yield what would be judged as well if it was a rebase, where nobody said what it was."""
        situation = self.observation.situation
        if Evidence.BUILD_OR_REBASE in situation.known:
            return
        told = frozenset(
            {Evidence.APP_BEFORE, Evidence.OLD_RUN_IMAGE, Evidence.FORCE, Evidence.BUILD_OR_REBASE}
        )
        rebase = replace(situation, phase=Phase.REBASER, known=situation.known | told)
        for each in applicable(load_catalogue(), rebase, self.text):
            if situation.phase not in each.phases:
                yield Unjudged(
                    each,
                    rebase.phase,
                    rebase.target,
                    "unknown here: whether it was a rebase, and the app image from before it; name"
                    " that image with --before",
                    Evidence.APP_BEFORE,
                )

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
        report = read_finished_report(build)
        target = request.target or target_of(report)
        with _place(target, request, settings) as (place, where):
            observation = observe_finished_build(build, report, place)
    except FinishedBuildError as problem:
        raise CannotJudgeError(str(problem)) from problem
    context = RunContext(
        Lifecycle(given=f"of the build that wrote {build.named}", kind=OWN_BUILD, commands={}),
        observation.platform_api,
        {target: TargetInfo(judged=True, why=where)},
        run_id="",
        platform_api_by=_platform_api_by(build, observation),
    )
    words = _words(build, request, observation, settings)
    repeat = RepeatCommand(words=dict.fromkeys(Target, words), selects=False)
    return context, FinishedBuildSession(text, observation), repeat


def _is_unknown(why: str) -> bool:
    return why.startswith("unknown here")


def _platform_api_by(build: FinishedBuild, observation: Observation) -> str:
    if build.platform_api is not None:
        return "--platform-api"
    app = observation.app
    if isinstance(app, AppImage) and platform_api_of(app) is not None:
        return "CNB_PLATFORM_API in the app image; --platform-api names another"
    return "the newest, as the app image has no CNB_PLATFORM_API; --platform-api names another"


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


def _named_run_image(build: FinishedBuild, observation: Observation) -> str:
    """Return what names the run image on a command line.

    Its tag would be taken for one that has moved where the app image is on other layers.
    """
    app, asked = observation.app, observation.asked
    layers = () if asked is None else asked.run_image.diff_ids
    stands_on_it = isinstance(app, AppImage) and app.diff_ids[: len(layers)] == layers
    return build.run_image if stands_on_it else build.run_image_id or build.run_image


def _words(
    build: FinishedBuild, request: Request, observation: Observation, settings: Settings
) -> tuple[str, ...]:
    """Return the command that judges the build again."""
    optional = {
        "--app-image": build.app_image,
        "--before": build.before,
        "--run": None if build.run_file is None else str(build.run_file),
    }
    return (
        *("cnb-conformance", "check-report", str(build.report)),
        *("--run-image", _named_run_image(build, observation)),
        *(word for option, value in optional.items() if value for word in (option, value)),
        *(("--phase", build.phase.value) if build.phase is not None else ()),
        *("--target", observation.target.value),
        *("--platform-api", str(observation.platform_api)),
        *("--profile", settings.profile.value),
        *(("--insecure",) if request.insecure else ()),
        # images are where the build put them: no registry or daemon is started for it
        *settings.other_words(
            observation.target, but=("registry", "registry-image", "daemon-image")
        ),
    )
