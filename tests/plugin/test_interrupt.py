"""Ctrl-C, SIGTERM, SIGHUP: what was judged is written, one message, nothing left behind.

The exit code says which of them it was: 130, 143 or 129.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from pytest_cnb_report.cli.run import run
from pytest_cnb_report.report.results import Run
from pytest_cnb_report.report.write import REPORTS, write_all

from .caller import PROGRAMS, REGISTRY, Caller

ASKED = (*REGISTRY, "--phase", "rebaser", "--requirement", "rebase.*", "--output", "out")
IN_ORDER = ("--", "-p", "no:randomly")
"""Judges plain cases first: where many generated label sets came first, they would take all calls
before there is one result."""


def slow_after(caller: Caller, calls: int) -> Path:
    """Write a lifecycle whose rebaser marks, after so many calls, that it now takes an hour."""
    mark, count = caller.folder / "waiting", caller.folder / "count"
    return caller.script(
        "slow",
        f'if [ "$1" = rebaser ] && [ $# -gt {0 if calls == 0 else 2} ]; then',
        f"  echo >>{count}",
        f"  if [ $(wc -l <{count}) -gt {calls} ]; then",
        f"    touch {mark}; sleep 3600 & wait",
        "  fi",
        "fi",
        f'exec {sys.executable} -m pytest_cnb_report.reference "$@"',
    )


def interrupted(
    caller: Caller, process: subprocess.Popen[str], how: signal.Signals = signal.SIGINT
) -> tuple[str, str]:
    """Wait until the lifecycle is slow, press Ctrl-C, and return what was said.

    Any other signal goes to the first process alone, as CI systems and timeout(1) do it.
    """
    deadline = time.monotonic() + 120
    while not (caller.folder / "waiting").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    if how is signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    return process.communicate(timeout=60)


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "workers"])
@pytest.mark.parametrize(
    "how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda how: how.name
)
def test_in_the_middle_of_judging(caller: Caller, how: signal.Signals, workers: list[str]) -> None:
    lifecycle = slow_after(caller, calls=6)
    words = ("run", "--lifecycle", f"command:{lifecycle}", *ASKED, *workers, *IN_ORDER)
    process = caller.start("cnb-conformance", *words)
    stdout, stderr = interrupted(caller, process, how)
    assert process.returncode == 128 + how, stdout + stderr
    report = caller.report()
    by = "" if how is signal.SIGINT else f" by {how.name}"
    assert report["cut_short"] == f"interrupted{by}"
    assert not report["complete"]
    assert "pass" in {result["outcome"] for result in report["results"]}
    *_, last = stdout.strip().split("\n\n")
    assert f"the run was cut short: interrupted{by}" in " ".join(last.split())
    assert "Traceback" not in stdout + stderr
    assert caller.left_behind() == []
    written = {path.name for path in (caller.folder / "out").iterdir()}
    assert {"report.json", "report.html", "report.md", "junit.xml", "badge.json"} <= written


def test_its_terminal_is_closed(caller: Caller) -> None:
    """The kernel sends SIGHUP then, and nothing can be written to the terminal any more."""
    lifecycle = slow_after(caller, calls=6)
    words = ("run", "--lifecycle", f"command:{lifecycle}", *ASKED, *IN_ORDER)
    ours, theirs = os.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", PROGRAMS / "cnb-conformance", *words],
        cwd=caller.folder,
        env=caller.variables,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        reader = threading.Thread(target=_read_until, args=(ours, caller.folder / "waiting"))
        reader.start()
        reader.join(120)
        assert not reader.is_alive()
        os.close(ours)
        assert process.wait(60) == 129
    report = caller.report()
    assert report["cut_short"] == "interrupted by SIGHUP"
    assert "pass" in {result["outcome"] for result in report["results"]}
    assert caller.left_behind() == []


def _read_until(terminal: int, mark: Path) -> None:
    """Read what is shown on a terminal, which would be full else, until a file is there."""
    while not mark.exists():
        if select.select([terminal], [], [], 0.05)[0]:
            os.read(terminal, 4096)


def test_in_the_background_of_a_shell(caller: Caller) -> None:
    """Where SIGINT is ignored, and workers with it."""
    lifecycle = slow_after(caller, calls=6)
    words = ("run", "--lifecycle", f"command:{lifecycle}", *ASKED, "-n", "2", *IN_ORDER)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = caller.start("cnb-conformance", *words)
    finally:
        signal.signal(signal.SIGINT, before)
    stdout, stderr = interrupted(caller, process, signal.SIGTERM)
    assert process.returncode == 143, stdout + stderr
    assert caller.left_behind() == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP], ids=lambda how: how.name)
def test_before_anything_is_judged(caller: Caller, how: signal.Signals) -> None:
    lifecycle = slow_after(caller, calls=0)
    (caller.folder / "out").mkdir()
    for name in REPORTS:
        (caller.folder / "out" / name).write_text("an earlier run's: conformant")
    process = caller.start("cnb-conformance", "run", "--lifecycle", f"command:{lifecycle}", *ASKED)
    stdout, stderr = interrupted(caller, process, how)
    assert process.returncode == 128 + how, stdout + stderr
    assert "Traceback" not in stdout + stderr
    by = "" if how is signal.SIGINT else " by SIGHUP"
    assert stderr.strip() == f"cnb-conformance run: interrupted{by}"
    assert list((caller.folder / "out").iterdir()) == [], "no earlier verdict is left"
    assert caller.left_behind() == []


class Again:
    """Presses Ctrl-C for the first time while a test runs, and again while pytest ends."""

    def pytest_runtest_call(self) -> None:
        raise KeyboardInterrupt

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        raise KeyboardInterrupt


def test_a_second_time(tmp_path: Path) -> None:
    words = ("--cnb-target=registry", "--cnb-phase=exporter", f"--cnb-output={tmp_path}")
    assert run(words, ("-k", "[exporter-registry-plain]"), plugins=[Again()]) == 130
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["cut_short"], report["conformant"]) == ("interrupted", False)
    assert {*REPORTS} <= {path.name for path in tmp_path.iterdir()}


def test_while_the_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_interrupted(made: Run, output: Path, folders: Collection[str]) -> tuple[Path, ...]:
        signal.raise_signal(signal.SIGINT)
        return write_all(made, output, folders)

    monkeypatch.setattr("pytest_cnb_report.planning.outputs.write_all", write_interrupted)
    words = ("--cnb-target=registry", "--cnb-phase=exporter", f"--cnb-output={tmp_path}")
    with pytest.raises(KeyboardInterrupt):
        run(words, ("-k", "[exporter-registry-plain]"))
    assert json.loads((tmp_path / "report.json").read_text())["cut_short"] is None
    assert (tmp_path / "junit.xml").read_text().endswith("</testsuites>\n")
    assert {*REPORTS} <= {path.name for path in tmp_path.iterdir()}


def test_under_plain_pytest(caller: Caller) -> None:
    lifecycle = slow_after(caller, calls=6)
    words = [f"--cnb-{word[2:]}" if word.startswith("--") else word for word in ASKED]
    process = caller.start(
        *("pytest", "--pyargs", "pytest_cnb_report.conformance", "-p", "no:randomly"),
        f"--cnb-lifecycle=command:{lifecycle}",
        *words,
    )
    stdout, _ = interrupted(caller, process)
    assert process.returncode == 2  # pytest's own code for an interruption
    assert "KeyboardInterrupt" in stdout
    assert caller.report()["cut_short"] == "interrupted"
