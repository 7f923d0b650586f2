"""Show a run on pytest's terminal, and have its files written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_cnb_report.planning.collector import Collector
from pytest_cnb_report.planning.outputs import (
    Written,
    entries_kept,
    known_failures_of,
    prepare_outputs,
    write_outputs,
)
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.pytest_plugin.progress import width_of
from pytest_cnb_report.record.model import RecordedRun
from pytest_cnb_report.report import terminal
from pytest_cnb_report.report.layout import Line, Segment
from pytest_cnb_report.report.verdict import COULD_NOT_JUDGE, verdict

FAILURES_TOLD = 20
"""Distinct failures that the terminal tells in full; the files have all of them."""


class Outputs:
    """What a run was asked to write and to show."""

    def __init__(self, settings: Settings, config: pytest.Config) -> None:
        self._settings = settings
        self._collect_only = config.option.collectonly
        self.known = known_failures_of(settings.known_failures)
        self._kept = entries_kept(settings, self.known)

    def prepare(self) -> None:
        """See that everything that was asked for can be written; raises WriteError."""
        if not self._collect_only:
            prepare_outputs(self._settings)

    def header(self, run: RecordedRun) -> list[str]:
        """Say what is judged, before it is."""
        version = f" {run.lifecycle.version}" if run.lifecycle.version else ""
        unnamed = run.repeat.selects and not self._settings.lifecycle
        default = " (nothing was named with --lifecycle)" if unnamed else ""
        what = f"lifecycle: {run.lifecycle.given}{version}{default}"
        by = f"platform API {run.platform_api}, profile {run.profile.value}"
        targets = [
            f"target {target.value}: {each.why if each.judged else f'not judged: {each.why}'}"
            for target, each in run.targets.items()
        ]
        return [f"{what}, {by}", *targets]

    def show(self, collector: Collector, wall_s: float, reporter: Any) -> int:  # noqa: ANN401
        """Write the files, then the table, the failures and the verdict to the terminal.

        Returns the exit code that the run comes to.
        """
        run = collector.run(wall_s)
        written = write_outputs(self._settings, collector, run, kept=self._kept)
        show_run(
            run,
            written,
            width=width_of(reporter),
            write=reporter.write,
            verbosity=reporter.verbosity,
        )
        if written.problem is not None:
            reporter.write_line(written.problem, red=True)
            return COULD_NOT_JUDGE
        return verdict(run).exit_code


def show_run(
    run: Any,  # noqa: ANN401
    written: Written,
    width: int,
    write: Callable[..., None],
    verbosity: int,
) -> None:
    """Print a run: what was written, the table, the failures and the verdict."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    lines = terminal.render(
        run,
        width=width,
        ascii_only="utf" not in encoding.lower(),
        most=None if verbosity > 0 else FAILURES_TOLD,
        quiet=max(0, -verbosity),
    )
    write("\n")
    for line in (*_paths(written), *lines):
        for segment in line:
            write(segment.text, **dict.fromkeys(segment.markup, True))
        write("\n")


def _paths(written: Written) -> Sequence[Line]:
    if not written.paths:
        return []
    lines: list[Line] = [(Segment(f"written: {path}"),) for path in written.paths]
    if written.reproduced is not None:
        count = written.reproductions
        failures = "1 failure" if count == 1 else f"{count} failures"
        folder: Path = written.reproduced
        lines.append((Segment(f"written: {folder} ({failures}, each with a run.sh)"),))
    return [*lines, ()]
