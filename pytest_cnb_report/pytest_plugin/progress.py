"""Say how far a run is: one live line on a terminal, now and then a line in a log."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from pytest_cnb_report.planning.plan import Scenario
from pytest_cnb_report.report.layout import (
    ENDLESS,
    Line,
    Segment,
    columns,
    cut,
    is_ascii_only,
    to_ascii,
)
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.report.results import Result
from pytest_cnb_report.values import Outcome
from pytest_cnb_report.visible_text import inert, visible_line

_LIVE_EVERY = 0.1
_BAD = {Outcome.ERROR, Outcome.FAIL}
_LOG_EVERY = 10.0
_LOG_SHARE = 10
"""A log gets a line whenever the run has become a tenth longer, but not more often than that."""


class Pace:
    """How much there is to judge, how much is done, and how long the rest will take.

    What takes time is lifecycle invocations: a generated scenario takes many of them.
    """

    def __init__(self, *, examples: int) -> None:
        self.total = 0
        """Scenarios; 0 until it is known."""
        self.done = 0
        self._examples = examples
        self._calls: dict[str, int] = {}
        self._made: set[str] = set()

    def expect(self, scenarios: Iterable[Scenario]) -> None:
        """Learn what there is."""
        self._calls = {scenario.id: self._cost(scenario) for scenario in scenarios}
        self.total = len(self._calls)

    def _cost(self, scenario: Scenario) -> int:
        """Return about how many calls a scenario takes."""
        return 1 if scenario.case.generated is None else max(1, self._examples // 2)

    def step(self, scenario: Scenario) -> None:
        """Count one more."""
        self.done += 1
        self._made.add(scenario.id)

    def left(self, elapsed: float) -> float | None:
        """Return the seconds that are left, as far as can be told after `elapsed` ones."""
        made = sum(self._calls.get(name, 0) for name in self._made)
        if not made:
            return None
        return elapsed / made * (sum(self._calls.values()) - made)


class Progress:
    """Shows the pace on pytest's terminal, unless that is told to say more or less."""

    def __init__(self, config: pytest.Config, *, examples: int) -> None:
        self._config = config
        self._pace = Pace(examples=examples)
        self._began = self._last = time.monotonic()
        self._live = False
        self._named: set[str] = set()
        """Requirements that failed and are on the screen."""

    def expect(self, scenarios: Iterable[Scenario]) -> None:
        """Learn what there is to judge; the clock starts."""
        self._pace.expect(scenarios)
        self._began = self._last = time.monotonic()

    def step(self, scenario: Scenario, results: Sequence[Result], failed: int) -> None:
        """Count one more, with what came of it; `failed` is how many results failed so far.

        A requirement that fails is named at once, the first time.
        """
        self._pace.step(scenario)
        reporter = self._reporter()
        if reporter is None:
            return
        for result in results:
            if result.outcome in _BAD and result.requirement not in self._named:
                self._named.add(result.requirement)
                self._name(reporter, scenario, result)
        live = reporter.isatty and os.environ.get("TERM") != "dumb"
        now = time.monotonic()
        elapsed = now - self._began
        every = _LIVE_EVERY if live else max(_LOG_EVERY, elapsed / _LOG_SHARE)
        over = live and self._pace.done == self._pace.total
        if now - self._last < every and not over:
            return
        self._last = now
        line = told(self._pace, elapsed, failed)
        if live:
            self._rewrite(reporter, line)
        else:
            reporter.write_line("".join(segment.text for segment in line))

    def _name(self, reporter: Any, scenario: Scenario, result: Result) -> None:  # noqa: ANN401
        said = visible_line(f"{result.requirement}: {result.message}")
        text = inert(cut(f"{said} [{scenario.id}]", width_of(reporter) - 3))
        sign = SIGNS[result.outcome]
        if self._live:
            self._rewrite(reporter, ())
            reporter._tw.write("\r")
        plain = is_ascii_only(sys.stdout)
        reporter._tw.write(sign.ascii if plain else sign.glyph, **dict.fromkeys(sign.markup, True))
        reporter._tw.write(f" {to_ascii(text) if plain else text}\n", flush=True)

    def end(self) -> None:
        """Take the live line away."""
        reporter = self._reporter()
        if self._live and reporter is not None:
            self._rewrite(reporter, ())
            reporter._tw.write("\r")

    def _reporter(self) -> Any:  # noqa: ANN401 - pytest's terminal reporter
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        return None if reporter is None or reporter.verbosity != 0 else reporter

    def _rewrite(self, reporter: Any, line: Line) -> None:  # noqa: ANN401 - as above
        """Write over the last line; one column stays free, so that no terminal begins a new one."""
        self._live = True
        room = width_of(reporter) - 1
        reporter._tw.write("\r")
        for segment in line:
            text = segment.text[:room]
            room -= columns(text)
            reporter._tw.write(text, **dict.fromkeys(segment.markup, True))
        reporter._tw.write(" " * room, flush=True)


def width_of(reporter: Any) -> int:  # noqa: ANN401 - pytest's terminal reporter
    """Return the columns of the terminal; pytest itself takes one of fewer than 40 for 80.

    A pipe or a file has no end of line that has to be kept, unless COLUMNS says where.
    """
    if not reporter.isatty and "COLUMNS" not in os.environ:
        return ENDLESS
    width: int = reporter._tw.fullwidth
    real = shutil.get_terminal_size((width, 24)).columns
    return min(width, real) if real > 0 else width


def height_of(reporter: Any) -> int:  # noqa: ANN401 - pytest's terminal reporter
    """Return the lines of the terminal, at least 24; a pipe or a file has no last one."""
    lines = shutil.get_terminal_size((80, 24)).lines
    return max(lines, 24) if reporter.isatty or "LINES" in os.environ else ENDLESS


def told(pace: Pace, elapsed: float, failed: int) -> Line:
    """Say how far a run is, the weightiest first."""
    of = f" of {pace.total}" if pace.total else ""
    noun = "scenario" if (pace.total or pace.done) == 1 else "scenarios"
    line = [Segment(f"{pace.done}{of} {noun}")]
    if failed:
        line += [Segment(", "), Segment(f"{failed} failed", ("red", "bold"))]
    left = pace.left(elapsed)
    if left is not None:
        line += [Segment(f", about {clock(left)} left", ("light",))]
    return tuple(line)


def clock(seconds: float) -> str:
    """Write a length of time as minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
