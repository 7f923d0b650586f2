"""Detection and build: which buildpacks take part, and what they leave behind.

What a conformance suite needs of them: groups, build plans without alternatives, layers, processes,
labels and slices. Composite buildpacks, image extensions and restored layers are not here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.errors import (
    BUILDPACK_FAILED,
    DETECT_BUILDPACK_ERROR,
    DETECT_ERROR,
    NO_BUILDPACK_DETECTED,
    PhaseError,
)
from pytest_cnb_report.reference.exported import Build
from pytest_cnb_report.reference.inputs import Api, Inputs, parse_api

PASSED, FAILED = 0, 100
"""Exit codes of `bin/detect`; any other is an error of the buildpack's own."""

INHERITED = (
    *("PATH", "LD_LIBRARY_PATH", "LIBRARY_PATH", "CPATH", "PKG_CONFIG_PATH"),
    *("HOME", "HOSTNAME", "CNB_STACK_ID"),
)
"""What buildpacks see of the lifecycle's own environment."""


class Buildpack(NamedTuple):
    """A buildpack as an order names it, and the folder where it is."""

    folder: Path
    optional: bool
    table: dict[str, Any]

    @property
    def api(self) -> Api:
        """The buildpack API that it speaks."""
        return parse_api(self.table.get("api", "")) or (0, 0)

    @property
    def element(self) -> dict[str, Any]:
        """Describe it as `group.toml` does."""
        described = self.table["buildpack"]
        element = {"id": described["id"], "version": described["version"], "api": self.table["api"]}
        return {**element, **{key: described[key] for key in ("homepage",) if key in described}}


class Detected(NamedTuple):
    """A buildpack that takes part, with what it provides and requires."""

    buildpack: Buildpack
    provides: list[str]
    requires: list[dict[str, Any]]


class Buildpacks:
    """Runs the buildpacks of one build."""

    def __init__(self, inputs: Inputs, target: dict[str, Any]) -> None:
        self.inputs = inputs
        self.target = target
        self.folder = inputs.path("buildpacks", "/cnb/buildpacks")
        self.platform = inputs.path("platform", "/platform").absolute()

    # Detection.

    def detect(self) -> list[Detected]:
        """Choose the first group of the order that detects; raises PhaseError (exit 20 to 22)."""
        errors = False
        for group in self.order():
            detected, failed = [], False
            for buildpack in group:
                code, plan = self.detect_one(buildpack)
                errors = errors or code not in (PASSED, FAILED)
                if code == PASSED:
                    provides = [entry["name"] for entry in plan.get("provides") or []]
                    detected.append(Detected(buildpack, provides, plan.get("requires") or []))
                failed = failed or (code != PASSED and not buildpack.optional)
            resolved = None if failed else resolve(detected)
            if resolved:
                return resolved
        if errors:
            raise PhaseError(DETECT_BUILDPACK_ERROR, "buildpack(s) failed with err")
        raise PhaseError(NO_BUILDPACK_DETECTED, "no buildpacks participating")

    def order(self) -> Iterator[list[Buildpack]]:
        """Read the groups of `order.toml`, each with its buildpacks."""
        own = self.inputs.layers() / "order.toml"
        path = self.inputs.path("order", own if own.exists() else "/cnb/order.toml")
        for group in tomltext.read(path).get("order") or []:
            yield [self.look_up(element) for element in group.get("group") or []]

    def look_up(self, element: dict[str, Any]) -> Buildpack:
        """Find a buildpack; raises PhaseError (exit 22) where it is not there or is a composite."""
        folder = self.folder / escaped(element["id"]) / element["version"]
        table = tomltext.read(folder / "buildpack.toml")
        if "order" in table:
            raise PhaseError(DETECT_ERROR, f"{folder}: composite buildpacks are not supported")
        return Buildpack(folder.absolute(), bool(element.get("optional")), table)

    def detect_one(self, buildpack: Buildpack) -> tuple[int, dict[str, Any]]:
        """Run one `bin/detect`; return its exit code and its build plan."""
        with self.scratch() as folder:
            plan = self.written(folder / "plan.toml", {})
            arguments = (str(self.platform), str(plan))
            code = self.call(buildpack, "detect", arguments, {"CNB_BUILD_PLAN_PATH": str(plan)})
            return code, tomltext.read(plan) if code == PASSED else {}

    # Build.

    def build(self, group: Sequence[Detected]) -> Build:
        """Build with every buildpack in turn; raises PhaseError (exit 51) where one fails."""
        processes: dict[str, dict[str, Any]] = {}
        metadata: dict[str, Any] = {"labels": [], "slices": []}
        for position, detected in enumerate(group):
            launch = self.build_one(detected.buildpack, entries_for(detected, group[position:]))
            metadata["labels"] += launch.get("labels") or []
            metadata["slices"] += launch.get("slices") or []
            for process in launch.get("processes") or []:
                if process.get("default"):
                    metadata["buildpack-default-process-type"] = process["type"]
                processes[process["type"]] = self.process(detected.buildpack, process)
        elements = [detected.buildpack.element for detected in group]
        metadata["buildpacks"] = elements
        metadata["processes"] = [processes[kind] for kind in sorted(processes)]
        return Build(elements, metadata)

    def build_one(self, buildpack: Buildpack, entries: list[dict[str, Any]]) -> dict[str, Any]:
        """Run one `bin/build`; return its `launch.toml`."""
        layers = self.inputs.layers() / escaped(buildpack.element["id"])
        layers.mkdir(parents=True, exist_ok=True)
        self.hand_over(layers)
        with self.scratch() as folder:
            plan = self.written(folder / "plan.toml", {"entries": entries})
            arguments = (str(layers), str(self.platform), str(plan))
            paths = {"CNB_LAYERS_DIR": str(layers), "CNB_BP_PLAN_PATH": str(plan)}
            code = self.call(buildpack, "build", arguments, paths)
        if code != PASSED:
            name = buildpack.element["id"]
            raise PhaseError(BUILDPACK_FAILED, f"failed to build: {name} exited with {code}")
        return tomltext.read(layers / "launch.toml", missing_ok=True)

    def process(self, buildpack: Buildpack, process: dict[str, Any]) -> dict[str, Any]:
        """Describe a process as `metadata.toml` does: one command word below platform API 0.10."""
        command, arguments = process.get("command", ""), process.get("args") or []
        words = command if isinstance(command, list) else [command]
        single = self.inputs.api < (0, 10)
        return {
            "type": process["type"],
            "command": words[0] if single else words,
            "args": [*words[1:], *arguments] if single else arguments,
            "direct": bool(process.get("direct", buildpack.api >= (0, 9))),
            "working-dir": process.get("working-dir"),
            "buildpack-id": buildpack.element["id"],
        }

    # How a buildpack is run.

    def call(
        self,
        buildpack: Buildpack,
        executable: str,
        arguments: Sequence[str],
        paths: dict[str, str],
    ) -> int:
        """Run an executable of a buildpack as the platform's user; return its exit code."""
        user, group = self.inputs.owner()
        identity: dict[str, Any] = (
            {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        done = subprocess.run(
            [str(buildpack.folder / "bin" / executable), *arguments],
            cwd=self.inputs.app(),
            env={**self.environment(buildpack), **paths},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **identity,
        )
        sys.stdout.write(done.stdout.decode("utf-8", "replace"))
        return done.returncode

    def environment(self, buildpack: Buildpack) -> dict[str, str]:
        """Collect what a buildpack may see: the base image's, the user's, and its target."""
        environment = {key: self.inputs.env[key] for key in INHERITED if key in self.inputs.env}
        if not buildpack.table["buildpack"].get("clear-env"):
            for path in sorted((self.platform / "env").glob("*")):
                environment[path.name] = path.read_text()
        distro = self.target.get("distro") or {}
        target = {
            "CNB_TARGET_OS": self.target.get("os"),
            "CNB_TARGET_ARCH": self.target.get("arch"),
            "CNB_TARGET_ARCH_VARIANT": self.target.get("variant"),
            "CNB_TARGET_DISTRO_NAME": distro.get("name"),
            "CNB_TARGET_DISTRO_VERSION": distro.get("version"),
        }
        environment.update({key: value for key, value in target.items() if value})
        environment["CNB_BUILDPACK_DIR"] = str(buildpack.folder)
        environment["CNB_PLATFORM_DIR"] = str(self.platform)
        return environment

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Lend a folder that the platform's user can write to."""
        with tempfile.TemporaryDirectory(prefix="lifecycle-plan-") as name:
            self.hand_over(Path(name))
            yield Path(name)

    def written(self, path: Path, table: dict[str, Any]) -> Path:
        """Write a file for the platform's user to read and change."""
        path.write_text(tomltext.write(table))
        self.hand_over(path)
        return path

    def hand_over(self, path: Path) -> None:
        """Let a file or folder belong to the platform's user."""
        if os.geteuid() == 0:
            os.chown(path, *self.inputs.owner())


def resolve(detected: Sequence[Detected]) -> list[Detected]:
    """Keep the buildpacks whose needs are met; none at all where one that is not optional is not.

    What a buildpack requires it or one before it has to provide; what it provides it or one behind
    it has to require.
    """
    group = list(detected)
    while True:
        unmet = next((each for each in group if not _is_met(each, group)), None)
        if unmet is None:
            return group
        if not unmet.buildpack.optional:
            return []
        group.remove(unmet)


def _is_met(one: Detected, group: Sequence[Detected]) -> bool:
    position = group.index(one)
    provided = {name for each in group[: position + 1] for name in each.provides}
    required = {entry["name"] for each in group[position:] for entry in each.requires}
    return {entry["name"] for entry in one.requires} <= provided and set(one.provides) <= required


def entries_for(one: Detected, group: Sequence[Detected]) -> list[dict[str, Any]]:
    """Collect what is required of a buildpack by itself and by those behind it."""
    return [entry for each in group for entry in each.requires if entry["name"] in one.provides]


def escaped(identifier: str) -> str:
    """Spell a buildpack's ID as its folder is called."""
    return identifier.replace("/", "_")
