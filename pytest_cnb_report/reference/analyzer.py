"""The analyzer: find the run image that an export will stand on."""

from __future__ import annotations

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.errors import ANALYZE_ERROR
from pytest_cnb_report.reference.inputs import ANALYZER
from pytest_cnb_report.reference.phase import Phase


class Analyzer(Phase):
    """Writes `analyzed.toml`."""

    name = ANALYZER
    error_code = ANALYZE_ERROR

    def execute(self) -> None:
        """Look at the images, and write down what a build needs of them."""
        document = self.lifecycle.analysis(self).document()
        path = self.inputs.path("analyzed", self.inputs.layers() / "analyzed.toml")
        self.write_file(path, tomltext.write(document).encode())
