"""The repository prefix that a run puts all of its images under, where others have theirs too.

It is a word and random digits, because what is judged reads it in every image name: it tells
neither whose it is nor what for. Nobody else has it, so that what is below it is the run's. Which
prefixes are those of runs is known from the journal alone (`run_journal`).
"""

from __future__ import annotations

import re
import secrets

from pytest_cnb_report.plausible_words import WORDS

_PREFIX = re.compile(r"[a-z]+-[0-9a-f]{12}")
_IN_NAMES = re.compile(rf"(?<![0-9a-z._-]){_PREFIX.pattern}(?=/)")


def draw_prefix() -> str:
    """Return a prefix that no run has had before."""
    return f"{secrets.choice(WORDS)}-{secrets.token_hex(6)}"


def is_prefix(text: str) -> bool:
    """Tell whether this has the shape of a run's prefix."""
    return _PREFIX.fullmatch(text) is not None


def prefix_of(name: str) -> str | None:
    """Return what stands where an image name would have a run's prefix; None where nothing does."""
    prefix, slash, repository = name.partition("/")
    return prefix if slash and repository and is_prefix(prefix) else None


def prefixes_in(text: str) -> set[str]:
    """Find what has the shape of a prefix in all image names of a text."""
    return set(_IN_NAMES.findall(text))
