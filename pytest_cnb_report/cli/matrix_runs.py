"""The runs of a matrix: each in a process of its own, some at once, all calls from one pool."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pytest_cnb_report.cli.exit import refusing
from pytest_cnb_report.cli.results_files import NAME
from pytest_cnb_report.visible_text import for_log


@dataclass(frozen=True)
class MatrixRun:
    """One run of a matrix: a lifecycle, a platform API where one was named, and where files go."""

    lifecycle: str
    platform_api: str | None
    folder: Path

    @property
    def heading(self) -> str:
        """What stands above its output."""
        api = f", platform API {self.platform_api}" if self.platform_api else ""
        return f"== {self.lifecycle}{api} -> {self.folder}\n"

    def command(self, words: Sequence[str]) -> list[str]:
        """Return the command line that makes the run; `words` are what all runs are given."""
        api = [f"--platform-api={self.platform_api}"] if self.platform_api else []
        return [
            *(sys.executable, "-m", "pytest_cnb_report.cli.main", "run"),
            *(f"--lifecycle={self.lifecycle}", *api, f"--output={self.folder}", *words),
        ]


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it said, where that is not on the terminal yet."""

    code: int
    out: str = ""
    err: str = ""


def runs_of(
    lifecycles: Sequence[str], platform_apis: Sequence[str], output: Path
) -> tuple[MatrixRun, ...]:
    """Return a run for each lifecycle and each platform API, the APIs of a lifecycle together."""
    apis = tuple(dict.fromkeys(platform_apis))
    several = len(apis) > 1
    return tuple(
        MatrixRun(lifecycle, api, output / (f"{name}-api-{api}" if several else name))
        for lifecycle, name in zip(lifecycles, folder_names(lifecycles), strict=True)
        for api in apis or (None,)
    )


def folder_names(lifecycles: Sequence[str]) -> tuple[str, ...]:
    """Name a folder for each lifecycle: the end of what it was given as, made unique."""
    names: list[str] = []
    for lifecycle in lifecycles:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", lifecycle.rstrip("/").rpartition("/")[2])
        stem = stem.strip("-.") or "lifecycle"
        name, number = stem, 2
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return tuple(names)


def make_runs(
    runs: Sequence[MatrixRun], words: Sequence[str], *, cores: int, at_once: int
) -> tuple[tuple[Path, ...], bool]:
    """Make runs, so many at once, and show each in the order given once it has ended.

    Runs at once share `cores` slots for their calls: where one starts up, or writes its files,
    another has the cores. Returns the results files that there are, and whether a run could not be
    judged.
    """
    from pytest_cnb_report.planning.outputs import withdraw_reports  # noqa: PLC0415
    from pytest_cnb_report.report.write import WriteError  # noqa: PLC0415

    with refusing(WriteError):
        for each in runs:
            withdraw_reports(each.folder)
    made = _one_by_one(runs, words) if at_once == 1 else _at_once(runs, words, cores, at_once)
    codes = []
    with contextlib.closing(made):
        for each, ended in zip(runs, made, strict=True):
            _show(each, ended)
            codes.append(ended.code)
    there = tuple(each.folder / NAME for each in runs if (each.folder / NAME).is_file())
    return there, any(code not in {0, 1} for code in codes)


def _one_by_one(runs: Sequence[MatrixRun], words: Sequence[str]) -> Generator[Ended]:
    """Make runs whose output goes to the terminal as it comes."""
    for each in runs:
        sys.stdout.write(for_log(each.heading))
        sys.stdout.flush()
        command = each.command(words)
        yield Ended(subprocess.run(command, env=_environment({}), check=False).returncode)


def _at_once(
    runs: Sequence[MatrixRun], words: Sequence[str], cores: int, at_once: int
) -> Generator[Ended]:
    from pytest_cnb_report.planning.call_slots import VARIABLE, make_slots  # noqa: PLC0415
    from pytest_cnb_report.scratch import scratch_folder  # noqa: PLC0415

    with scratch_folder("slots") as slots:
        processes = _Processes()
        make_slots(slots, cores)
        width = str(shutil.get_terminal_size().columns)
        environment = _environment({VARIABLE: str(slots), "COLUMNS": width})
        with ThreadPoolExecutor(at_once) as threads, processes.ended_on_error():
            ends = [threads.submit(processes.run, r.command(words), environment) for r in runs]
            for end in ends:
                yield end.result()


@dataclass
class _Processes:
    """The processes of runs at once; once they were told to end, no other begins."""

    _running: set[subprocess.Popen[str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ending: bool = False

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> Ended:
        """Run a command to its end."""
        with self._lock:
            if self._ending:
                return Ended(-signal.SIGTERM)
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
            self._running.add(process)
        out, err = process.communicate()
        with self._lock:
            self._running.discard(process)
        return Ended(process.returncode, out, err)

    @contextlib.contextmanager
    def ended_on_error(self) -> Iterator[None]:
        """End what runs as Ctrl-C would, so that it writes what it has, where the block fails."""
        try:
            yield
        except BaseException:
            with self._lock:
                self._ending = True
                for process in self._running:
                    process.terminate()
            raise


def _environment(more: Mapping[str, str]) -> Mapping[str, str]:
    # what lies in the caller's folder is not to be taken for a module
    return {**os.environ, "PYTHONSAFEPATH": "1", **more}


def _show(run: MatrixRun, ended: Ended) -> None:
    if not (ended.out or ended.err):
        return
    sys.stdout.write(f"{for_log(run.heading)}{ended.out}")
    sys.stdout.flush()
    sys.stderr.write(ended.err)
    sys.stderr.flush()
