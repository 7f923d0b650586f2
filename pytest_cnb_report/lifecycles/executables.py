"""Executable files, checked and identified."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pytest_cnb_report.lifecycles.lifecycle import LifecycleError


def require_executable(given: str, path: Path) -> None:
    """Raise LifecycleError unless `path`, which `--lifecycle` led to, is an executable file."""
    if not path.is_file() or not os.access(path, os.X_OK):
        raise LifecycleError(
            f"--lifecycle {given}: {path} is not an executable file; chmod +x it, or name another"
        )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
