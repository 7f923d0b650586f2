"""Runs that leave reproductions, and what repeats them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .console import PROGRAM, Ended, process

PATH = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"


def conformance(output: Path, *words: str) -> Ended:
    return process("run", "--target", "registry", "--output", str(output), *words)


def folders(output: Path) -> set[str]:
    """Name the folders below `reproduce`, as requirement and place."""
    home = output / "reproduce"
    return {str(path.parent.relative_to(home)) for path in home.glob("*/*/run.sh")}


def repeat(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(folder / "run.sh"), *(words or ("--call",))],
        env={**os.environ, "PATH": PATH, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
