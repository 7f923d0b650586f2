"""`cnb-conformance check-report`: check the report and the app image of a finished build."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_cnb_report.cli.exit import CommandError
from pytest_cnb_report.cli.option_args import add_option, add_verbosity, words_for
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.values import Phase, Target

_JUDGED_PHASES = (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)
_READ_BOUND = 8 * 1024 * 1024
"""Bytes of standard input that are taken; a report has a few hundred."""
_SHARED = (
    "platform-api",
    "profile",
    "amend",
    "daemon",
    "known-failures",
    "write-known-failures",
    "strict",
    "output",
    "timeout",
    "requirement",
)
_OPTIONS = tuple(option for option in OPTIONS if option.name in _SHARED)
_HELP = {
    "platform-api": "the platform API that the lifecycle was called with (default:"
    " `CNB_PLATFORM_API` in the app image, which is the one of its build, else the newest; name"
    " it for a rebase with another one)",
    "daemon": "the Docker daemon to use: `auto` (`DOCKER_HOST` or the usual socket; default) or an"
    " address",
    "timeout": "time limit for one response of a registry or daemon, in seconds",
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "check-report",
        help="check the `report.toml` and app image of a finished build or rebase",
        description="Check the `report.toml` of a finished build or rebase, and its app image: its"
        " layers, labels and metadata are compared with the run image's and, with `--before`, with"
        " those of the app image before the rebase. No lifecycle is run, and nothing but the"
        " results is written. Credentials are those of `docker login`.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "report", metavar="REPORT", type=Path, help="the `report.toml`; `-` is standard input"
    )
    parser.add_argument(
        "--run-image",
        metavar="REF",
        required=True,
        help="the run image that was used; with its digest if the tag may have moved since",
    )
    parser.add_argument(
        "--app-image", metavar="REF", help="the app image (default: the first tag in the report)"
    )
    parser.add_argument(
        "--before",
        metavar="REF",
        help="the app image before the rebase, by its digest or another name, to check"
        " everything that a rebase must change or keep (default: none)",
    )
    parser.add_argument(
        "--run",
        metavar="FILE",
        type=Path,
        help="the `run.toml` of the build, to check the names of the run image against"
        " (default: none)",
    )
    parser.add_argument(
        "--phase",
        choices=[phase.value for phase in _JUDGED_PHASES],
        help="the phase that wrote the report (default: `rebaser` with `--before`; else only what"
        " holds for builds and rebases alike is checked)",
    )
    parser.add_argument(
        "--target",
        choices=["auto", *(target.value for target in Target)],
        default="auto",
        help="where the images are (default: as the report names them)",
    )
    parser.add_argument(
        "--insecure",
        action="store_true",
        help="skip TLS verification, and allow plain HTTP",
    )
    for option in _OPTIONS:
        add_option(parser, option, help_text=_HELP.get(option.name))
    add_verbosity(parser)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    from pytest_cnb_report.cli.run import run  # noqa: PLC0415
    from pytest_cnb_report.observe.finished_build import STANDARD_INPUT, FinishedBuild  # noqa: PLC0415
    from pytest_cnb_report.pytest_plugin.check_report import FinishedBuildRun  # noqa: PLC0415

    target = None if options.target == "auto" else Target(options.target)
    piped = str(options.report) == STANDARD_INPUT
    build = FinishedBuild(
        report=options.report,
        run_image=options.run_image,
        phase=None if options.phase is None else Phase(options.phase),
        app_image=options.app_image,
        before=options.before,
        run_file=options.run,
        # pytest closes standard input as soon as it begins
        piped=sys.stdin.buffer.read(_READ_BOUND) if piped else None,
    )
    if build.before is not None and build.judged_phase is not Phase.REBASER:
        raise CommandError(
            f"--before {build.before}: only for a rebase; omit --phase {options.phase}"
        )
    words = words_for(options, _OPTIONS, prefix="cnb-")
    phases = [build.judged_phase.value, *([] if build.kind_known else [Phase.REBASER.value])]
    words += [f"--cnb-phase={','.join(phases)}", "--cnb-target=auto"]
    words += ["-q"] * options.quiet + ["-v"] * options.verbose
    finished_build = FinishedBuildRun(build, target, insecure=options.insecure)
    return run(words, [], plugins=[finished_build])
