"""Where the folder that reproduces a failure is, below the one of the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_cnb_report.report.results import Result

FOLDER = "reproduce"


def folder_of(result: Result) -> str:
    """Return the folder's path: `reproduce/REQUIREMENT/PHASE-TARGET-CASE`."""
    return f"{FOLDER}/{result.requirement}/{result.scenario}"


def folder_among(result: Result, reproduced: Collection[str]) -> str | None:
    """Return the folder's path where it is one of those that are there."""
    folder = folder_of(result)
    return folder if folder in reproduced else None
