"""`cnb-conformance merge`: one run out of the shards that several machines ran."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.cli.judge import judge_and_show, settings_of
from pytest_cnb_report.cli.option_args import add_option, add_verbosity
from pytest_cnb_report.cli.record_files import records_in
from pytest_cnb_report.options import OPTIONS, OptionError

if TYPE_CHECKING:
    from pytest_cnb_report.planning.merge_records import RecordedPart

_NAMES = ("amend", "known-failures", "write-known-failures")
_OPTIONS = tuple(option for option in OPTIONS if option.name in _NAMES)
_HELP = {
    "amend": "the same file as for the shards (default: none)",
    "known-failures": "the same file as for the shards (default: none)",
    "write-known-failures": "write the failures of the whole run to such a file",
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "merge",
        help="combine the shards of a run",
        description="Combine the shards of `run --shard I/N` into one run, and write the same"
        " files, with the same exit code, as a run without `--shard`. Each shard has to be given"
        " once, be complete, and have been run with the same options.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "shards",
        metavar="DIR",
        nargs="+",
        type=Path,
        help="the `--output` folder of a shard, a folder of such folders, or a `record.xz`",
    )
    parser.add_argument(
        "--output", metavar="DIR", required=True, help="the folder for the files of the whole run"
    )
    for option in _OPTIONS:
        add_option(parser, option, help_text=_HELP[option.name])
    add_verbosity(parser)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    from pytest_cnb_report.planning.collector import command_line  # noqa: PLC0415
    from pytest_cnb_report.planning.merge_records import (  # noqa: PLC0415
        MergeError,
        check_files,
        check_together,
        merged,
    )
    from pytest_cnb_report.planning.outputs import withdraw_reports  # noqa: PLC0415
    from pytest_cnb_report.report.write import WriteError  # noqa: PLC0415
    from pytest_cnb_report.requirements.amendment_file import AmendmentError  # noqa: PLC0415

    parts = [_part(path) for path in records_in(options.shards)]
    first = parts[0]
    with refusing(WriteError):
        withdraw_reports(Path(options.output))
    with refusing(MergeError, OptionError, AmendmentError):
        check_together(parts)
        settings = settings_of(
            {
                **{name: getattr(options, name.replace("-", "_")) for name in _NAMES},
                "output": options.output,
                "profile": first.record.run.profile.value,
                "requirement": ",".join(first.about.requirements) or None,
                "strict": first.about.strict,
            }
        )
        try:
            check_files(first, settings)
        except OSError as problem:
            raise CommandError(f"{problem.filename}: cannot be read: {problem.strerror}") from None
        run = first.record.run
        asked = replace(settings.selection, phases=frozenset(run.phases), extent=run.extent)
        whole, planned = merged(parts, settings.text, asked, command=command_line())
    said = f"merged: {len(parts)} shards"
    verbosity = options.verbose - options.quiet
    return judge_and_show(whole, said, settings, verbosity, planned_before=planned)


def _part(path: Path) -> RecordedPart:
    from pytest_cnb_report.planning.merge_records import MergeError, RecordedPart  # noqa: PLC0415
    from pytest_cnb_report.record.codec import RecordError  # noqa: PLC0415
    from pytest_cnb_report.record.file import read_record  # noqa: PLC0415

    with refusing(RecordError, MergeError):
        try:
            return RecordedPart.of(str(path), read_record(path))
        except OSError as problem:
            raise CommandError(f"{path}: cannot be read: {problem.strerror}") from problem
