"""`cnb-conformance trace`: which sentence of which text is tested by what."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.cli.results_files import reports_in
from pytest_cnb_report.values import PLATFORM_APIS, PlatformApi
from pytest_cnb_report.visible_text import for_log

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Run
    from pytest_cnb_report.trace.view import View

_DISAGREES = 1
_FORMS = (".html", ".md", ".json")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "trace",
        help="show which sentence of the specification is tested by which requirement",
        description="Show which normative sentence of the platform specification and of the RFCs"
        " is tested by which requirement, with its rule, faults, scenarios and results. The text"
        " of the sentences is read from your own checkouts.",
        epilog="With `--check` the exit code is 1 if a cited sentence changed or is gone, or if a"
        " normative one is new.",
        allow_abbrev=False,
    )
    for name in ("spec", "rfcs"):
        text = f"a checkout of buildpacks/{name} (default: none)"
        parser.add_argument(f"--{name}", metavar="DIR", type=Path, help=text)
    parser.add_argument(
        "--results",
        metavar="DIR",
        type=Path,
        nargs="+",
        default=[],
        help="`--output` folders of runs, or folders of such folders (default: `docs/results` of"
        " this checkout)",
    )
    parser.add_argument(
        "--platform-api",
        metavar="A",
        type=_api,
        help="the platform API of the specification (default: the one that its text states, else"
        f" {PLATFORM_APIS[-1]})",
    )
    parser.add_argument("--check", action="store_true", help="compare the checkouts with the table")
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="write the table to this `.html`, `.md` or `.json` file; may be repeated (default:"
        " none)",
    )
    parser.set_defaults(function=_main)


def _api(text: str) -> PlatformApi:
    try:
        return PlatformApi.parse(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _main(options: argparse.Namespace, _: list[str]) -> int:
    from pytest_cnb_report.trace.as_text import check_text, summary_text  # noqa: PLC0415

    folders = {"spec": options.spec, "rfcs": options.rfcs}
    if options.check and not any(folders.values()):
        raise CommandError("--check compares a checkout with the table: give --spec or --rfcs")
    if options.results and not options.output:
        raise CommandError("--results are shown on a page: give --output too")
    for file in options.output:
        if file.suffix not in _FORMS:
            raise CommandError(f"{file}: --output takes a name that ends in {', '.join(_FORMS)}")
    shown = _view(options, {key: folder for key, folder in folders.items() if folder is not None})
    _write(shown, options.output)
    sys.stdout.write(for_log(check_text(shown) if options.check else summary_text(shown)))
    if options.check and os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stdout.writelines(_annotations(shown))
    for file in options.output:
        sys.stdout.write(f"written: {file}\n")
    disagrees = any(each.checked and each.checked.findings for each in shown.documents)
    return _DISAGREES if options.check and disagrees else 0


def _view(options: argparse.Namespace, folders: dict[str, Path]) -> View:
    from pytest_cnb_report.requirements.catalogue import load_catalogue  # noqa: PLC0415
    from pytest_cnb_report.trace.check import CheckoutError  # noqa: PLC0415
    from pytest_cnb_report.trace.rows import load_table  # noqa: PLC0415
    from pytest_cnb_report.trace.view import view  # noqa: PLC0415

    with refusing(CheckoutError):
        return view(
            load_table(),
            load_catalogue(),
            api=options.platform_api,
            latest=PLATFORM_APIS[-1],
            folders=folders,
            runs=_runs(options.results) if options.output else None,
        )


def _runs(folders: Sequence[Path]) -> tuple[Run, ...]:
    from pytest_cnb_report.report.record import ResultsError, read  # noqa: PLC0415
    from pytest_cnb_report.report.visible_run import visible_run  # noqa: PLC0415

    own = Path(__file__).parents[2] / "docs" / "results"
    given = folders or ([own] if own.is_dir() else [])
    with refusing(ResultsError):
        return tuple(visible_run(read(report)) for report in reports_in(given))


def _write(shown: View, files: Sequence[Path]) -> None:
    from pytest_cnb_report.report.write import WriteError, write  # noqa: PLC0415
    from pytest_cnb_report.trace.as_json import dumps  # noqa: PLC0415
    from pytest_cnb_report.trace.as_markdown import markdown  # noqa: PLC0415
    from pytest_cnb_report.trace.page import page  # noqa: PLC0415

    forms = {".html": page, ".md": markdown, ".json": dumps}
    with refusing(WriteError):
        write({file: forms[file.suffix](shown) for file in files})


def _annotations(shown: View) -> list[str]:
    """Write GitHub's commands that show findings beside the lines of a pull request."""
    from pytest_cnb_report.trace.as_text import what  # noqa: PLC0415

    return [
        f"::error file={each.checked.name},line={finding.line}::{finding.change.value}:"
        f" {' '.join(what(finding).split()).replace('%', '%25')}\n"
        for each in shown.documents
        if each.checked is not None
        for finding in each.checked.findings
    ]
