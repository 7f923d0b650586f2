"""The creator: analysis, detection, build and export in one go."""

from __future__ import annotations

import os
from typing import Any

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.errors import (
    ANALYZE_ERROR,
    BUILD_ERROR,
    DETECT_ERROR,
    EXPORT_ERROR,
)
from pytest_cnb_report.reference.exported import Build
from pytest_cnb_report.reference.inputs import CREATOR
from pytest_cnb_report.reference.phase import Phase, say


class Creator(Phase):
    """Does what analyzer, detector, builder and exporter do, on one set of inputs."""

    name = CREATOR

    def execute(self) -> None:
        """Go through the phases; a failure has the exit code of the phase that it happens in."""
        say("===> ANALYZING")
        self.error_code = ANALYZE_ERROR
        self.own_layers()
        analyzed = self.analyzed()
        say("===> DETECTING")
        self.error_code = DETECT_ERROR
        build = self.build(analyzed)
        say("===> EXPORTING")
        self.error_code = EXPORT_ERROR
        self.lifecycle.export(self).run(analyzed, build)

    def analyzed(self) -> dict[str, Any]:
        """Look at the images, as analyzer does."""
        document = self.lifecycle.analysis(self).document()
        path = self.inputs.layers() / "analyzed.toml"
        self.write_file(path, tomltext.write(document).encode())
        return document

    def build(self, analyzed: dict[str, Any]) -> Build:
        """Detect and build, as detector and builder do."""
        from pytest_cnb_report.reference.buildpacks import Buildpacks  # noqa: PLC0415 - starts sooner

        buildpacks = Buildpacks(self.inputs, analyzed["run-image"].get("target") or {})
        group = buildpacks.detect()
        say("===> BUILDING")
        self.error_code = BUILD_ERROR
        build = buildpacks.build(group)
        path = self.inputs.layers() / "config" / "metadata.toml"
        self.write_file(path, tomltext.write(build.metadata).encode())
        return build

    def own_layers(self) -> None:
        """Let the layers directory belong to the user that buildpacks run as."""
        layers = self.inputs.layers()
        layers.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            for path in (layers, *layers.rglob("*")):
                os.chown(path, *self.inputs.owner(), follow_symlinks=False)
