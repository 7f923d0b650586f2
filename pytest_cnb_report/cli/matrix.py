"""`cnb-conformance matrix`: many runs side by side on one page."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pytest_cnb_report.cli.exit import COULD_NOT_JUDGE, CommandError, refusing
from pytest_cnb_report.cli.matrix_page import write_page
from pytest_cnb_report.cli.matrix_runs import make_runs, runs_of
from pytest_cnb_report.cli.option_args import add_option, words_for
from pytest_cnb_report.cli.results_files import NAME, RECORD, runs_in
from pytest_cnb_report.options import ENVIRONMENT_PREFIX, OPTIONS

PAGE = "matrix.html"
_OWN = frozenset({"lifecycle", "platform-api", "output", "write-known-failures"})
_PASSED_ON = tuple(option for option in OPTIONS if option.name not in _OWN)
_OF_A_RUN = tuple(option for option in _PASSED_ON if option.name not in {"profile", "jobs"})


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "matrix",
        help="put many runs side by side on one page",
        description="Compare many runs on one HTML page: finished runs, or with"
        " `--lifecycle` new runs, each with its own folder, which share the cores."
        " The exit code is 0 if the page shows every run, whatever the verdicts.",
        epilog="All other options of `run` are passed to each run. Without `--lifecycle`,"
        " `--profile` selects the text for records.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "reports",
        metavar="DIR",
        type=Path,
        nargs="*",
        help="the `--output` folder of a run, a folder of such folders (ordered by the versions or"
        f" dates in their names), a `{NAME}`, or a `{RECORD}`, which is evaluated first",
    )
    parser.add_argument(
        "--lifecycle",
        metavar="WHAT",
        action="append",
        default=[],
        help="test this lifecycle first; may be repeated (default: none)",
    )
    parser.add_argument(
        "--platform-api",
        metavar="X.Y",
        action="append",
        default=[],
        help="test each lifecycle with this platform API; may be repeated (default: that of `run`)",
    )
    parser.add_argument(
        "--output",
        metavar="PATH",
        type=Path,
        help=f"the page to write (default: `{PAGE}`); with `--lifecycle`, a folder for runs and"
        " page",
    )
    for option in _PASSED_ON:
        add_option(parser, option, help_text=argparse.SUPPRESS)
    parser.add_argument("-n", metavar="WORKERS", help=argparse.SUPPRESS)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, rest: list[str]) -> int:
    from pytest_cnb_report.report.write import WriteError, prepare, withdraw  # noqa: PLC0415

    passed_on = words_for(options, _PASSED_ON)
    if options.n is not None:
        passed_on += ["-n", options.n]
    cores = _cores(options.jobs)
    if not options.lifecycle:
        if options.platform_api or rest or words_for(options, _OF_A_RUN):
            raise CommandError(
                "only --profile and --jobs are used without --lifecycle; omit the other options of"
                " `run`"
            )
        if not options.reports:
            raise CommandError("give the folders of runs, or --lifecycle to make runs")
        return write_page(
            runs_in(options.reports, recorded=options.profile is not None),
            options.output or Path(PAGE),
            profile=options.profile,
            workers=cores,
        )
    if options.output is None:
        raise CommandError("with --lifecycle, --output names the folder for the runs and the page")
    runs = runs_of(options.lifecycle, options.platform_api, options.output)
    # a run uses one core while it starts up and while it writes its files
    at_once = 1 if options.n is not None or cores == 1 else min(len(runs), 2 + cores // 8)
    if at_once > 1:
        sys.stdout.write(f"{len(runs)} runs, {at_once} at once, {cores} calls in flight\n")
        sys.stdout.flush()
        # their output does not go to the terminal itself
        rest = [*rest, "--color=yes"] if sys.stdout.isatty() else rest
    words = [*passed_on, "--", *rest]
    with refusing(WriteError):
        prepare(options.output)
        withdraw(options.output, (PAGE,))
    made, failed = make_runs(runs, words, cores=cores, at_once=at_once)
    if made or options.reports:
        there = (*runs_in(options.reports, recorded=False), *made)
        write_page(there, options.output / PAGE, profile=None, workers=cores)
    return COULD_NOT_JUDGE if failed else 0


def _cores(jobs: str | None) -> int:
    """Return how many calls may be in flight in all runs together."""
    from pytest_cnb_report.drive.process import usable_cores  # noqa: PLC0415

    named = jobs or os.environ.get(f"{ENVIRONMENT_PREFIX}JOBS", "")
    return max(1, int(named)) if named.isdecimal() else usable_cores()
