"""Where the report of one call goes, and what stands there before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.drive.cases import ReportFlow

LEFT_OVER = (b"#" * 79 + b"\n") * 400
"""Longer than any report, and TOML wherever it is cut, so that only what is left of it shows."""


@dataclass(frozen=True)
class ReportPlan:
    """The path, how it is said to the lifecycle, and what stood there before."""

    path: Path
    arguments: tuple[str, ...]
    environment: dict[str, str]
    before: bytes | None


def plan_report(flow: ReportFlow, folder: Path, layers: Path | None) -> ReportPlan:
    """Prepare the place of the report; `layers` is where it goes when nothing says so.

    A folder for it is made only where the flow does not name the path.
    """
    if flow.path is None:
        (folder / "report").mkdir()
    path = folder / (flow.path or "report/report.toml")
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    if flow.how == "default":
        if layers is None:
            raise ValueError("a phase without a layers directory has no default report path")
        path = layers / "report.toml"
    elif flow.how == "environment":
        environment = {"CNB_REPORT_PATH": str(path)}
    else:
        arguments = ("-report", str(path))
    if flow.how == "flag-over-environment":
        other = folder / "output"
        other.mkdir()
        environment = {"CNB_REPORT_PATH": str(other / "report.toml")}
    before = None
    if flow.longer_before:
        before = LEFT_OVER
        path.write_bytes(before)
    return ReportPlan(path, arguments, environment, before)
