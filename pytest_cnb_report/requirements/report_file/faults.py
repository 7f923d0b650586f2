"""Mistakes about the report as a file: whether it is there, where, and what it is made of."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_cnb_report.reference import tomltext
from pytest_cnb_report.reference.creator import Creator
from pytest_cnb_report.reference.exporter import Exporter
from pytest_cnb_report.reference.fault import BY_APPROVED, faults_of
from pytest_cnb_report.reference.image import Image, Saved
from pytest_cnb_report.reference.inputs import REBASER, Inputs
from pytest_cnb_report.reference.rebaser import Rebaser
from pytest_cnb_report.reference.report import Report
from pytest_cnb_report.reference.resolution import Entry

WRITTEN = ("report.written",)
DEFAULT_PATH = ("report.default-path",)
VALID_TOML = ("report.valid-toml",)
REPLACED = ("report.replaced",)
TERMINATION_MESSAGE = ("report.termination-message-size",)


class _NoReportAfterRebase(Rebaser):
    """A rebase leaves no report."""

    trips = WRITTEN

    def write_file(self, path: Path, content: bytes) -> None:
        pass


class _NoReportOfNoChange(Rebaser):
    """A repeated rebase, which changes nothing, leaves no report."""

    trips = WRITTEN
    scenarios = ("twice",)

    def report(
        self, saved: Saved, app: Image, run_image: Image, entry: Entry, before: Image
    ) -> None:
        if not before.reference.endswith(saved.digest or saved.image_id):
            super().report(saved, app, run_image, entry, before)


class _RelativePathNotWritten(Rebaser):
    """A rebase leaves no report if its path is relative."""

    trips = WRITTEN
    scenarios = ("relative-report",)

    def write_file(self, path: Path, content: bytes) -> None:
        if path.is_absolute():
            super().write_file(path, content)


class _NoReportAfterExport(Exporter):
    """An export leaves no report."""

    trips = WRITTEN + DEFAULT_PATH

    def write_file(self, path: Path, content: bytes) -> None:
        pass


class _NoReportAfterCreate(Creator):
    """A creator leaves no report."""

    trips = WRITTEN + DEFAULT_PATH

    def write_file(self, path: Path, content: bytes) -> None:
        if path != self.inputs.report():
            super().write_file(path, content)


class _ReportVariableIgnored(Inputs):
    """Exporter and creator take the report's path only from the command line."""

    trips = WRITTEN

    def from_environment(self, flag: str) -> str:
        ignored = flag == "report" and self.phase != REBASER
        return "" if ignored else super().from_environment(flag)


class _ReportVariableFirst(Inputs):
    """CNB_REPORT_PATH takes precedence over -report."""

    trips = WRITTEN

    def text(self, flag: str) -> str:
        first = self.from_environment(flag) if flag == "report" else ""
        return first or super().text(flag)


class _DefaultReportBesideTheApp(Inputs):
    """Without a given path, the report is written to the application directory."""

    trips = DEFAULT_PATH

    def report(self) -> Path:
        return super().report() if self.text("report") else self.app() / "report.toml"


class _ReportNotTruncated(Rebaser):
    """The report overwrites a longer one without truncating the file."""

    trips = REPLACED

    def write_file(self, path: Path, content: bytes) -> None:
        old = path.read_bytes() if path.exists() else b""
        super().write_file(path, content + old[len(content) :])


class _ReportAppended(Rebaser):
    """The report is appended to the existing one."""

    trips = REPLACED

    def write_file(self, path: Path, content: bytes) -> None:
        old = path.read_bytes() if path.exists() else b""
        super().write_file(path, old + content)


class _ReportMerged(Rebaser):
    """Tables that the new report does not have are kept from the existing one."""

    trips = REPLACED

    def write_file(self, path: Path, content: bytes) -> None:
        old = tomltext.read(path, missing_ok=True)
        super().write_file(path, content)
        new = tomltext.read(path)
        super().write_file(path, tomltext.write({**old, **new}).encode())


class _ReportNotTruncatedByExport(Exporter):
    """The exporter overwrites a longer report without truncating the file."""

    trips = REPLACED

    def write_file(self, path: Path, content: bytes) -> None:
        old = path.read_bytes() if path.exists() else b""
        super().write_file(path, content + old[len(content) :])


class _ReportInUtf16(Report):
    """The report is encoded as UTF-16."""

    trips = VALID_TOML

    def encoded(self) -> bytes:
        return super().encoded().decode().encode("utf-16")


class _ReportAsJson(Report):
    """The report is JSON."""

    trips = VALID_TOML

    def encoded(self) -> bytes:
        return json.dumps(self.document()).encode()


class _TableTwice(Report):
    """The report has the `[image]` table twice."""

    trips = VALID_TOML

    def encoded(self) -> bytes:
        return super().encoded() + b"\n[image]\n"


class _NulAtTheEnd(Report):
    """The report ends with a NUL byte, like a C string."""

    trips = VALID_TOML

    def encoded(self) -> bytes:
        return super().encoded() + b"\0"


class _ReportCutShort(Report):
    """The report is flushed before its last bytes are written."""

    trips = VALID_TOML

    def encoded(self) -> bytes:
        return super().encoded().rstrip()[:-2]


class _MetadataInReport(Report):
    """The report carries the app image's whole configuration as a comment."""

    trips = TERMINATION_MESSAGE
    also = ("report.valid-toml",)
    shows_at = BY_APPROVED

    def encoded(self) -> bytes:
        comment = f"# {json.dumps(self.app.config)}\n" * 3
        return super().encoded() + comment.encode()


FAULTS = faults_of(
    _NoReportAfterRebase,
    _NoReportOfNoChange,
    _RelativePathNotWritten,
    _NoReportAfterExport,
    _NoReportAfterCreate,
    _ReportVariableIgnored,
    _ReportVariableFirst,
    _DefaultReportBesideTheApp,
    _ReportNotTruncated,
    _ReportAppended,
    _ReportMerged,
    _ReportNotTruncatedByExport,
    _ReportInUtf16,
    _ReportAsJson,
    _TableTwice,
    _NulAtTheEnd,
    _ReportCutShort,
    _MetadataInReport,
)
