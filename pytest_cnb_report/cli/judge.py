"""`cnb-conformance judge`: judge recorded runs again, without a lifecycle."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cnb_report.cli import terminal_style
from pytest_cnb_report.cli.exit import COULD_NOT_JUDGE, CommandError, refusing
from pytest_cnb_report.cli.option_args import add_option, add_verbosity
from pytest_cnb_report.cli.results_files import RECORD, records_below
from pytest_cnb_report.options import OPTIONS, OptionError, Value

if TYPE_CHECKING:
    from pytest_cnb_report.planning.plan import Plan
    from pytest_cnb_report.planning.settings import Settings
    from pytest_cnb_report.record.file import Record
    from pytest_cnb_report.report.results import Run

_OPTIONS = tuple(
    option
    for option in OPTIONS
    if option.name
    in {
        "profile",
        "amend",
        "known-failures",
        "write-known-failures",
        "strict",
        "output",
        "requirement",
    }
)
_HELP = {
    "profile": "the text to use: `rfc-0129-draft`, `rfc-0129` or `platform-spec` (default: the one"
    " that the run used)",
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "judge",
        help="test the requirements again on recorded runs, without running a lifecycle",
        description="Test the requirements again on runs that `run --record` or `run --output`"
        " recorded. No lifecycle, registry or daemon is needed. The exit codes are those of `run`;"
        " for several records it is the highest, and each record gets its own folder below"
        " `--output`.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "records", metavar="RECORD", nargs="+", type=Path, help="a `record.xz`, or its folder"
    )
    for option in _OPTIONS:
        add_option(parser, option, help_text=_HELP.get(option.name))
    add_verbosity(parser)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    records = records_below(options.records)
    if options.write_known_failures is not None and len(records) > 1:
        raise CommandError("--write-known-failures takes one record: judge one at a time")
    output = None if options.output is None else Path(options.output)
    places = _places(records, output)
    codes = [_judge(record, options, places[record]) for record in records]
    return 2 if 2 in codes else max(codes)


def _places(records: Sequence[Path], output: Path | None) -> dict[Path, Path | None]:
    """Say where the files of each record go; raises CommandError where two would share a folder."""
    if output is None or len(records) == 1:
        return dict.fromkeys(records, output)
    # a record has the same name in the folder of every run
    names = {
        each: each.resolve().parent.name if each.name == RECORD else each.stem for each in records
    }
    if len(set(names.values())) < len(names):
        raise CommandError("two records would share one folder: judge them one at a time")
    return {each: output / name for each, name in names.items()}


def judged_record(path: Path, profile: str | None) -> Run:
    """Judge one record by a profile, or else by the one that its run was judged by.

    Raises CommandError for a file that is no record, or that cannot be judged.
    """
    from pytest_cnb_report.planning.judge_record import judge_record  # noqa: PLC0415
    from pytest_cnb_report.record.codec import RecordError  # noqa: PLC0415

    record = _read(path)
    with refusing(OptionError):
        settings = settings_of({"profile": profile or record.run.profile.value})
    try:
        collector = judge_record(record, settings.text, settings, None)
    except RecordError as problem:
        raise CommandError(f"{path}: {problem}") from problem
    return collector.run(record.run.wall_s)


def _read(path: Path) -> Record:
    from pytest_cnb_report.record.codec import RecordError  # noqa: PLC0415
    from pytest_cnb_report.record.file import read_record  # noqa: PLC0415

    with refusing(RecordError):
        try:
            return read_record(path)
        except OSError as problem:
            raise CommandError(f"{path}: cannot be read: {problem.strerror}") from problem


def _judge(path: Path, options: argparse.Namespace, output: Path | None) -> int:
    from pytest_cnb_report.planning.outputs import withdraw_reports  # noqa: PLC0415
    from pytest_cnb_report.report.write import WriteError  # noqa: PLC0415

    with refusing(OptionError, WriteError):
        withdraw_reports(output)
        record = _read(path)
        settings = _settings(options, output, record.run.profile.value)
    said = f"recorded: {path}, {record.run.started}"
    return judge_and_show(record, said, settings, options.verbose - options.quiet, name=str(path))


def judge_and_show(
    record: Record,
    said: str,
    settings: Settings,
    verbosity: int,
    *,
    name: str = "",
    planned_before: Plan | None = None,
) -> int:
    """Judge a record, write the files that `settings` ask for, and show the run in the terminal.

    `said` is the first line, `name` the file in messages and `planned_before` the plan of the run,
    where they are known. Returns the exit code that the run comes to; raises CommandError where
    there is none.
    """
    from pytest_cnb_report.planning import outputs  # noqa: PLC0415
    from pytest_cnb_report.planning.header import header_lines  # noqa: PLC0415
    from pytest_cnb_report.planning.judge_record import judge_record  # noqa: PLC0415
    from pytest_cnb_report.planning.uninterrupted import uninterrupted  # noqa: PLC0415
    from pytest_cnb_report.record.codec import RecordError  # noqa: PLC0415
    from pytest_cnb_report.report.known_failures import KnownFailuresError  # noqa: PLC0415
    from pytest_cnb_report.report.layout import Segment  # noqa: PLC0415
    from pytest_cnb_report.report.verdict import verdict  # noqa: PLC0415
    from pytest_cnb_report.report.write import WriteError  # noqa: PLC0415
    from pytest_cnb_report.requirements.amendment_file import AmendmentError  # noqa: PLC0415

    with refusing(AmendmentError, KnownFailuresError, WriteError):
        outputs.prepare_outputs(settings)
        known = outputs.known_failures_of(settings.known_failures)
        kept = outputs.entries_kept(settings, known)
        try:
            collector = judge_record(
                record, settings.text, settings, known, planned_before=planned_before
            )
        except RecordError as problem:
            raise CommandError(f"{name}: {problem}" if name else str(problem)) from problem
    with uninterrupted():
        run = collector.run(record.run.wall_s)
        written = outputs.write_outputs(settings, collector, run, kept=kept)
    head = header_lines(collector.judging, settings)
    lines = [
        (Segment(said),),
        *((Segment(line),) for line in (head if verbosity >= 0 else head[:1])),
        (),
        *outputs.run_lines(
            run,
            written,
            width=terminal_style.width(),
            height=terminal_style.height(),
            verbosity=verbosity,
        ),
    ]
    terminal_style.write(lines, sys.stdout)
    return verdict(run).exit_code if written.problem is None else COULD_NOT_JUDGE


def _settings(options: argparse.Namespace, output: Path | None, profile: str) -> Settings:
    given = {option.name: getattr(options, option.name.replace("-", "_")) for option in _OPTIONS}
    requirements = given.pop("requirement")
    return settings_of(
        {
            **given,
            "requirement": ",".join(requirements) if requirements else None,
            "profile": given["profile"] or profile,
            "output": None if output is None else str(output),
        }
    )


def settings_of(values: Mapping[str, Value]) -> Settings:
    """Read the options of judging a record, by name; raises OptionError as `read_settings` does."""
    from pytest_cnb_report.planning.settings import read_settings  # noqa: PLC0415

    defaults = {option.name: option.default for option in OPTIONS}
    return read_settings({**defaults, **values, "lifecycle": "recorded"})
