"""Have the files of a run written, and show it on pytest's terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from pytest_cnb_report.planning.collector import Collector
from pytest_cnb_report.planning.gathered import Gathered
from pytest_cnb_report.planning.outputs import (
    entries_kept,
    known_failures_of,
    prepare_outputs,
    run_lines,
    write_outputs,
)
from pytest_cnb_report.planning.record_ahead import RecordAhead
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.planning.uninterrupted import uninterrupted
from pytest_cnb_report.pytest_plugin.progress import height_of, width_of
from pytest_cnb_report.record.file import NAME as RECORD
from pytest_cnb_report.report.verdict import COULD_NOT_JUDGE, verdict
from pytest_cnb_report.report.write import withdraw


class Outputs:
    """What a run was asked to write and to show; what an earlier one wrote goes first.

    Raises WriteError where something cannot be written, and KnownFailuresError.
    """

    def __init__(self, settings: Settings, config: pytest.Config) -> None:
        self._settings = settings
        if not (config.option.collectonly or hasattr(config, "workerinput")):
            prepare_outputs(settings)
            if settings.output is not None:
                withdraw(settings.output, (RECORD,))
        self.known = known_failures_of(settings.known_failures)
        self._kept = entries_kept(settings, self.known)
        self._ahead: RecordAhead | None = None

    def expect(self, order: Iterable[str]) -> None:
        """Have the record written while the run goes on, where one is asked for.

        `order` are the identifiers of the scenarios that are expected, as they were planned.
        """
        if self._ahead is None and (self._settings.output or self._settings.record):
            self._ahead = RecordAhead(order)

    def add(self, judged: Gathered) -> None:
        """Take over a scenario that was judged."""
        if self._ahead is not None:
            self._ahead.add(judged)

    def close(self) -> None:
        """Let go of everything that is open."""
        if self._ahead is not None:
            self._ahead.close()

    def show(self, collector: Collector, wall_s: float, reporter: Any) -> int:  # noqa: ANN401
        """Write the files, then the table, the failures and the verdict to the terminal.

        Returns the exit code that the run comes to.
        """
        with uninterrupted():
            run = collector.run(wall_s)
            written = write_outputs(
                self._settings, collector, run, kept=self._kept, ahead=self._ahead
            )
            self.close()
        if reporter.verbosity >= 0:
            reporter.write_line("")
        lines = run_lines(
            run,
            written,
            width=width_of(reporter),
            height=height_of(reporter),
            verbosity=reporter.verbosity,
        )
        for line in lines:
            for segment in line:
                reporter.write(segment.text, **dict.fromkeys(segment.markup, True))
            reporter.write("\n")
        return verdict(run).exit_code if written.problem is None else COULD_NOT_JUDGE
