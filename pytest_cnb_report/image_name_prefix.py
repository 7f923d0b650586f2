"""The repository prefix that marks what a run puts where others are, and tells whether it lives.

`cnb-conformance-<place>-<start>-<run>`: the folder of temporary files and the boot of the machine
that the run is on (a hash), the second that it started in, and the name of its scratch folder,
which a lock holds for as long as the run lives (`pytest_cnb_report.scratch`). A daemon or a
registry may be shared by machines and containers that do not see each other's locks, so only runs
of the same place are told to be dead by their lock; those of another place once no run can be that
old.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

from pytest_cnb_report.scratch import is_held

FOLDER_KIND = "run"
"""The kind of scratch folder (`scratch_folder`) that a prefix is made from."""

BEGINNING = "cnb-conformance-"
"""What every prefix begins with."""

_PREFIX = re.compile(
    BEGINNING + r"(?P<place>[0-9a-f]{12})-(?P<start>[0-9a-f]{8,10})-(?P<run>[0-9a-f]{16})"
)
_RANDOM = re.compile(r"[a-z0-9_]{8}")
"""What `tempfile` puts at the end of a folder's name."""
_WEEK = 7 * 24 * 3600
"""Seconds; a run takes minutes."""


def prefix_for(folder: Path) -> str:
    """Make the prefix of a run that holds this scratch folder of the kind `run`."""
    run = folder.name.removeprefix(f"{FOLDER_KIND}-").encode().hex()
    prefix = f"{BEGINNING}{_place()}-{int(time.time()):08x}-{run}"
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{folder} is not a scratch folder of the kind {FOLDER_KIND!r}")
    return prefix


def is_prefix(text: str) -> bool:
    """Tell whether this has the shape of a run's prefix."""
    return _PREFIX.fullmatch(text) is not None


def started(prefix: str) -> int:
    """Return when the run began, in seconds of Unix time; raises ValueError for no prefix."""
    match = _PREFIX.fullmatch(prefix)
    if match is None:
        raise ValueError(f"{prefix!r} is not the prefix of a run")
    return int(match["start"], 16)


def prefix_of(name: str) -> str | None:
    """Return the prefix of the run that an image name belongs to; None where it is of no run."""
    prefix, slash, repository = name.partition("/")
    return prefix if slash and repository and is_prefix(prefix) else None


def prefixes_in(text: str) -> set[str]:
    """Find the prefixes of all runs whose images a text names."""
    return {match[0] for match in _PREFIX.finditer(text) if text[match.end() :].startswith("/")}


def is_dead(prefix: str) -> bool:
    """Tell whether the run with this prefix has certainly ended. False where that is not known."""
    match = _PREFIX.fullmatch(prefix)
    if match is None:
        return False
    if match["place"] != _place():
        return started(prefix) < time.time() - _WEEK
    name = bytes.fromhex(match["run"]).decode("ascii", "replace")
    return _RANDOM.fullmatch(name) is not None and not is_held(f"{FOLDER_KIND}-{name}")


def _place() -> str:
    """Identify where the locks of this user's runs can be seen."""
    folder = Path(tempfile.gettempdir()).stat()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    text = f"{boot} {folder.st_dev} {folder.st_ino} {os.getuid()}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]
