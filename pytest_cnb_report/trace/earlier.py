"""The words that a sentence had when its row was made, where the checkout's own history has them.

The table has no text; a Git repository that is not too shallow has it all.
"""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Mapping
from pathlib import Path

from pytest_cnb_report.trace.rows import TracedDocument
from pytest_cnb_report.trace.sentences import sentences
from pytest_cnb_report.values import PlatformApi

_SECONDS = 10


def earlier_words(
    document: TracedDocument, folder: Path, api: PlatformApi | None
) -> Mapping[str, str]:
    """Return the text of each fingerprint; empty where the checkout cannot tell."""
    blob = next((blob for blob, at in document.editions.items() if at == api), None)
    name = blob or f"{document.document.revision}:{document.document.path}"
    try:
        shown = subprocess.run(
            ["git", "-C", str(folder), "cat-file", "blob", name],
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        )
        text = shown.stdout.decode("utf-8")
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return {}
    return {each.fingerprint: each.text for each in sentences(text)}


def likeness(one: str, other: str) -> float:
    """Say how much two sentences have in common, word by word, from 0 to 1."""
    return difflib.SequenceMatcher(a=one.split(), b=other.split(), autojunk=False).ratio()
