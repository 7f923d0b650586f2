"""The calls of a build: what an analyzer, an exporter and a creator are called with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.drive.cases import Build
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.observe.bench import Bench, BlockedError, last_words, user_variables
from pytest_cnb_report.observe.build_inputs import BuildFolder
from pytest_cnb_report.observe.report_plan import ReportPlan
from pytest_cnb_report.platform_apis import ANALYZER_LAUNCH_CACHE
from pytest_cnb_report.values import Phase

_VARIABLES: Mapping[str, str] = {
    "-layers": "CNB_LAYERS_DIR",
    "-app": "CNB_APP_DIR",
    "-group": "CNB_GROUP_PATH",
    "-run": "CNB_RUN_PATH",
    "-stack": "CNB_STACK_PATH",
    "-platform": "CNB_PLATFORM_DIR",
    "-buildpacks": "CNB_BUILDPACKS_DIR",
    "-order": "CNB_ORDER_PATH",
    "-launch-cache": "CNB_LAUNCH_CACHE_DIR",
    "-cache-dir": "CNB_CACHE_DIR",
    "-process-type": "CNB_PROCESS_TYPE",
}
"""The variable that stands for each flag (platform specification, Inputs of each phase)."""


@dataclass(frozen=True)
class BuildCall:
    """What the calls of one build have in common.

    `given` is the run image as the platform gives it, and `other_run_image` another name.
    `previous` is the previous image, where it has a name of its own.
    """

    ask: Build
    build: BuildFolder
    folder: Path
    plan: ReportPlan
    given: str | None
    other_run_image: str
    images: tuple[str, ...]
    previous: str | None = None

    def inputs(self, *flags: tuple[str, str]) -> tuple[list[str], dict[str, str]]:
        """Say inputs by flags, by variables, or by flags with variables that name others."""
        arguments: list[str] = []
        environment: dict[str, str] = {}
        for flag, value in flags:
            if self.ask.inputs != "environment":
                arguments += [flag, value]
            if self.ask.inputs == "environment":
                environment[_VARIABLES[flag]] = value
            elif self.ask.inputs == "both":
                environment[_VARIABLES[flag]] = f"{value}-2"
        return arguments, environment

    def run_image(self) -> tuple[list[str], dict[str, str]]:
        """Say the run image, where the platform gives one."""
        if self.given is None:
            return [], {}
        if self.ask.given == "environment":
            return [], {"CNB_RUN_IMAGE": self.given}
        both = self.ask.given == "flag-over-environment"
        environment = {"CNB_RUN_IMAGE": self.other_run_image} if both else {}
        return ["-run-image", self.given], environment

    def daemon(self, *, at_daemon: bool) -> tuple[list[str], dict[str, str]]:
        """Say that images are at a daemon, where they are."""
        if not at_daemon:
            return [], {}
        if self.ask.daemon == "environment":
            return [], {"CNB_USE_DAEMON": "true"}
        return ["-daemon"], {}

    @property
    def run_file(self) -> tuple[tuple[str, str], ...]:
        """The flag and path of the run file."""
        flag, path = self.build.run_file
        return ((flag, path),)

    @property
    def previous_image(self) -> tuple[str, ...]:
        """The flag and name of the previous image, where it has a name of its own."""
        return () if self.previous is None else ("-previous-image", self.previous)

    @property
    def launch_cache(self) -> tuple[tuple[str, str], ...]:
        """The flag and path of the launch cache, where there is one."""
        return (("-launch-cache", str(self.build.cache)),) if self.ask.launch_cache else ()


def analyze(bench: Bench, call: BuildCall) -> Invocation:
    """Call the analyzer; raises BlockedError where it fails."""
    paths, path_variables = call.inputs(
        ("-layers", str(call.build.layers)),
        *(call.run_file if call.given is None else ()),
        *(call.launch_cache if bench.platform_api >= ANALYZER_LAUNCH_CACHE else ()),
    )
    run_image, run_image_variables = call.run_image()
    daemon, daemon_variables = call.daemon(at_daemon=bench.at_daemon)
    tags = [word for image in call.images[1:] for word in ("-tag", image)]
    invocation = bench.call(
        Phase.ANALYZER,
        [*paths, *run_image, *call.previous_image, *tags, *daemon, call.images[0]],
        environment={
            **user_variables(Phase.ANALYZER),
            **path_variables,
            **run_image_variables,
            **daemon_variables,
        },
        directory=call.folder,
    )
    if invocation.exit_code != 0:
        raise BlockedError(last_words(invocation, Phase.ANALYZER), (invocation,))
    return invocation


def export(bench: Bench, phase: Phase, call: BuildCall) -> Invocation:
    """Call the exporter or the creator."""
    build, ask = call.build, call.ask
    more = (
        (("-group", str(build.layers / "group.toml")),)
        if phase is Phase.EXPORTER
        else (
            ("-platform", str(build.platform)),
            ("-buildpacks", str(build.buildpacks)),
            ("-order", str(build.order)),
        )
    )
    paths, environment = call.inputs(
        ("-layers", str(build.layers)),
        ("-app", str(build.app)),
        *call.run_file,
        *call.launch_cache,
        *((("-cache-dir", str(build.build_cache)),) if ask.build_cache else ()),
        *((("-process-type", ask.process_type),) if ask.process_type else ()),
        *more,
    )
    daemon, daemon_variables = call.daemon(at_daemon=bench.at_daemon)
    arguments = [*paths, "-launcher", str(build.launcher), *call.plan.arguments, *daemon]
    if phase is Phase.EXPORTER:
        arguments += call.images
    else:
        run_image, run_image_variables = call.run_image()
        environment.update(run_image_variables)
        tags = (word for image in call.images[1:] for word in ("-tag", image))
        arguments += [*run_image, *call.previous_image, *tags, call.images[0]]
    if ask.epoch is not None:
        environment["SOURCE_DATE_EPOCH"] = str(ask.epoch)
    return bench.call(
        phase,
        arguments,
        environment={
            **user_variables(phase),
            **call.plan.environment,
            **environment,
            **daemon_variables,
        },
        directory=call.folder,
    )
