"""Judge a build that somebody made, with the same tests, outputs and exit codes as a run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_cnb_report.daemon.providers import reach_daemon
from pytest_cnb_report.drive.cases import Build, Case, Rebase
from pytest_cnb_report.judge.catalogue import Requirement, load_catalogue
from pytest_cnb_report.judge.judging import Judgement, judge
from pytest_cnb_report.judge.verdict import not_applicable
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.lifecycles.own_build import OWN_BUILD
from pytest_cnb_report.observe.daemon_place import DaemonPlace
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.own_build import (
    CASE,
    OwnBuild,
    OwnBuildError,
    Place,
    observe_own_build,
    read_own_report,
    target_of,
)
from pytest_cnb_report.observe.registry_place import RegistryPlace
from pytest_cnb_report.run_prefix import FOLDER_KIND, prefix_for
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.suite.check_report import Request
from pytest_cnb_report.suite.ground import CannotJudgeError, Ground, TargetGround
from pytest_cnb_report.suite.plan import Item
from pytest_cnb_report.suite.session import Judged
from pytest_cnb_report.suite.settings import Settings
from pytest_cnb_report.values import Outcome, Phase, Target

_JUDGED = frozenset(
    {
        "report.written",
        "report.valid-toml",
        "report.termination-message-size",
        "report.image.tags",
        "report.image.digest",
        "report.image.manifest-size",
        "report.image.image-id",
        "report.run-image.image",
        "report.run-image.reference",
        "report.run-image.reference.immutable",
        "report.run-image.reference.form",
        "report.run-image.top-layer",
        "report.run-image.layout",
        "report.run-image.coherent",
        "report.run-image.matches-label",
        "export.metadata.top-layer",
        "export.metadata.reference",
        "export.metadata.stack-same",
        "rebase.metadata.reference",
        "rebase.metadata.top-layer",
    }
)
"""What can be told from the report and the images alone."""

_RUN_FILE = frozenset(
    {
        "report.run-image.image.resolved",
        "report.run-image.mirrors",
        "export.metadata.image",
        "export.metadata.mirrors",
    }
)
"""What is resolved from `run.toml`; at a rebase, from the app image's label."""

_UNKNOWN: Mapping[str, str] = {
    "report.default-path": "which path the build was given for its report is not known here",
    "report.replaced": "what stood at the report's path before the build is not known here",
    "report.absent-on-failure": "the build did not fail",
    "report.run-image.after-rebase": "the run image from before the rebase is not known here",
    "report.run-image.forced-unlisted": "whether the rebase was forced is not known here",
    "export.labels.stack.inherited": "a buildpack of the build may have overridden a label",
    "export.labels.base.inherited": "a buildpack of the build may have overridden a label",
}
_NEEDS_RUN_FILE = "it is judged against the build's run.toml: give it with --run"
_NEEDS_RUN = "it needs a run of the lifecycle: `cnb-conformance run`"


@dataclass
class OwnBuildSession:
    """What was observed of one build, to be judged by every requirement that it allows."""

    settings: Settings
    ground: Ground
    observation: Observation
    has_run_file: bool
    calls: tuple[float, ...] = ()

    def planned(self) -> tuple[Item, ...]:
        """Return one item for each requirement; what cannot be judged says why."""
        phase, target = self.observation.phase, self.observation.target
        ask = Rebase() if phase is Phase.REBASER else Build()
        case = Case(CASE, "a build that somebody made", phase, ask)
        items = []
        for requirement in load_catalogue():
            if phase not in requirement.phases or target not in requirement.targets:
                continue
            why_not = requirement.why_not_applicable(
                phase, target, self.ground.platform_api, self.settings.profile
            ) or self._why_not(requirement)
            items.append(Item(requirement, phase, target, None if why_not else case, why_not))
        return tuple(items)

    def _why_not(self, requirement: Requirement) -> str | None:
        if requirement.id in _JUDGED:
            return None
        if requirement.id in _RUN_FILE:
            rebased = self.observation.phase is Phase.REBASER
            return None if rebased or self.has_run_file else _NEEDS_RUN_FILE
        return _UNKNOWN.get(requirement.id, _NEEDS_RUN)

    def judge(self, item: Item) -> Judged:
        """Judge one item on the build."""
        if item.case is None:
            verdict = not_applicable(item.why_not or "")
            return Judged(item, Judgement(item.requirement, Outcome.NOT_APPLICABLE, verdict), None)
        judgement = judge(item.requirement, self.observation, self.settings.profile)
        return Judged(item, judgement, self.observation)

    def close(self) -> None:
        """Do nothing: everything was looked up at the beginning."""


def begin(build: OwnBuild, request: Request, settings: Settings) -> tuple[Ground, OwnBuildSession]:
    """Look up everything that the report is judged against.

    Raises CannotJudgeError, RegistryError, DaemonError or DaemonUnavailable.
    """
    build = replace(build, platform_api=settings.platform_api)
    try:
        target = request.target or target_of(read_own_report(build))
        with _place(target, request, settings) as (place, where):
            observation = observe_own_build(build, place)
    except OwnBuildError as problem:
        raise CannotJudgeError(str(problem)) from problem
    elsewhere = TargetGround(judged=False, why=f"the images are at a {target.value}")
    targets = dict.fromkeys(Target, elsewhere)
    targets[target] = TargetGround(judged=True, why=where)
    given = f"of the build that wrote {build.report}"
    ground = Ground(
        Lifecycle(given=given, kind=OWN_BUILD, commands={}),
        observation.platform_api,
        targets,
        run_id="",
        repeat=_words(build, request, observation, settings),
    )
    with_run_file = build.run_file is not None
    return ground, OwnBuildSession(settings, ground, observation, has_run_file=with_run_file)


@contextlib.contextmanager
def _place(target: Target, request: Request, settings: Settings) -> Iterator[tuple[Place, str]]:
    if target is Target.REGISTRY:
        registries = RegistryPlace(insecure=request.insecure, timeout=settings.timeout)
        with contextlib.closing(registries):
            yield registries, "the registries that the images are in"
        return
    connection = reach_daemon(settings.daemon, timeout=settings.timeout)
    with connection as engine, scratch_folder(FOLDER_KIND) as folder:
        where = f"Docker {engine.version} at {engine.address}"
        yield DaemonPlace(engine, prefix_for(folder)), where


def _words(
    build: OwnBuild, request: Request, observation: Observation, settings: Settings
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
