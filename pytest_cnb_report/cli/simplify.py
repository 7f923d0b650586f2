"""`cnb-conformance simplify SCENARIO`: the least that a requirement fails with."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import TYPE_CHECKING

from pytest_cnb_report.cli.exit import CommandError, refusing
from pytest_cnb_report.cli.option_args import add_format, add_option
from pytest_cnb_report.options import OPTIONS, OptionError, find
from pytest_cnb_report.report.layout import is_ascii_only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_cnb_report.planning.simplify import Simplified
    from pytest_cnb_report.report.layout import Line
    from pytest_cnb_report.requirements.catalogue import Requirement
    from pytest_cnb_report.values import Phase

_UNUSED = frozenset(
    {
        *("target", "phase", "requirement", "examples", "seed", "quick", "shard"),
        *("jobs", "output", "record", "known-failures", "write-known-failures", "strict"),
    }
)
"""Options of a run that one scenario and one requirement leave nothing to say for."""

_HANG = 11


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "simplify",
        help="find out what a failure needs",
        description="Find out which differences of a scenario a failure needs. A scenario whose"
        " name begins with `mix-` differs from a plain call in many ways; each is taken back for as"
        " long as the requirement still fails. Give the options of the run in which it failed. The"
        " exit code is 1 if the requirement fails, 0 if it does not fail in that scenario, and 2 if"
        " the suite cannot tell.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "scenario", metavar="SCENARIO", help="its name, such as `rebaser-registry-mix-8415d7`"
    )
    parser.add_argument(
        "--requirement", metavar="ID", required=True, help="the requirement that fails there"
    )
    for option in OPTIONS:
        if option.name not in _UNUSED:
            add_option(parser, option)
    add_format(parser)
    parser.set_defaults(function=_main)


def _main(options: argparse.Namespace, _: list[str]) -> int:
    from pytest_cnb_report.planning.session import SAID_PLAINLY  # noqa: PLC0415
    from pytest_cnb_report.requirements.amendment_file import AmendmentError  # noqa: PLC0415
    from pytest_cnb_report.requirements.catalogue import (  # noqa: PLC0415
        UnknownRequirementError,
        load_catalogue,
    )

    began = time.monotonic()
    with refusing(UnknownRequirementError, OptionError, AmendmentError, *SAID_PLAINLY):
        chosen = load_catalogue().select((options.requirement,))
        if len(chosen) != 1:
            raise CommandError(
                f"--requirement {options.requirement}: matches {len(chosen)} requirements; give one"
            )
        (requirement,) = chosen
        found = _simplified(options, requirement)
    seconds = time.monotonic() - began
    name = _inside(options.scenario)
    if options.format == "json":
        document = _document(name, requirement.id, found, seconds)
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    else:
        _write(name, requirement.id, found, seconds)
    return 0 if found is None else 1


def _inside(scenario: str) -> str:
    """Return the name without the brackets that select exactly it in a run."""
    return scenario.removeprefix("[").removesuffix("]")


def _simplified(options: argparse.Namespace, requirement: Requirement) -> Simplified | None:
    from pytest_cnb_report.planning.context import prepare  # noqa: PLC0415
    from pytest_cnb_report.planning.session import JudgingSession  # noqa: PLC0415
    from pytest_cnb_report.planning.settings import read_settings  # noqa: PLC0415
    from pytest_cnb_report.planning.simplify import simplify  # noqa: PLC0415

    name = _inside(options.scenario)
    phase, _, rest = name.partition("-")
    target = rest.partition("-")[0]
    values = {
        option.name: find(
            option,
            given=getattr(options, option.name.replace("-", "_"), None),
            environment={} if option.name in _UNUSED else os.environ,
            ini=lambda _: None,
        )
        for option in OPTIONS
    }
    try:
        settings = read_settings({**values, "target": target, "phase": phase})
    except OptionError as problem:
        if str(problem).startswith(("--target", "--phase")):
            raise CommandError(f"{name}: is not the name of a scenario; {_EXAMPLE}") from None
        raise
    with prepare(settings) as context:
        settings = context.applied_to(settings)
        session = JudgingSession(settings, context, settings.text, covered=True)
        try:
            scenarios = {each.id: each for each in session.plan().scenarios}
            if name not in scenarios:
                api = context.platform_api
                raise CommandError(f"{name}: there is none at platform API {api}; {_EXAMPLE}")
            return simplify(session, scenarios[name], requirement, tell=_tell)
        finally:
            session.close()


_EXAMPLE = "a run names it below `scenario`, such as rebaser-registry-mix-8415d7"


def _tell(scenarios: int, left: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{scenarios} scenarios tested, {left} differences left")
        sys.stderr.flush()


def _document(
    name: str, requirement: str, found: Simplified | None, seconds: float
) -> dict[str, object]:
    if found is None:
        return {"scenario": name, "requirement": requirement, "failed": False}
    verdict = found.judgement.verdict
    phase = name.partition("-")[0]
    return {
        "scenario": name,
        "requirement": requirement,
        "failed": True,
        "message": verdict.message,
        "expected": verdict.expected,
        "found": verdict.actual,
        "differences": len(found.space.differences(found.before)),
        "enough": [
            {"dimension": dimension, "value": value, "words": words}
            for dimension, value, words in _needed(found, phase)
        ],
        "scenarios": found.scenarios,
        "seconds": round(seconds, 1),
    }


def _needed(found: Simplified, phase: str) -> Iterator[tuple[str, str, str]]:
    """Yield the differences that are left: dimension, value, and both in words."""
    from pytest_cnb_report.scenarios.in_words import value_in_words  # noqa: PLC0415
    from pytest_cnb_report.values import Phase  # noqa: PLC0415

    called: Phase = Phase(phase)
    for dimension, value in found.space.differences(found.enough):
        yield dimension.name, value.name, value_in_words(called, dimension.name, value.name)


def _write(name: str, requirement: str, found: Simplified | None, seconds: float) -> None:
    from pytest_cnb_report.cli import terminal_style  # noqa: PLC0415
    from pytest_cnb_report.report.layout import Segment, to_ascii  # noqa: PLC0415

    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    lines = list(_lines(name, requirement, found, seconds, terminal_style.width()))
    if is_ascii_only(sys.stdout):
        lines = [tuple(Segment(to_ascii(s.text), s.markup) for s in line) for line in lines]
    terminal_style.write(lines, sys.stdout)


def _lines(
    name: str, requirement: str, found: Simplified | None, seconds: float, width: int
) -> Iterator[Line]:
    from pytest_cnb_report.report.difference import differences  # noqa: PLC0415
    from pytest_cnb_report.report.layout import Segment, entry, wrapped  # noqa: PLC0415

    if found is None:
        said = f"{requirement} does not fail in {name}: there is nothing to simplify"
        yield from ((Segment(piece, ("bold",)),) for piece in wrapped(said, width))
        return
    before = len(found.space.differences(found.before))
    needed = list(_needed(found, name.partition("-")[0]))
    yield from entry(
        "fails",
        f"{requirement}: {found.judgement.verdict.message}",
        width=width,
        hang=_HANG,
        mark=("red", "bold"),
    )
    yield from entry(
        "scenario",
        f"{name}, which differs from a plain call in {before} ways",
        width=width,
        hang=_HANG,
    )
    for number, (_, _, words) in enumerate(needed):
        label = "" if number else "needs"
        yield from entry(label, words, width=width, hang=_HANG, mark=("bold",))
    if not needed:
        yield from entry("needs", "nothing: a plain call is enough", width=width, hang=_HANG)
    verdict = found.judgement.verdict
    for each in differences(verdict.expected, verdict.actual)[:1]:
        for label, text in (("at", each.path), ("expected", each.expected), ("found", each.found)):
            if text:
                yield from entry(label, text, width=width, hang=_HANG)
    yield ()
    said = f"{found.scenarios} scenarios tested in {seconds:.1f} s;"
    said += " without any one of what it needs, the requirement does not fail"
    yield from ((Segment(piece),) for piece in wrapped(said, width))
