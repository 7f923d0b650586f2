"""Mistakes about the report as a file."""

from __future__ import annotations

from pathlib import Path

from pytest_cnb_report.reference.faults.fault import faults_of
from pytest_cnb_report.reference.rebaser import Rebaser


class _ReportOverwrittenInPlace(Rebaser):
    """The report is written over an older one without cutting what stays of that."""

    trips = ("report.replaced",)

    def write_file(self, path: Path, content: bytes) -> None:
        old = path.read_bytes() if path.exists() else b""
        super().write_file(path, content + old[len(content) :])


FAULTS = faults_of(_ReportOverwrittenInPlace)
