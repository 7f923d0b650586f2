"""Executable files, checked and identified."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from pytest_cnb_report.drive.process import Command
from pytest_cnb_report.lifecycles.lifecycle import LifecycleError
from pytest_cnb_report.values import Phase


def require_executable(given: str, path: Path) -> None:
    """Raise LifecycleError unless `path`, which `--lifecycle` led to, is an executable file."""
    if not path.is_file() or not os.access(path, os.X_OK):
        raise LifecycleError(
            f"--lifecycle {given}: {path} is not an executable file; chmod +x it, or name another"
        )


def phase_commands(given: str, folder: Path, phases: Iterable[Phase]) -> dict[Phase, Command]:
    """Return a command for each phase that has an executable of its name in a folder.

    Raises LifecycleError where one is there and is not an executable file.
    """
    paths = {phase: folder / phase.value for phase in phases if (folder / phase.value).exists()}
    for path in paths.values():
        require_executable(given, path)
    return {phase: Command(str(path), str(path)) for phase, path in paths.items()}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            digest.update(piece)
    return digest.hexdigest()
