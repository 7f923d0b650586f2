"""What can be seen of one case, and the aspects of it in which two lifecycles may differ."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation

_SESSION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Seen:
    """One observation, with what an observation does not have and a variation may change.

    `files` are those in the folder of the call, with their modes and modification times in seconds;
    `evidence` is what the variation itself says that it did, where nobody outside can tell.
    """

    observation: Observation
    files: tuple[tuple[str, int, int], ...]
    evidence: str

    @classmethod
    def of(cls, observation: Observation, folder: Path, evidence: Path) -> Seen:
        """Look at the folder before it is cleared."""
        said = evidence.read_text() if evidence.exists() else ""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return cls(observation, tuple(_file(path, folder) for path in files), said)


def _file(path: Path, folder: Path) -> tuple[str, int, int]:
    facts = path.stat()
    # a file of the lifecycle's own has a time of its own
    time = int(facts.st_mtime) if facts.st_mtime < 1e9 else 0
    return os.fspath(path.relative_to(folder)), stat.S_IMODE(facts.st_mode), time


Aspect = Callable[[Seen], object]
"""Something that can be compared."""


def report_text(seen: Seen) -> object:
    """The report, byte for byte."""
    return seen.observation.report.content


def _images(seen: Seen) -> list[AppImage]:
    after = seen.observation.after
    return [state for _, state in sorted(after.items()) if isinstance(state, AppImage)]


def config(seen: Seen) -> object:
    """The config of every image, byte for byte."""
    return [image.config for image in _images(seen)]


def manifest(seen: Seen) -> object:
    """The manifest of every image, byte for byte, with its media type."""
    return [(image.media_type, image.manifest) for image in _images(seen)]


def blobs(seen: Seen) -> object:
    """The layers of every image as they are stored."""
    return [image.layers for image in _images(seen)]


def requests(seen: Seen) -> object:
    """What the registry was asked, in order."""
    return [
        (request.method, _SESSION.sub("SESSION", request.path), request.received, request.status)
        for request in seen.observation.requests
    ]


def output(seen: Seen) -> object:
    """What was printed."""
    call = seen.observation.call
    return None if call is None else (call.stdout, call.stderr)


def exit_code(seen: Seen) -> object:
    """How the call ended."""
    return None if seen.observation.call is None else seen.observation.call.exit_code


def files(seen: Seen) -> object:
    """Which files are there afterwards."""
    return seen.files


def evidence(seen: Seen) -> object:
    """What the variation says that it did."""
    return seen.evidence
