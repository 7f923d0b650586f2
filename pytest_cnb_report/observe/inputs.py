"""The files that a phase finds on its disk, as values that can be written down again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.observe.left_files import LeftFile, read_left, walk_left

LARGEST_INPUT = 256 * 1024
"""Bytes of a file that are kept; those that real analyzers write have a few hundred."""

ALL_INPUTS = 1024 * 1024
"""Bytes of all files of one call that are kept."""

MOST_INPUTS = 1000
"""Files and folders of one call that are looked at."""


@dataclass(frozen=True)
class InputFile:
    """A file or, where `content` is None, a folder that a phase was given.

    `path` is relative to the folder that the phase was called in; `mode` are its permission bits.
    What an earlier phase left there and the suite does not keep has neither, but `left_out`: what
    it is.
    """

    path: str
    mode: int
    content: bytes | None
    left_out: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.content is None and not self.left_out


def read_inputs(
    folder: Path,
    *,
    largest: int = LARGEST_INPUT,
    together: int = ALL_INPUTS,
    most: int = MOST_INPUTS,
) -> tuple[InputFile, ...]:
    """Read what is below the folder of a call, sorted by path.

    An earlier phase may have left anything there: files of more than `largest` bytes, and those for
    which nothing is left of `together`, are only named, as links and FIFOs are. Of more than `most`
    files and folders those that the system lists first are told.
    """
    found: list[InputFile] = []
    for entry in walk_left(str(folder), most):
        each = _read(entry.path, min(largest, together))
        together -= len(each.content or b"")
        path = Path(entry.path).relative_to(folder)
        # a name that is not UTF-8 could not be written into a record
        name = str(path).encode(errors="surrogateescape").decode(errors="backslashreplace")
        found.append(InputFile(name, each.mode, each.content, each.problem or ""))
    return tuple(sorted(found, key=lambda each: Path(each.path)))


def _read(path: str, bound: int) -> LeftFile:
    try:
        found = read_left(path, bound) or LeftFile(problem="removed meanwhile")
    except OSError as reason:
        return LeftFile(problem=f"cannot be read: {reason.strerror}")
    return LeftFile(mode=found.mode) if found.problem == "a directory" else found
