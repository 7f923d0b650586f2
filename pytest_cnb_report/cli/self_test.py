"""`cnb-conformance self-test`: every faulty lifecycle, and which requirement caught it."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from pytest_cnb_report.cli import terminal_style
from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.cli.option_args import add_format
from pytest_cnb_report.drive.process import usable_cores
from pytest_cnb_report.values import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_cnb_report.selftest.matrix import Matrix

FORMATS = ("table", "markdown", "json")
TARGETS = ("auto", "registry", "daemon", "registry,daemon")
_LOG_EVERY = 10.0
_TELLING = 50
"""Which part of all tells how long the rest takes: the first one waits for the right lifecycle."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "self-test",
        help="prove that the suite catches every faulty lifecycle",
        description="Test every faulty lifecycle on the scenarios that are chosen for it, and"
        " show which requirement caught it. Exit code 1: a fault was not caught, or failed an"
        " unexpected requirement, or a requirement catches no fault.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="GLOB",
        help="test only these faults: globs that match whole names; may be repeated"
        " (default: all of them)",
    )
    parser.add_argument(
        "--target",
        choices=TARGETS,
        metavar="WHERE",
        default="auto",
        help="where images are stored: `auto` (registry, and a Docker daemon if one answers;"
        " default), `registry`, `daemon` or `registry,daemon`; faults that show only with a daemon"
        " are not tested without one",
    )
    parser.add_argument(
        "--daemon",
        metavar="WHICH",
        default="auto",
        help="the Docker daemon to use: `auto` (`DOCKER_HOST` or the usual socket; default),"
        " `private` (a dockerd that the suite starts), `container` or an address",
    )
    parser.add_argument(
        "-n", metavar="WORKERS", help="number of processes (default: one for each core)"
    )
    parser.add_argument(
        "--conditions",
        action="store_true",
        help="instead prove that effects (kinds of mistakes) are caught under every value and"
        " every pair of values of the scenarios' dimensions, with a registry; `--fault` then names"
        " effects",
    )
    parser.add_argument("--list", action="store_true", help="list the faults; test none")
    add_format(parser, FORMATS)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    from pytest_cnb_report.daemon.errors import DaemonError, DaemonUnavailable  # noqa: PLC0415
    from pytest_cnb_report.selftest.run import prove, select  # noqa: PLC0415
    from pytest_cnb_report.selftest.selection import UnknownFaultError  # noqa: PLC0415

    with refusing(UnknownFaultError, DaemonError, DaemonUnavailable):
        if options.conditions:
            return _conditions(options)
        if options.list:
            sys.stdout.write(listed(options.fault, options.format))
            return 0
        faults = select(options.fault)
        progress = Progress()
        try:
            matrix = prove(
                faults,
                workers=_workers(options.n),
                targets=tuple(Target(name) for name in options.target.split(",") if name != "auto"),
                daemon=options.daemon,
                tell=progress.tell,
            )
        finally:
            progress.end()
    sys.stdout.write(_shown(matrix, options.format))
    return matrix.exit_code


def _conditions(options: argparse.Namespace) -> int:
    from pytest_cnb_report.selftest import show_conditions  # noqa: PLC0415
    from pytest_cnb_report.selftest.condition_proof import prove_conditions  # noqa: PLC0415
    from pytest_cnb_report.selftest.effects import chosen  # noqa: PLC0415
    from pytest_cnb_report.selftest.regions import regions  # noqa: PLC0415

    if options.format == "markdown":
        raise CommandError("--conditions has no markdown format: give --format table or json")
    if options.target not in {"auto", "registry"}:
        raise CommandError("--conditions is proven with a registry only: omit --target")
    effects = chosen(options.fault)
    if options.list:
        sys.stdout.write(show_conditions.effects_text(effects, width=terminal_style.width()))
        return 0
    where = regions()
    if not where:
        raise CommandError("no scenario has a point in a space: there are no conditions to prove")
    progress = Progress("runs", "failed")
    try:
        proof = prove_conditions(effects, where, workers=_workers(options.n), tell=progress.tell)
    finally:
        progress.end()
    if options.format == "json":
        sys.stdout.write(show_conditions.proof_json(proof) + "\n")
    else:
        sys.stdout.write(show_conditions.proof_text(proof, width=terminal_style.width()))
    return proof.exit_code


def _workers(text: str | None) -> int:
    if text is None or text == "auto":
        return usable_cores()
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 64:
        raise CommandError(f"-n {text}: give a number of processes from 1 to 64")
    return int(text)


class Progress:
    """Says on the standard error how far it is: a live line on a terminal, else now and then."""

    def __init__(self, what: str = "faults", wrong: str = "not as declared") -> None:
        self._what, self._wrong = what, wrong
        self._began = self._last = time.monotonic()
        self._live = sys.stderr.isatty()

    def tell(self, done: int, total: int, wrong: int) -> None:
        """Say that so many were tried, and how many of them went wrong."""
        now = time.monotonic()
        if not self._live and now - self._last < _LOG_EVERY:
            return
        self._last = now
        what = self._what if total != 1 else self._what.removesuffix("s")
        text = f"tried {done} of {total} {what}"
        if done * _TELLING >= total:
            minutes, seconds = divmod(round((now - self._began) / done * (total - done)), 60)
            text += f", {minutes}:{seconds:02d} left"
        text += f", {wrong} {self._wrong}" if wrong else ""
        sys.stderr.write(f"\r\x1b[K{text}" if self._live else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Take the live line away."""
        if self._live:
            sys.stderr.write("\r\x1b[K")


def listed(globs: Sequence[str], how: str) -> str:
    """List the faults that the globs match (all without one) in one of FORMATS."""
    from pytest_cnb_report.selftest import listing  # noqa: PLC0415
    from pytest_cnb_report.selftest.run import select  # noqa: PLC0415

    faults = select(globs)
    if how == "json":
        return listing.faults_json(faults) + "\n"
    if how == "markdown":
        return listing.faults_page(faults)
    return listing.faults_text(faults, width=terminal_style.width())


def _shown(matrix: Matrix, how: str) -> str:
    from pytest_cnb_report.selftest import show  # noqa: PLC0415

    if how == "json":
        return show.matrix_json(matrix) + "\n"
    if how == "markdown":
        return show.matrix_markdown(matrix)
    return show.matrix_text(matrix, width=terminal_style.width())
