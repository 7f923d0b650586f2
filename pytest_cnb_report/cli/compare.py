"""`cnb-conformance compare`: what changed between two runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_cnb_report.cli import terminal_style
from pytest_cnb_report.cli.exit import refusing
from pytest_cnb_report.cli.option_args import add_format

FORMATS = ("table", "markdown", "json")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "compare",
        help="show what changed between two runs",
        description="Show what changed between two runs. Exit code 1: a requirement that passed"
        " before no longer passes.",
        allow_abbrev=False,
    )
    parser.add_argument("old", metavar="OLD.json", type=Path, help="`report.json` of the older run")
    parser.add_argument("new", metavar="NEW.json", type=Path, help="`report.json` of the newer run")
    add_format(parser, FORMATS)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    return compare_files(options.old, options.new, options.format)


def compare_files(old: Path, new: Path, how: str) -> int:
    """Write what changed to the standard output; return 0, or 1 where something was lost.

    A folder stands for the `report.json` in it. Raises CommandError for files that are no results,
    or not of the same profile.
    """
    from pytest_cnb_report.cli.results_files import report_in  # noqa: PLC0415
    from pytest_cnb_report.report import compare_text  # noqa: PLC0415
    from pytest_cnb_report.report.compare import ComparisonError, compare  # noqa: PLC0415
    from pytest_cnb_report.report.record import ResultsError, read  # noqa: PLC0415

    with refusing(ResultsError, ComparisonError):
        comparison = compare(read(report_in(old)), read(report_in(new)))
    if how == "json":
        sys.stdout.write(compare_text.to_json(comparison))
    elif how == "markdown":
        sys.stdout.write(compare_text.markdown(comparison))
    else:
        terminal_style.write(compare_text.lines(comparison, terminal_style.width()), sys.stdout)
    return comparison.exit_code
