"""Mistakes in the configuration of a rebased image: how it runs, for what, since when."""

from __future__ import annotations

import re
import time

from pytest_cnb_report.reference.fault import faults_of
from pytest_cnb_report.reference.image import Json, Layer
from pytest_cnb_report.reference.inputs import RUN_TOML
from pytest_cnb_report.reference.rebased import RebasedConfig, RebasedLabels

CONFIG = ("rebase.config.unchanged",)
TARGET_UNCHANGED = ("rebase.target.unchanged",)
TARGET_FORCED = ("rebase.target.forced",)
IDENTICAL = ("rebase.image.identical",)
CREATED = ("rebase.created.constant",)
REPRODUCIBLE = ("rebase.reproducible",)


class _RunImagesConfig(RebasedConfig):
    """The rebased image has the new run image's runtime config."""

    trips = CONFIG

    def execution(self) -> Json:
        return dict(self.run_image.config.get("config") or {})


class _HealthcheckLost(RebasedConfig):
    """The app image's health check is lost."""

    trips = CONFIG

    def execution(self) -> Json:
        return {key: value for key, value in super().execution().items() if key != "Healthcheck"}


class _EmptyVariablesLost(RebasedConfig):
    """Variables with empty values are lost."""

    trips = CONFIG

    def execution(self) -> Json:
        execution = super().execution()
        kept = [entry for entry in execution.get("Env") or [] if not entry.endswith("=")]
        return {**execution, "Env": kept}


class _VariablesCutAtEquals(RebasedConfig):
    """The value of a variable ends at a second `=`."""

    trips = CONFIG

    def execution(self) -> Json:
        execution = super().execution()
        cut = ["=".join(entry.split("=")[:2]) for entry in execution.get("Env") or []]
        return {**execution, "Env": cut}


class _VariablesExpanded(RebasedConfig):
    """References with `$` in a variable are expanded, to nothing."""

    trips = CONFIG

    def execution(self) -> Json:
        execution = super().execution()
        expanded = [re.sub(r"\$(\w+|{\w+})", "", entry) for entry in execution.get("Env") or []]
        return {**execution, "Env": expanded}


class _StackIdOfTheNewBase(RebasedConfig):
    """The variable with the stack ID takes the new run image's value."""

    trips = CONFIG

    def execution(self) -> Json:
        execution = super().execution()
        name = "CNB_STACK_ID="
        new = f"{name}{self.run_image.labels.get('io.buildpacks.stack.id', '')}"
        entries = execution.get("Env") or []
        return {**execution, "Env": [new if e.startswith(name) else e for e in entries]}


class _VolumesOfBoth(RebasedConfig):
    """The new run image's volumes are added to those of the app image."""

    trips = CONFIG

    def execution(self) -> Json:
        execution = super().execution()
        new = (self.run_image.config.get("config") or {}).get("Volumes") or {}
        return {**execution, "Volumes": {**(execution.get("Volumes") or {}), **new}}


class _TriggersOfTheRunImage(RebasedConfig):
    """An app image without `OnBuild` gets the new run image's."""

    trips = CONFIG

    def execution(self) -> Json:
        execution = super().execution()
        new = (self.run_image.config.get("config") or {}).get("OnBuild")
        return {**execution, "OnBuild": execution.get("OnBuild") or new}


class _EnvironmentSorted(RebasedConfig):
    """The environment is sorted by name."""

    trips = CONFIG

    def execution(self) -> Json:
        execution = super().execution()
        return {**execution, "Env": sorted(execution.get("Env") or [])}


class _EntrypointOfTheLauncher(RebasedConfig):
    """The entrypoint is reset to the launcher."""

    trips = CONFIG

    def execution(self) -> Json:
        return {**super().execution(), "Entrypoint": ["/cnb/lifecycle/launcher"]}


class _UserOfTheRunImage(RebasedConfig):
    """The user is the new run image's."""

    trips = CONFIG

    def execution(self) -> Json:
        return {**super().execution(), "User": self.run_image.config["config"].get("User")}


class _WorkingDirectoryLost(RebasedConfig):
    """The working directory is the root."""

    trips = CONFIG

    def execution(self) -> Json:
        return {**super().execution(), "WorkingDir": "/"}


class _SettingLost(RebasedConfig):
    """A setting of the app image is lost."""

    lost = ""

    def execution(self) -> Json:
        return {key: value for key, value in super().execution().items() if key != self.lost}


class _PortsLost(_SettingLost):
    """Exposed ports are lost."""

    trips = CONFIG
    lost = "ExposedPorts"


class _StopSignalLost(_SettingLost):
    """The stop signal is lost."""

    trips = CONFIG
    lost = "StopSignal"


class _CommandLost(_SettingLost):
    """The command is lost."""

    trips = CONFIG
    lost = "Cmd"


# What the image is for.


class _VariantLost(RebasedConfig):
    """The architecture variant is lost without `-force`."""

    trips = TARGET_UNCHANGED

    def config(
        self, layers: tuple[Layer, ...], history: list[Json], labels: dict[str, str]
    ) -> Json:
        config = super().config(layers, history, labels)
        return config if self.force else {**config, "variant": ""}


class _ForcedOsKept(RebasedConfig):
    """A forced rebase keeps the app image's operating system."""

    trips = TARGET_FORCED

    def target(self) -> dict[str, str]:
        return {key: value for key, value in super().target().items() if key != "os"}


class _ForcedArchitectureKept(RebasedConfig):
    """A forced rebase keeps the app image's architecture."""

    trips = TARGET_FORCED

    def target(self) -> dict[str, str]:
        return {key: value for key, value in super().target().items() if key != "architecture"}


class _ForcedVariantKept(RebasedConfig):
    """A forced rebase keeps the app image's variant."""

    trips = TARGET_FORCED

    def target(self) -> dict[str, str]:
        return {key: value for key, value in super().target().items() if key != "variant"}


class _ForcedTargetKept(RebasedConfig):
    """A forced rebase keeps the whole target in the app image's config."""

    trips = TARGET_FORCED

    def target(self) -> dict[str, str]:
        return {}


class _DistroOfTheAppImage(RebasedLabels):
    """The distribution labels keep the app image's values."""

    trips = TARGET_FORCED

    def value(self, key: str) -> str:
        kept = key.startswith("io.buildpacks.base.distro.") and self.api >= RUN_TOML
        return self.old.get(key, self.new[key]) if kept else super().value(key)


# What no requirement names.


class _OsVersionOfTheRunImage(RebasedConfig):
    """`os.version` is the new run image's, and `container` is lost."""

    trips = IDENTICAL
    scenarios = ("plain",)

    def config(
        self, layers: tuple[Layer, ...], history: list[Json], labels: dict[str, str]
    ) -> Json:
        config = super().config(layers, history, labels)
        version = self.run_image.config.get("os.version", "")
        return {**config, "os.version": version, "container": ""}


# When it was made.


class _CreatedNow(RebasedConfig):
    """The time of creation is that of the rebase."""

    trips = CREATED

    def created(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class _HistoryTellsTheTime(RebasedConfig):
    """The history contains the time of the rebase."""

    trips = REPRODUCIBLE

    def config(
        self, layers: tuple[Layer, ...], history: list[Json], labels: dict[str, str]
    ) -> Json:
        note = {"created_by": f"rebased at {time.time_ns()}", "empty_layer": True}
        return super().config(layers, [*history, note], labels)


FAULTS = faults_of(
    _RunImagesConfig,
    _HealthcheckLost,
    _EmptyVariablesLost,
    _VariablesCutAtEquals,
    _VariablesExpanded,
    _StackIdOfTheNewBase,
    _VolumesOfBoth,
    _TriggersOfTheRunImage,
    _EnvironmentSorted,
    _EntrypointOfTheLauncher,
    _CommandLost,
    _UserOfTheRunImage,
    _WorkingDirectoryLost,
    _PortsLost,
    _StopSignalLost,
    _VariantLost,
    _ForcedOsKept,
    _ForcedArchitectureKept,
    _ForcedVariantKept,
    _ForcedTargetKept,
    _DistroOfTheAppImage,
    _OsVersionOfTheRunImage,
    _CreatedNow,
    _HistoryTellsTheTime,
)
