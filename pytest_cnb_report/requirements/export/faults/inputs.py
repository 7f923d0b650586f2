"""Mistakes in how a build reads its inputs."""

from __future__ import annotations

from pathlib import Path

from pytest_cnb_report.reference.exported import ExportedConfig
from pytest_cnb_report.reference.fault import AT_DAEMON, BELOW_0_12, faults_of
from pytest_cnb_report.reference.inputs import ANALYZER, CREATOR, EXPORTER, Inputs

INPUTS = ("export.inputs.environment",)


# A variable that means nothing.


class _IgnoredAtBuild(Inputs):
    """A variable that a build does not heed."""

    flag = ""
    phases: tuple[str, ...] = (ANALYZER, EXPORTER, CREATOR)

    def from_environment(self, flag: str) -> str:
        ignored = flag == self.flag and self.phase in self.phases
        return "" if ignored else super().from_environment(flag)


class _RunImageVariableIgnoredAtBuild(_IgnoredAtBuild):
    """A creator ignores CNB_RUN_IMAGE and uses the run image from run.toml."""

    trips = INPUTS
    flag = "run-image"
    phases = (CREATOR,)


class _RunImageVariableIgnoredWithStackFile(_IgnoredAtBuild):
    """A creator ignores CNB_RUN_IMAGE and uses the run image from stack.toml."""

    trips = INPUTS
    shows_at = BELOW_0_12
    scenarios = ("run-image-by-environment",)
    flag = "run-image"
    phases = (CREATOR,)


class _RunImageVariableIgnoredByAnalyzer(_IgnoredAtBuild):
    """CNB_RUN_IMAGE is ignored in the analysis before an export."""

    trips = INPUTS
    flag = "run-image"
    phases = (ANALYZER,)


class _LayersVariableIgnored(Inputs):
    """CNB_LAYERS_DIR is ignored by an exporter."""

    trips = INPUTS

    def layers(self) -> Path:
        given = "layers" in self.flags or self.phase != EXPORTER
        return super().layers() if given else Path("/layers")


class _LayersVariableLost(ExportedConfig):
    """The app image has a different layers directory than CNB_LAYERS_DIR."""

    trips = INPUTS

    def environment(self) -> list[str]:
        if "layers" in self.inputs.flags:
            return super().environment()
        return [
            "CNB_LAYERS_DIR=/layers" if entry.startswith("CNB_LAYERS_DIR=") else entry
            for entry in super().environment()
        ]


class _AppVariableIgnored(_IgnoredAtBuild):
    """CNB_APP_DIR is ignored."""

    trips = INPUTS
    flag = "app"


class _ProcessTypeVariableIgnored(_IgnoredAtBuild):
    """CNB_PROCESS_TYPE is ignored."""

    trips = INPUTS
    flag = "process-type"


class _RunFileVariableIgnored(_IgnoredAtBuild):
    """CNB_RUN_PATH is ignored by an exporter."""

    trips = INPUTS
    flag = "run"
    phases = (EXPORTER,)


class _StackFileVariableIgnored(_IgnoredAtBuild):
    """CNB_STACK_PATH is ignored by an exporter."""

    trips = INPUTS
    shows_at = BELOW_0_12
    flag = "stack"
    phases = (EXPORTER,)


class _DaemonVariableIgnoredAtBuild(_IgnoredAtBuild):
    """CNB_USE_DAEMON is ignored by a build."""

    trips = INPUTS
    scenarios = ("daemon-by-environment",)
    shows_at = AT_DAEMON
    flag = "daemon"


# A flag that comes second.


class _VariablesFirst(Inputs):
    """In a build, variables take precedence over flags."""

    trips = INPUTS

    def text(self, flag: str) -> str:
        # the report's path has requirements of its own
        first = self.phase in {ANALYZER, EXPORTER, CREATOR} and flag != "report"
        return (self.from_environment(flag) if first else "") or super().text(flag)


class _RunImageVariableFirstAtBuild(Inputs):
    """In a build, CNB_RUN_IMAGE takes precedence over -run-image."""

    trips = INPUTS

    def text(self, flag: str) -> str:
        tried = flag == "run-image" and self.phase in {ANALYZER, CREATOR}
        return (self.from_environment(flag) if tried else "") or super().text(flag)


FAULTS = faults_of(
    _RunImageVariableIgnoredAtBuild,
    _RunImageVariableIgnoredWithStackFile,
    _RunImageVariableIgnoredByAnalyzer,
    _LayersVariableIgnored,
    _LayersVariableLost,
    _AppVariableIgnored,
    _ProcessTypeVariableIgnored,
    _RunFileVariableIgnored,
    _StackFileVariableIgnored,
    _DaemonVariableIgnoredAtBuild,
    _VariablesFirst,
    _RunImageVariableFirstAtBuild,
)
