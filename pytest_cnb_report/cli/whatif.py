"""`cnb-conformance whatif`: who flips under a changed text, from recorded runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_cnb_report.cli import terminal_style
from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.cli.option_args import add_format, add_option
from pytest_cnb_report.cli.record_files import PUBLISHED, records_in
from pytest_cnb_report.drive.process import usable_cores
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.report.layout import is_ascii_only
from pytest_cnb_report.values import Profile

FORMATS = ("table", "markdown", "json")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "whatif",
        help="show which recorded lifecycles a change of the text would affect",
        description="Evaluate recorded runs with and without a change of the text, and show which"
        " verdicts differ, by requirement and recorded lifecycle, with the scenarios, and where the"
        " records do not hold enough to tell. No lifecycle is run.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "records",
        metavar="RECORD",
        nargs="*",
        type=Path,
        help=f"a `record.xz`, or a folder of runs (default: those in `{PUBLISHED}` of this"
        " checkout)",
    )
    parser.add_argument(
        "--amend", metavar="FILE", type=Path, required=True, help="the change, as a TOML file"
    )
    profile = next(option for option in OPTIONS if option.name == "profile")
    add_option(
        parser,
        profile,
        help_text="the text to change: `rfc-0129-draft`, `rfc-0129` or `platform-spec` (default:"
        " the one that each run used)",
    )
    add_format(parser, FORMATS)
    parser.add_argument(
        "--expect",
        choices=("none",),
        help="`none`: exit 1 if any verdict changes, for CI (default: any change is fine)",
    )
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    from pytest_cnb_report.planning.whatif_records import what_if  # noqa: PLC0415
    from pytest_cnb_report.record.codec import RecordError  # noqa: PLC0415
    from pytest_cnb_report.report.whatif_json import dumps  # noqa: PLC0415
    from pytest_cnb_report.report.whatif_markdown import markdown  # noqa: PLC0415
    from pytest_cnb_report.report.whatif_terminal import render  # noqa: PLC0415
    from pytest_cnb_report.requirements.amendment_file import (  # noqa: PLC0415
        AmendmentError,
        read_amendment,
    )

    profile = _profile(options.profile)
    with refusing(AmendmentError, RecordError):
        amendment = read_amendment(options.amend)
        found = what_if(records_in(options.records), amendment, profile, workers=usable_cores())
    if options.format == "json":
        sys.stdout.write(dumps(found))
    elif options.format == "markdown":
        sys.stdout.write(markdown(found))
    else:
        plain = is_ascii_only(sys.stdout)
        lines = render(found, width=terminal_style.width(), ascii_only=plain)
        terminal_style.write(lines, sys.stdout)
    return 1 if options.expect == "none" and found.flipping else 0


def _profile(name: str | None) -> Profile | None:
    if name is None:
        return None
    try:
        return Profile(name)
    except ValueError as problem:
        names = ", ".join(profile.value for profile in Profile)
        raise CommandError(f"--profile {name}: give one of {names}") from problem
