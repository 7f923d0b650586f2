"""Where the folder that reproduces a failure is, below the one of the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Result

FOLDER = "reproduce"


def folder_of(result: Result) -> str:
    """Return the folder's path: `reproduce/REQUIREMENT/PHASE-TARGET-CASE`."""
    case = f"{result.phase.value}-{result.target.value}-{result.case}"
    return f"{FOLDER}/{result.requirement}/{case}"
