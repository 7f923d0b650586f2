"""The files of a run: reports, record, reproductions, known failures."""

from __future__ import annotations

import contextlib
import datetime
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning.collector import Collector
from pytest_cnb_report.planning.record_ahead import RecordAhead
from pytest_cnb_report.planning.settings import Settings
from pytest_cnb_report.record.file import NAME as RECORD
from pytest_cnb_report.record.file import write_record
from pytest_cnb_report.report import terminal
from pytest_cnb_report.report.aggregate import unlike_plain
from pytest_cnb_report.report.known_failures import KnownFailures
from pytest_cnb_report.report.known_failures import read as read_known_failures
from pytest_cnb_report.report.known_failures_file import known_failures_toml
from pytest_cnb_report.report.layout import PROGRAM, Line, Segment, is_ascii_only, shown
from pytest_cnb_report.report.reproduction import FOLDER
from pytest_cnb_report.report.results import Result, Run
from pytest_cnb_report.report.visible_run import visible_result
from pytest_cnb_report.report.write import (
    WriteError,
    prepare,
    taken_by_directory,
    withdraw,
    write,
    write_all,
    write_error,
)
from pytest_cnb_report.reproduce.folder import take_away, write_reproductions
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.values import Outcome


@dataclass(frozen=True)
class Written:
    """The files that were written, and why not all of them could be."""

    paths: tuple[Path, ...] = ()
    by_name: tuple[Path, ...] = ()
    """Those that were asked for by their own path, not by a folder."""
    reproductions: int = 0
    reproduced: Path | None = None
    problem: str | None = None


def withdraw_reports(output: Path | None) -> None:
    """Take an earlier run's verdict away, whatever becomes of this one; raises WriteError.

    Its record stays until this run has begun: it may be what this one judges.
    """
    if output is not None:
        withdraw(output)
        take_away(output / FOLDER)


def prepare_outputs(settings: Settings) -> None:
    """See that everything that was asked for can be written; raises WriteError."""
    if settings.output is not None:
        prepare(settings.output)
    for path in (settings.write_known_failures, settings.record):
        if path is not None:
            prepare(path.parent)
            if path.is_dir():
                raise taken_by_directory(path)


def known_failures_of(path: Path | None) -> KnownFailures | None:
    """Read a file of known failures, where there is one; raises KnownFailuresError."""
    if path is None:
        return None
    return read_known_failures(path, {requirement.id for requirement in load_catalogue()})


def entries_kept(settings: Settings, known: KnownFailures | None) -> KnownFailures | None:
    """Return the entries that a file of known failures written from this run takes over."""
    path = settings.write_known_failures
    there = path is not None and path.exists()
    return known or (known_failures_of(path) if there else None)


def write_outputs(
    settings: Settings,
    collector: Collector,
    run: Run,
    *,
    kept: KnownFailures | None,
    ahead: RecordAhead | None = None,
) -> Written:
    """Write every file that was asked for; what cannot be written is told, not raised.

    The reports are written last: where there is a verdict, every other file is complete. `ahead`
    has the record so far, where it was written while the run went on.
    """
    written = Written()
    reproduced: list[str] = []
    try:
        if settings.output is not None:
            record = _write_record(settings.output / RECORD, collector, run, ahead)
            named = f"lifecycle {run.lifecycle.version or ''} ({run.lifecycle.given})"
            places = write_reproductions(
                settings.output,
                _failures(collector),
                " ".join(named.split()),
                unlike_plain(run),
                program=_program(),
            )
            reproduced = [str(each.relative_to(settings.output)) for each in places]
            written = Written(
                paths=(record,),
                reproduced=settings.output / FOLDER if places else None,
                reproductions=len(places),
            )
        if settings.record is not None:
            _write_record(settings.record, collector, run, ahead)
            written = _with(written, settings.record)
        if settings.write_known_failures is not None:
            today = datetime.date.today()  # noqa: DTZ011 - the reader's own
            text = known_failures_toml(run, today, kept, collector.scopes())
            write({settings.write_known_failures: text})
            written = _with(written, settings.write_known_failures)
        if settings.output is not None:
            reports = write_all(run, settings.output, reproduced)
            written = replace(written, paths=(*reports, *written.paths))
    except WriteError as problem:
        written = replace(written, problem=str(problem))
    return written


def _with(written: Written, path: Path) -> Written:
    return replace(written, paths=(*written.paths, path), by_name=(*written.by_name, path))


def _failures(collector: Collector) -> Iterator[tuple[Result, Observation]]:
    for judged in collector.scenarios:
        failed = [each for each in judged.results if each.outcome in {Outcome.FAIL, Outcome.WARN}]
        shown = judged.shown() if failed else {}
        for result in failed:
            if result.evidence is not None:
                yield visible_result(result), shown[result.evidence]


def _write_record(path: Path, collector: Collector, run: Run, ahead: RecordAhead | None) -> Path:
    recorded = replace(
        collector.judging.run, wall_s=run.timing.wall_s, cut_short=collector.cut_short
    )
    with _telling(path):
        if ahead is not None:
            ahead.save(path, recorded, collector.scenarios)
        else:
            write_record(path, recorded, (judged.load() for judged in collector.scenarios))
    return path


def run_lines(
    run: Run, written: Written, *, width: int, verbosity: int, height: int = 24
) -> list[Line]:
    """Return a run as a terminal shows it: what was written, the table, failures, verdict.

    `verbosity` is as pytest counts it: 0, more with `-v`, less with `-q`.
    """
    lines = terminal.render(
        run,
        width=width,
        height=height,
        ascii_only=is_ascii_only(sys.stdout),
        verbosity=verbosity,
        program=_program(),
        files=_worth_opening(written),
        unwritten=written.problem is not None,
    )
    return list(shown([*_written_lines(written, verbosity), *lines], width))


def _worth_opening(written: Written) -> list[str]:
    pages = [str(path) for path in written.paths if path.suffix == ".html"]
    if written.reproduced is None:
        return pages
    count = written.reproductions
    failures = "1 failure, with a run.sh" if count == 1 else f"{count} failures, each with a run.sh"
    return [*pages, f"{written.reproduced} ({failures})"]


def _program() -> str:
    """Return how a shell calls the console script of this installation."""
    own = Path(sys.executable).with_name(PROGRAM)
    found = shutil.which(PROGRAM)
    if not own.exists() or (found is not None and Path(found).samefile(own)):
        return PROGRAM
    return shlex.quote(str(own))


def _written_lines(written: Written, verbosity: int) -> list[Line]:
    """Name every file where all is told; else those that were asked for by name."""
    told = [path for path in written.paths if verbosity > 0 or path in written.by_name]
    lines: list[Line] = [(Segment(f"written: {path}"),) for path in told]
    if written.problem is not None:
        lines.append((Segment(written.problem, ("red",)),))
    if verbosity > 0:
        lines += [(Segment(f"written: {folder}"),) for folder in _worth_opening(written)[1:]]
    return [*lines, ()] if lines else []


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise write_error(path, problem) from problem
