"""The files that a phase finds on its disk, as values that can be written down again."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class InputFile:
    """A file or, where `content` is None, a folder that a phase was given.

    `path` is relative to the folder that the phase was called in; `mode` are its permission bits.
    """

    path: str
    mode: int
    content: bytes | None


def read_inputs(folder: Path) -> tuple[InputFile, ...]:
    """Read everything below the folder of a call, sorted by path; the bench makes no links."""
    return tuple(_read(path, folder) for path in sorted(folder.rglob("*")))


def _read(path: Path, folder: Path) -> InputFile:
    content = None if path.is_dir() else path.read_bytes()
    return InputFile(str(path.relative_to(folder)), stat.S_IMODE(path.stat().st_mode), content)
