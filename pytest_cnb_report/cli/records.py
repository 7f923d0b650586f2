"""`cnb-conformance records`: the recorded runs that there are."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.cli.option_args import add_format
from pytest_cnb_report.cli.record_files import PUBLISHED, records_in
from pytest_cnb_report.visible_text import inert, visible_line

if TYPE_CHECKING:
    from pytest_cnb_report.record.model import RecordedRun


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "records",
        help="list recorded runs",
        description="List recorded runs, the input of `judge` and `whatif`: the named ones, or"
        f" the published results in `{PUBLISHED}` of this checkout.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "records", metavar="RECORD", nargs="*", type=Path, help="a `record.xz`, or a folder of runs"
    )
    add_format(parser)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    from pytest_cnb_report.record.codec import RecordError  # noqa: PLC0415
    from pytest_cnb_report.record.file import read_run  # noqa: PLC0415

    def read(path: Path) -> RecordedRun:
        try:
            return read_run(path)
        except OSError as problem:
            raise CommandError(f"{path}: cannot be read: {problem.strerror}") from problem

    with refusing(RecordError):
        runs = {path: read(path) for path in records_in(options.records)}
    if options.format == "json":
        objects = [_as_object(path, run) for path, run in runs.items()]
        sys.stdout.write(json.dumps(objects, indent=1) + "\n")
        return 0
    rows: list[tuple[str, ...]] = [
        ("LIFECYCLE", "API", "PROFILE", "DESTINATIONS", "EXTENT", "RECORDED", "FILE")
    ]
    rows += [tuple(map(visible_line, _row(path, run))) for path, run in runs.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(inert("  ".join(cells).rstrip()) + "\n")
    return 0


def _row(path: Path, run: RecordedRun) -> tuple[str, str, str, str, str, str, str]:
    return (
        _lifecycle(run),
        str(run.platform_api),
        run.profile.value,
        ", ".join(target.value for target, each in run.targets.items() if each.judged),
        "cut short" if run.cut_short else run.extent.value,
        run.started,
        str(path),
    )


def _lifecycle(run: RecordedRun) -> str:
    named = run.lifecycle.version is not None and run.lifecycle.kind != "reference"
    return str(run.lifecycle.version) if named else run.lifecycle.given


def _as_object(path: Path, run: RecordedRun) -> dict[str, Any]:
    return {
        "record": str(path),
        "lifecycle": {
            "given": run.lifecycle.given,
            "kind": run.lifecycle.kind,
            "version": run.lifecycle.version,
            "sha256": run.lifecycle.sha256,
        },
        "platform_api": str(run.platform_api),
        "profile": run.profile.value,
        "targets": [target.value for target, each in run.targets.items() if each.judged],
        "extent": run.extent.value,
        "cut_short": run.cut_short,
        "started": run.started,
        "suite": run.suite,
    }
