"""`cnb-conformance matrix`: many runs side by side on one page."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.cli.exit import COULD_NOT_JUDGE, CommandError, refusing
from pytest_cnb_report.cli.option_args import add_option, words_for
from pytest_cnb_report.cli.results_files import NAME, reports_in
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.visible_text import for_log

PAGE = "matrix.html"
_OWN = frozenset({"lifecycle", "output", "write-known-failures"})
_PASSED_ON = tuple(option for option in OPTIONS if option.name not in _OWN)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "matrix",
        help="put many runs side by side on one page",
        description="Put many runs side by side on one HTML page: runs that were made, or with"
        " --lifecycle runs that are made first, one after another, each into a folder of its own."
        " The exit code is 0 where the page shows every run, whatever their verdicts.",
        epilog="The other options of `run` are passed on to each run.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "reports",
        metavar="DIR",
        type=Path,
        nargs="*",
        help=f"a folder that a run was given as --output, one of such folders, or a {NAME}",
    )
    parser.add_argument(
        "--lifecycle",
        metavar="WHAT",
        action="append",
        default=[],
        help="judge this lifecycle first; may be repeated",
    )
    parser.add_argument(
        "--output",
        metavar="PATH",
        type=Path,
        help=f"the page to write (default: {PAGE}); with --lifecycle a folder",
    )
    for option in _PASSED_ON:
        add_option(parser, option, help_text=argparse.SUPPRESS)
    parser.add_argument("-n", metavar="WORKERS", help=argparse.SUPPRESS)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, rest: list[str]) -> int:
    passed_on = words_for(options, _PASSED_ON)
    if options.n is not None:
        passed_on += ["-n", options.n]
    if not options.lifecycle:
        if passed_on or rest:
            raise CommandError("options of a run mean something only with --lifecycle")
        if not options.reports:
            raise CommandError("give the folders of runs, or --lifecycle to make runs")
        return write_page(reports_in(options.reports), options.output or Path(PAGE))
    if options.output is None:
        raise CommandError("with --lifecycle, --output names the folder for the runs and the page")
    made, failed = judge_each(options.lifecycle, options.output, [*passed_on, "--", *rest])
    if made or options.reports:
        write_page((*reports_in(options.reports), *made), options.output / PAGE)
    return COULD_NOT_JUDGE if failed else 0


def write_page(reports: Sequence[Path], page: Path) -> int:
    """Write the page of these results files; raises CommandError for one that is none."""
    from pytest_cnb_report.report import matrix  # noqa: PLC0415
    from pytest_cnb_report.report.record import ResultsError, read  # noqa: PLC0415
    from pytest_cnb_report.report.write import WriteError, write  # noqa: PLC0415

    with refusing(ResultsError, WriteError):
        runs = [read(report) for report in reports]
        write({page: matrix.page(runs)})
    sys.stdout.write(f"written: {for_log(str(page))} ({len(runs)} run{'s' * (len(runs) != 1)})\n")
    return 0


def judge_each(
    lifecycles: Sequence[str], output: Path, words: Sequence[str]
) -> tuple[tuple[Path, ...], bool]:
    """Run the suite on each lifecycle in a process of its own, into a folder of `output`.

    Returns the results files that there are, and whether a run could not be judged.
    """
    from pytest_cnb_report.planning.outputs import withdraw_reports  # noqa: PLC0415
    from pytest_cnb_report.report.write import WriteError, prepare, withdraw  # noqa: PLC0415

    made: list[Path] = []
    failed = False
    with refusing(WriteError):
        prepare(output)
        withdraw(output, (PAGE,))
    for lifecycle, folder in zip(lifecycles, folder_names(lifecycles), strict=True):
        place = output / folder
        with refusing(WriteError):
            withdraw_reports(place)
        command = [sys.executable, "-m", "pytest_cnb_report.cli.main", "run"]
        command += [f"--lifecycle={lifecycle}", f"--output={place}", *words]
        sys.stdout.write(for_log(f"== {lifecycle} -> {place}\n"))
        sys.stdout.flush()
        # what lies in the caller's folder is not to be taken for a module
        environment = {**os.environ, "PYTHONSAFEPATH": "1"}
        code = subprocess.run(command, env=environment, check=False).returncode
        failed = failed or code not in {0, 1}
        if (place / NAME).is_file():
            made.append(place / NAME)
    return tuple(made), failed


def folder_names(lifecycles: Sequence[str]) -> tuple[str, ...]:
    """Name a folder for each lifecycle: the end of what it was given as, made unique."""
    names: list[str] = []
    for lifecycle in lifecycles:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", lifecycle.rstrip("/").rpartition("/")[2])
        stem = stem.strip("-.") or "lifecycle"
        name, number = stem, 2
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return tuple(names)
