"""The page of a matrix: from results files, and from recorded runs that are judged for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.cli.results_files import RECORD, is_record
from pytest_cnb_report.visible_text import for_log

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Run

_FOR_READERS = ("report.html", "report.md")


def write_page(sources: Sequence[Path], page: Path, *, profile: str | None, workers: int) -> int:
    """Write the page of these results files and records, and return 0.

    Records are judged by `profile`, where it is given, and else by what each run was judged by,
    `workers` at a time. Raises CommandError for a file that is neither, or has been judged by
    another profile already.
    """
    from pytest_cnb_report.planning.over_records import over_records  # noqa: PLC0415
    from pytest_cnb_report.report import matrix  # noqa: PLC0415
    from pytest_cnb_report.report.matrix_columns import Compared  # noqa: PLC0415
    from pytest_cnb_report.report.record import ResultsError, read  # noqa: PLC0415
    from pytest_cnb_report.report.write import WriteError, write  # noqa: PLC0415

    records = [path for path in sources if is_record(path)]
    judged = [path for path in sources if path not in records]
    if profile is not None and judged:
        raise CommandError(
            f"{judged[0]}: has its verdict already; --profile needs the run's {RECORD}"
        )
    judge = partial(_judged, profile=profile)
    with refusing(ResultsError, WriteError):
        runs = {path: read(path) for path in judged}
        runs.update(zip(records, over_records(judge, records, workers), strict=True))
        compared = [Compared(runs[path], _link(path, page)) for path in sources]
        write({page: matrix.page(compared)})
    number = len(compared)
    sys.stdout.write(f"written: {for_log(str(page))} ({number} run{'s' * (number != 1)})\n")
    return 0


def _judged(path: Path, profile: str | None) -> Run:
    """Judge one record; what a call printed and sent is left out, as a page of many needs none."""
    from pytest_cnb_report.cli.judge import judged_record  # noqa: PLC0415

    return replace(judged_record(path, profile), evidence=())


def _link(source: Path, page: Path) -> str:
    """Return the path from the page to the report beside a run's file, if there is one."""
    for name in _FOR_READERS:
        if source.with_name(name).is_file():
            return quote(os.path.relpath(source.with_name(name), page.parent))
    return ""
