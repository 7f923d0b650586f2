"""How a variation says that it did something which nobody outside can tell."""

from __future__ import annotations

import os
from pathlib import Path

EVIDENCE = "LEGAL_EVIDENCE"
"""The variable that names the file."""


def say(what: str) -> None:
    """Add a line to the evidence."""
    with Path(os.environ[EVIDENCE]).open("a") as file:
        file.write(f"{what}\n")
