"""Results files and records as they are named on a command line: a file, or its folder."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.options import OPTIONS

NAME = "report.json"
COMPRESSED = f"{NAME}.xz"
RECORD = "record.xz"


def report_in(path: Path) -> Path:
    """Return the results file that `path` stands for: its own, compressed or not, of a folder."""
    if not path.is_dir():
        return path
    return _first(path, (NAME, COMPRESSED)) or path / NAME


def is_record(path: Path) -> bool:
    """Tell by its name whether a file is a recorded run; a results file is the other kind."""
    return path.suffix == ".xz" and not path.name.endswith(".json.xz")


def reports_in(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return every results file that the paths stand for, in the order given.

    A folder without one stands for those of its subfolders, in the order of the numbers in their
    names. Raises CommandError for one that has none either.
    """
    return tuple(found for path in paths for found in _files_in(path, (NAME, COMPRESSED)))


def runs_in(paths: Iterable[Path], *, recorded: bool = False) -> tuple[Path, ...]:
    """Return the results file or record of every run that the paths stand for, as `reports_in`.

    Where a run has both, its record is taken if `recorded` says so.
    """
    results = (NAME, COMPRESSED)
    names = (RECORD, *results) if recorded else (*results, RECORD)
    return tuple(found for path in paths for found in _files_in(path, names))


def records_below(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return every record that the paths stand for, as `reports_in` does."""
    return tuple(found for path in paths for found in _files_in(path, (RECORD,)))


def _files_in(path: Path, names: Sequence[str]) -> list[Path]:
    """Return the first file of these names in a folder, or else in each of its subfolders."""
    if not path.is_dir():
        return [path]
    if own := _first(path, names):
        return [own]
    below = sorted((each for each in path.iterdir() if each.is_dir()), key=_by_number)
    found = [file for folder in below if (file := _first(folder, names))]
    if not found:
        wanted = " and no ".join(name for name in names if name != COMPRESSED)
        raise CommandError(
            f"{path}: there is no {wanted} in it, nor in a folder in it; give what a run was given"
            " as --output, or the file itself"
        )
    return found


def _first(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _by_number(folder: Path) -> tuple[tuple[int, str], ...]:
    return by_number(folder.name)


def withdraw_named(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Take an earlier run's verdict out of the folder that a command line names; return 0.

    To be called before the command line is read, in which anything else may be wrong. Raises
    CommandError.
    """
    command = words[0] if words else ""
    if command not in {"run", "check-report"} or {"-h", "--help"} & {*words}:
        return 0
    named = [word.removeprefix("--output=") for word in words if word.startswith("--output=")]
    named += [value for name, value in itertools.pairwise(words) if name == "--output"]
    variable = next(option.variable for option in OPTIONS if option.name == "output")
    if not named:
        named = [environment.get(variable, "")]
    if any(named):
        from pytest_cnb_report.planning.outputs import withdraw_reports  # noqa: PLC0415
        from pytest_cnb_report.report.write import WriteError  # noqa: PLC0415

        with refusing(WriteError):
            for place in filter(None, named):
                withdraw_reports(Path(place))
    return 0


def by_number(name: str) -> tuple[tuple[int, str], ...]:
    """Order v0.9.1 before v0.10.0."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((int(p), "") if p.isdecimal() else (-1, p) for p in parts)
