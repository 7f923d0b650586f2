"""`cnb-conformance adapter-check CMD`: whether an adapter passes on what it is asked."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.cli.option_args import add_format
from pytest_cnb_report.report.layout import is_ascii_only
from pytest_cnb_report.values import Outcome, Phase, PlatformApi

if TYPE_CHECKING:
    from pytest_cnb_report.planning.adapter_check import AdapterFinding
    from pytest_cnb_report.report.layout import Line

_PHASES = (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "adapter-check",
        help="check an adapter before a run",
        description="Check an adapter (`--lifecycle command:CMD`) before a run: whether it exists,"
        " distinguishes phases, passes on arguments, variables and exit codes, and declines with a"
        " reason what it does not support (exit code 120). It is called a few times for each phase,"
        " with the suite's own registry. The exit code is 0 if nothing is wrong, 1 if something"
        " is, and 2 if the adapter cannot be called.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "command_line", metavar="CMD", help="the command line of the adapter, quoted as one word"
    )
    parser.add_argument(
        "--phase",
        metavar="LIST",
        default=",".join(phase.value for phase in _PHASES),
        help="check only these phases (default: `%(default)s`)",
    )
    parser.add_argument(
        "--platform-api",
        metavar="X.Y",
        help="the platform API to call it with (default: the newest that it supports)",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="time limit for one call, in seconds (default: %(default)g)",
    )
    add_format(parser)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    findings = check(
        options.command_line,
        phases=options.phase.split(","),
        api=options.platform_api,
        timeout=options.timeout,
    )
    if options.format == "json":
        sys.stdout.write(json.dumps([asdict(each) for each in findings], indent=1) + "\n")
    else:
        _write(findings)
    return 1 if any(each.state == "problem" for each in findings) else 0


def check(
    command: str, *, phases: Iterable[str], api: str | None, timeout: float
) -> tuple[AdapterFinding, ...]:
    """Try the adapter; raises CommandError where it cannot be tried."""
    from pytest_cnb_report.lifecycles.command import COMMAND  # noqa: PLC0415
    from pytest_cnb_report.lifecycles.lifecycle import LifecycleError  # noqa: PLC0415
    from pytest_cnb_report.planning.adapter_check import check_adapter  # noqa: PLC0415
    from pytest_cnb_report.registry.protocol import (  # noqa: PLC0415
        RegistryError,
        RegistryUnavailable,
    )
    from pytest_cnb_report.scratch import ScratchError  # noqa: PLC0415

    tried = tuple(map(_phase, phases))
    with refusing(ValueError):
        spoken = None if api is None else PlatformApi.parse(api)
    with refusing(LifecycleError, RegistryError, RegistryUnavailable, ScratchError):
        given = f"command:{command.removeprefix('command:')}"
        adapter = COMMAND.resolve(given, phases=tried, profile="")
        return tuple(check_adapter(adapter, phases=tried, api=spoken, timeout=timeout))


def _phase(name: str) -> Phase:
    for phase in _PHASES:
        if phase.value == name.strip():
            return phase
    known = ", ".join(phase.value for phase in _PHASES)
    raise CommandError(f"--phase {name}: expected {known}")


def _write(findings: Iterable[AdapterFinding]) -> None:
    from pytest_cnb_report.cli import terminal_style  # noqa: PLC0415

    plain = is_ascii_only(sys.stdout)
    lines = table(tuple(findings), terminal_style.width(), ascii_only=plain)
    terminal_style.write(lines, sys.stdout)


def table(
    findings: tuple[AdapterFinding, ...], width: int, *, ascii_only: bool = False
) -> list[Line]:
    """Lay findings out, each problem with what to do about it, and a conclusion."""
    from pytest_cnb_report.report.layout import (  # noqa: PLC0415
        Segment,
        command,
        entry,
        to_ascii,
        wrapped,
    )
    from pytest_cnb_report.report.outcome_symbols import SIGNS  # noqa: PLC0415

    outcomes = {"ok": Outcome.PASS, "declined": Outcome.NOT_APPLICABLE, "problem": Outcome.FAIL}

    hang = min(4 + max(len(each.subject) for each in findings) + 1, width // 2)
    lines: list[Line] = []
    for each in findings:
        sign = SIGNS[outcomes[each.state.value]]
        label = f"{sign.ascii if ascii_only else sign.glyph:<2} {each.subject}"
        detail = f"declined: {each.detail}" if each.state == "declined" else each.detail
        lines += entry(label, detail, width=width, hang=hang, mark=sign.markup)
        if each.remedy:
            lines += entry("", f"→ {each.remedy}", width=width, hang=hang, markup=("bold",))
        if each.call:
            lines += [(Segment(line),) for line in command(each.call, width=width, indent=hang)]
    problems = sum(each.state == "problem" for each in findings)
    declined = sum(each.state == "declined" for each in findings)
    said = f"{problems} problem{'s' * (problems != 1)} found" if problems else "no problem found"
    said += f", {declined} declined" if declined else ""
    lines += [(), *((Segment(piece, ("bold",)),) for piece in wrapped(said, width))]
    if ascii_only:
        lines = [tuple(Segment(to_ascii(s.text), s.markup) for s in line) for line in lines]
    return lines
