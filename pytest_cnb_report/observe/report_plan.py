"""Where the report of one call goes, and what stands there before."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.drive.cases import ReportFlow
from pytest_cnb_report.drive.drawn_names import NameSource

_LINES = 400
_WIDTH = 79
_MARK = re.compile(rb"^mark = \"([0-9a-f]{16})\"$", re.MULTILINE)


def left_over(mark: str) -> bytes:
    """Return a report of an earlier run, which the new one has to replace as a whole.

    It is longer than any report and has a table of its own, and none of a report's, so that one
    that is added to it is still TOML. `mark` are 16 hex digits that no other report has. Behind the
    table, which a new report covers, it is TOML wherever it is cut. Its lines are told from any
    others by their gaps.
    """
    table = f'[left-over]\nmark = "{mark}"\n'.encode()
    bits = int.from_bytes(hashlib.sha256(mark.encode()).digest(), "big")
    gaps = "".join("# "[bits >> place & 1] for place in range(_WIDTH - 1))
    return table + f"#{gaps}\n".encode() * _LINES


def earlier(mark: str) -> bytes:
    """Return a report as a lifecycle left it that wrote another image; `mark` as in `left_over`."""
    digest = f"sha256:{hashlib.sha256(mark.encode()).hexdigest()}"
    repository = f"registry.invalid/app-{mark}"
    return f"""\
[image]
tags = ["{repository}:latest"]
digest = "{digest}"
manifest-size = 1234

[run-image]
image = "{repository}-run:latest"
reference = "{repository}-run@{digest}"
top-layer = "{digest}"
""".encode()


def mark_of(before: bytes) -> bytes | None:
    """Return the mark of a report from before; None where it has none, as in older records."""
    found = _MARK.search(before)
    return None if found is None else found[1]


@dataclass(frozen=True)
class ReportPlan:
    """The path, how it is said to the lifecycle, and what stood there before."""

    path: Path
    arguments: tuple[str, ...]
    environment: dict[str, str]
    before: bytes | None


def plan_report(
    flow: ReportFlow, folder: Path, layers: Path | None, names: NameSource
) -> ReportPlan:
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
        arguments = ("-report", str(path.relative_to(folder) if flow.relative else path))
    if flow.how == "flag-over-environment":
        other = folder / "output"
        other.mkdir()
        environment = {"CNB_REPORT_PATH": str(other / "report.toml")}
    before = None
    if flow.longer_before or flow.earlier_before:
        before = (left_over if flow.longer_before else earlier)(names.mark())
        path.write_bytes(before)
    return ReportPlan(path, arguments, environment, before)
