"""The exporter: make an app image of what a build left behind."""

from __future__ import annotations

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.errors import EXPORT_ERROR, INVALID_ARGUMENTS, PhaseError
from pytest_cnb_report.reference.exported import Build
from pytest_cnb_report.reference.inputs import EXPORTER
from pytest_cnb_report.reference.phase import Phase


class Exporter(Phase):
    """Exports what analyzer, detector and builder wrote into the layers directory."""

    name = EXPORTER
    error_code = EXPORT_ERROR

    def execute(self) -> None:
        """Read what the phases before left, and export it."""
        for flag in ("run-image", "image"):
            if flag in self.inputs.flags:
                raise PhaseError(INVALID_ARGUMENTS, f"-{flag} is unsupported")
        layers = self.inputs.layers()
        analyzed = tomltext.read(self.inputs.path("analyzed", layers / "analyzed.toml"))
        group = tomltext.read(self.inputs.path("group", layers / "group.toml"))
        metadata = tomltext.read(layers / "config" / "metadata.toml")
        self.lifecycle.export(self).run(analyzed, Build(group.get("group") or [], metadata))
