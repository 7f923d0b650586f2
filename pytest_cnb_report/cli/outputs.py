"""`cnb-conformance outputs`: what a run found, as lines that CI systems take variables from."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cnb_report.cli.exit import COULD_NOT_JUDGE, CommandError, refusing
from pytest_cnb_report.cli.results_files import NAME
from pytest_cnb_report.values import Outcome
from pytest_cnb_report.visible_text import for_log

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Run

_MESSAGE = re.compile(r"(?:ERROR|cnb-conformance(?: [\w-]+)?): (?:error: )?(.+)")
_FILES = {
    "report_json": NAME,
    "report_html": "report.html",
    "report_md": "report.md",
    "junit_xml": "junit.xml",
    "badge_json": "badge.json",
    "reproduce": "reproduce",
}
_COUNTS = {
    "passed": Outcome.PASS,
    "failed": Outcome.FAIL,
    "warned": Outcome.WARN,
    "observed": Outcome.OBSERVED,
    "not_applicable": Outcome.NOT_APPLICABLE,
    "untestable": Outcome.UNTESTABLE,
    "known_failures": Outcome.KNOWN_FAILURE,
    "errors": Outcome.ERROR,
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "outputs",
        help="print the results of a run as `NAME=VALUE` lines, for CI",
        description="Print the results of a run as `NAME=VALUE` lines: whether it is conformant,"
        " how many results have each outcome, and where the files are. If there are no results"
        " because the run could not begin, it says so.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "directory", metavar="DIR", type=Path, help="the `--output` folder of the run"
    )
    parser.add_argument(
        "--exit-code",
        type=int,
        metavar="N",
        help="the exit code of the run (default: the one that follows from its results)",
    )
    parser.add_argument(
        "--errors",
        metavar="FILE",
        type=Path,
        help="the standard error of the run: its message is printed if there are no"
        " results (default: none)",
    )
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    for name, value in outputs(options.directory, options.exit_code, options.errors).items():
        sys.stdout.write(f"{name}={value}\n")
    return 0


def outputs(
    directory: Path, exit_code: int | None, errors: Path | None = None
) -> Mapping[str, str]:
    """Return what a run left in its output folder, by the names that a CI system is to see.

    Values are on one line each; `errors` is a file with the run's standard error.
    Raises CommandError where there are results that cannot be read.
    """
    from pytest_cnb_report.report.record import ResultsError, read  # noqa: PLC0415
    from pytest_cnb_report.report.visible_run import visible_run  # noqa: PLC0415

    if len(str(directory).splitlines()) > 1:
        raise CommandError(f"{directory}: a path with a line break cannot be written as NAME=VALUE")
    if not directory.is_dir():
        raise CommandError(f"{directory}: there is no such folder")
    if not (directory / NAME).is_file():
        code = COULD_NOT_JUDGE if exit_code is None else exit_code
        return {
            "conformant": "false",
            "complete": "false",
            "exit_code": str(code),
            "why": _message(errors) or "the run could not begin, or was killed: see its output",
        }
    with refusing(ResultsError):
        run = visible_run(read(directory / NAME))
    return {**_of(run, exit_code), **_paths(directory)}


def _message(errors: Path | None) -> str:
    """Return the first message of a command that failed, on one line; empty where there is none."""
    if errors is None:
        return ""
    try:
        lines = errors.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise CommandError(f"{errors}: cannot be read: {error.strerror}") from error
    told = (found[1] for line in lines if (found := _MESSAGE.match(line)))
    return " ".join(for_log(next(told, "")).split())


def _first(run: Run) -> str:
    """Name the first error, else the first requirement that failed, with what was found."""
    from pytest_cnb_report.report.aggregate import failures  # noqa: PLC0415

    errors = [result for result in run.results if result.outcome is Outcome.ERROR]
    first = [*errors[:1], *(told.first for told in failures(run)[:1])]
    return " ".join(f"{first[0].requirement}: {first[0].message}".split()) if first else ""


def _of(run: Run, exit_code: int | None) -> Mapping[str, str]:
    from pytest_cnb_report.report.verdict import verdict  # noqa: PLC0415

    comes_to = verdict(run)
    code = comes_to.exit_code if exit_code is None else exit_code
    counts = Counter(result.outcome for result in run.results)
    why = comes_to.why
    if run.lifecycle.kind == "reference":
        why += ("the suite's own reference lifecycle was tested: name yours",)
    return {
        "conformant": _word(code == 0),
        "complete": _word(run.complete),
        "amended": "" if run.amendment is None else " ".join(run.amendment.text.split()),
        "exit_code": str(code),
        "why": " ".join("; ".join(why).split()),
        "first": _first(run),
        "declined": str(len(run.declined)),
        **{name: str(counts[outcome]) for name, outcome in _COUNTS.items()},
    }


def _paths(directory: Path) -> Mapping[str, str]:
    there = {name: directory / file for name, file in _FILES.items()}
    return {name: str(path) for name, path in there.items() if path.exists()}


def _word(yes: bool) -> str:
    return "true" if yes else "false"
