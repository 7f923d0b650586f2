"""Records as they are named on a command line, and those that are published in a checkout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.cli.exit import CommandError
from pytest_cnb_report.cli.results_files import records_below

PUBLISHED = Path("docs/results")
"""Where a checkout has the records of its published results."""


def published_folder(start: Path) -> Path | None:
    """Return the folder of published results of the checkout that `start` is in; None in none."""
    for folder in (start, *start.parents):
        if (folder / "pytest_cnb_report").is_dir() and (folder / PUBLISHED).is_dir():
            return folder / PUBLISHED
    return None


def records_in(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return every record that the paths stand for, in the order given.

    A folder stands for its own record, or else for those of its subfolders, in the order of the
    numbers in their names. No path at all stands for the published ones. Raises CommandError where
    there is none.
    """
    if paths:
        return records_below(paths)
    folder = published_folder(Path.cwd())
    if folder is None:
        raise CommandError(
            "no record is named, and this is not a checkout of the suite, which has some in"
            f" {PUBLISHED}: give RECORD…, as `run --record` writes it"
        )
    return tuple(map(_shorter, records_below([folder])))


def _shorter(path: Path) -> Path:
    """Name a file below the working folder as a user there would."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
