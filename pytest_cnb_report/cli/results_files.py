"""Results files as they are named on a command line: a file, or the folder that it is in."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.options import OPTIONS

NAME = "report.json"


def report_in(path: Path) -> Path:
    """Return the results file that `path` stands for: its own `report.json` if it is a folder."""
    return path / NAME if path.is_dir() else path


def reports_in(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return every results file that the paths stand for, in the order given.

    A folder without a `report.json` stands for those of its subfolders, in the order of the numbers
    in their names. Raises CommandError for one that has none either.
    """
    return tuple(found for path in paths for found in _reports_in(path))


def _reports_in(path: Path) -> Iterable[Path]:
    own = report_in(path)
    if not path.is_dir() or own.is_file():
        return [own]
    below = sorted(path.glob(f"*/{NAME}"), key=lambda found: by_number(found.parent.name))
    if not below:
        raise CommandError(
            f"{path}: there is no {NAME} in it, nor in a folder in it; give what a run was given as"
            " --output, or the file itself"
        )
    return below


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
