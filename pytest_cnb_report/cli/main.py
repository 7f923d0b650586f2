"""`cnb-conformance`: the console script, thin on top of pytest."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from pytest_cnb_report.cli import (
    adapter_check,
    check_report,
    compare,
    completion,
    doctor,
    judge,
    matrix,
    merge,
    outputs,
    records,
    self_test,
    serve,
    simplify,
    trace,
    whatif,
)
from pytest_cnb_report.cli.exit import ended, open_what_is_closed
from pytest_cnb_report.cli.option_args import add_format, add_option, add_verbosity, words_for
from pytest_cnb_report.cli.results_files import withdraw_named
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.version import VERSION
from pytest_cnb_report.visible_text import for_log


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console script; returns its exit code, as `docs/outcomes.md` has them."""
    open_what_is_closed()
    parser = _parser()
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, rest = _split(given)
    if not {"--collect-only", "--co"} & {*rest}:
        code = ended(lambda: withdraw_named(own, os.environ), "".join(own[:1]))
        if code:
            return code
    options = parser.parse_args(own)
    if rest and options.command not in {"run", "matrix"}:
        parser.error(f"{options.command} takes no pytest arguments after --")
    return ended(lambda: int(options.function(options, rest)), options.command)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Split at `--`: what stands behind it is for pytest."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


class _Parser(argparse.ArgumentParser):
    """Refuses words in a message that is fit for a log; parsers of commands are of its kind too."""

    def error(self, message: str) -> NoReturn:
        super().error(for_log(message))


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="cnb-conformance",
        description="Test whether a Cloud Native Buildpacks lifecycle conforms to the"
        " specification.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"cnb-conformance {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    judge.add(commands)
    merge.add(commands)
    whatif.add(commands)
    records.add(commands)
    check_report.add(commands)
    compare.add(commands)
    matrix.add(commands)
    simplify.add(commands)
    serve.add(commands)
    doctor.add(commands)
    adapter_check.add(commands)
    outputs.add(commands)
    self_test.add(commands)
    trace.add(commands)
    _add_requirements(commands)
    completion.add(commands)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        help="test a lifecycle",
        description="Test a lifecycle. Arguments after `--` are passed to pytest: `-- -k LABEL`"
        " selects scenarios.",
        allow_abbrev=False,
    )
    for option in OPTIONS:
        add_option(parser, option)
    parser.add_argument(
        "-n",
        metavar="WORKERS",
        type=_workers,
        help="number of pytest-xdist workers, or `auto` (default: none)",
    )
    parser.add_argument(
        "--last-failed",
        action="store_true",
        help="run only the scenarios that failed in the last run of this `--lifecycle`; all of them"
        " if none did",
    )
    add_verbosity(parser)
    parser.set_defaults(function=_run)


def _workers(text: str) -> str:
    if text.isdecimal() or text in {"auto", "logical"}:
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of workers: give one, or auto")


def _run(options: argparse.Namespace, rest: list[str]) -> int:
    words = words_for(options, OPTIONS, prefix="cnb-")
    if options.n is not None:
        words += ["-n", options.n]
    words += ["-q"] * options.quiet + ["-v"] * options.verbose
    # almost all that importing makes is there to stay: looking through it takes time and finds
    # nothing, until `run` has everything
    gc.disable()
    try:
        from pytest_cnb_report.cli.run import run  # noqa: PLC0415

        rest = ["--last-failed", *rest] if options.last_failed else rest
        return run(words, rest, lifecycle=_named(options.lifecycle))
    finally:
        gc.enable()


def _named(lifecycle: str | None) -> str:
    """Return a name for the lifecycle that stays the same wherever it is given from."""
    variable = next(option.variable for option in OPTIONS if option.name == "lifecycle")
    given = lifecycle or os.environ.get(variable, "")
    return os.path.realpath(given) if os.path.exists(given) else given  # noqa: PTH110 - may be no path


def _add_requirements(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("requirements", help="list every requirement", allow_abbrev=False)
    add_format(parser, ("table", "json", "markdown"))
    parser.set_defaults(function=_requirements)


def _requirements(options: argparse.Namespace, _: list[str]) -> int:
    import shutil  # noqa: PLC0415

    from pytest_cnb_report.cli import requirements  # noqa: PLC0415

    if options.format == "json":
        text = requirements.requirements_json()
    elif options.format == "markdown":
        text = requirements.requirements_markdown()
    else:
        text = requirements.requirements_table(shutil.get_terminal_size().columns)
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
