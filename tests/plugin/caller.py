"""Somebody who uses the suite, in a folder, with a home and a temporary folder of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_cnb_report.cli.main import main

PROGRAMS = Path(sys.executable).parent
PACKAGE = "pytest_cnb_report.conformance"

REGISTRY = ("--target", "registry")
ONE_ITEM = (*REGISTRY, "--phase", "rebaser", "--requirement", "rebase.labels.idempotent")
"""What judges one requirement on one case, in four calls of the lifecycle."""
SEVERAL = ("-k", "[rebaser-registry-several-images]")
"""Selects the scenario with several names alone, of all that requirements on names apply to."""


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        return self.stdout + self.stderr

    def outcomes(self) -> str:
        """Pytest's own last line, such as `1 passed, 2 skipped in 0.12s`."""
        return self.stdout.strip().splitlines()[-1].strip("= ")


@dataclass(frozen=True)
class Caller:
    """Runs the suite in each of the ways that users do."""

    folder: Path
    home: Path
    temporary: Path
    monkeypatch: pytest.MonkeyPatch
    capture: Callable[[], tuple[str, str]]

    @property
    def variables(self) -> dict[str, str]:
        """Everything that is in the caller's environment."""
        return {
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
        }

    def inside(self, *options: str, command: str = "run", **variables: str) -> Ended:
        """`cnb-conformance run`, or another command, in this process, which spares the imports."""
        environment = {**self.variables, **variables}
        with self.monkeypatch.context() as patch, warnings.catch_warnings():
            warnings.resetwarnings()
            patch.chdir(self.folder)
            for name in os.environ:
                patch.delenv(name)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(tempfile, "tempdir", None)
            self.capture()
            try:
                code = main([command, *options])
            except SystemExit as ending:
                code = int(str(ending.code))
        return Ended(code, *self.capture())

    def conformance(self, *words: str, **variables: str) -> Ended:
        """`cnb-conformance run` as a shell runs it."""
        return self.program("cnb-conformance", "run", *words, **variables)

    def pytest(self, *words: str, **variables: str) -> Ended:
        """`pytest` as a shell runs it."""
        return self.program("pytest", *words, **variables)

    def program(self, *words: str, **variables: str) -> Ended:
        """Run a program of the environment that these tests are run in."""
        process = self.start(*words, **variables)
        try:
            stdout, stderr = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Ended(process.returncode, stdout, stderr)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Start such a program, the leader of a process group of its own as from a shell."""
        return subprocess.Popen(
            [PROGRAMS / words[0], *words[1:]],
            cwd=self.folder,
            env={**self.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def report(self, folder: str = "out") -> dict[str, Any]:
        """The results file that a run with `--output FOLDER` left."""
        text = (self.folder / folder / "report.json").read_text(encoding="utf-8")
        report: dict[str, Any] = json.loads(text)
        return report

    def script(self, name: str, *lines: str) -> Path:
        """Write an executable shell script into the caller's folder."""
        path = self.folder / name
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        path.chmod(0o755)
        return path

    def left_behind(self, within: float = 5.0) -> list[str]:
        """Temporary files and processes that are still there so many seconds after a run."""
        deadline = time.monotonic() + within
        while (found := self._left()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def _left(self) -> list[str]:
        files = [str(path) for path in self.temporary.iterdir() if "pytest-of-" not in path.name]
        return files + processes_with(str(self.temporary))


def processes_with(text: str) -> list[str]:
    """Return the command line of each process that has `text` in its environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in environment and command and int(process.name) != os.getpid():
            found.append(command.replace(b"\0", b" ").decode())
    return found


def by_requirement(report: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the outcomes of each requirement over all its results."""
    found: dict[str, set[str]] = {}
    for result in report["results"]:
        found.setdefault(result["requirement"], set()).add(result["outcome"])
    return found
