"""The console script as users call it: as a process, or in this one where that will do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_cnb_report.cli.main import main

PROGRAM = Path(sys.executable).parent / "cnb-conformance"


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def problem(self) -> str:
        """The one message of a command that could not do what it was asked."""
        assert self.code == 2, self
        assert "Traceback" not in self.err
        (line,) = self.err.strip().splitlines()
        return line


def process(*words: str, cwd: Path | None = None, **variables: str) -> Ended:
    """Run the console script to its end, without a terminal; pytest-xdist claims to have one."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
    done = subprocess.run(
        [PROGRAM, *words],
        cwd=cwd,
        env={**inherited, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Console:
    """The console script in this process: what needs neither pytest nor signals."""

    capture: Callable[[], tuple[str, str]]

    def __call__(self, *words: object) -> Ended:
        self.capture()
        try:
            code = main([str(word) for word in words])
        except SystemExit as ending:
            code = int(str(ending.code))
        return Ended(code, *self.capture())


@pytest.fixture
def console(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Console:
    """The console script, in an empty folder and at a terminal of 80 columns without colour."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    return Console(capsys.readouterr)
