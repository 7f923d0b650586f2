"""Read what a lifecycle left on disk: bounded, never waiting, and never through a link.

A lifecycle may leave anything: a FIFO that nobody writes to, a link to a device that never ends, a
sparse file of terabytes, a tree without end. Each becomes a value that says what it is.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class LeftFile:
    """What stands at a path.

    `content` is that of a regular file within the bound. Otherwise `problem` says why there is
    none, in words that go on from "there is"; `size` is in bytes, and `mode` are permission bits.
    """

    content: bytes | None = None
    problem: str | None = None
    regular: bool = False
    size: int = 0
    mode: int = 0


def read_left(path: str, bound: int, *, follow: bool = False) -> LeftFile | None:
    """Read a file of at most `bound` bytes; None where nothing stands at the path.

    With `follow` a link stands for what it leads to, as for a file that the user names. Raises
    OSError where it may not be read.
    """
    try:
        facts = os.stat(path, follow_symlinks=follow)  # noqa: PTH116 - says which of the two
    except FileNotFoundError:
        dangling = follow and os.path.islink(path)  # noqa: PTH114
        return LeftFile(problem="a symbolic link that leads nowhere") if dangling else None
    if (kind := kind_of(facts.st_mode)) is not None:
        # not even opened: opening a device can do something
        return LeftFile(problem=kind, mode=stat.S_IMODE(facts.st_mode))
    open_file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
    try:
        # something else may have taken its place meanwhile
        facts = os.fstat(open_file)
        kind, mode = kind_of(facts.st_mode), stat.S_IMODE(facts.st_mode)
        content = b"" if kind is not None else _read(open_file, bound + 1)
    finally:
        os.close(open_file)
    if kind is not None:
        return LeftFile(problem=kind, mode=mode)
    if len(content) > bound:
        size = max(facts.st_size, len(content))
        return LeftFile(problem=f"a file of {size} bytes", regular=True, size=size, mode=mode)
    return LeftFile(content, regular=True, size=len(content), mode=mode)


def kind_of(mode: int) -> str | None:
    """Name what is no regular file; None for one."""
    if stat.S_ISREG(mode):
        return None
    for test, name in (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return name
    return "something that is not a file"


def walk_left(folder: str, most: int) -> Iterator[os.DirEntry[str]]:
    """Give what stands below a folder, at most so many entries, and enter no link.

    A folder that may not be read, or whose path is longer than the system takes, seems empty.
    """
    waiting, given = [folder], 0
    while waiting and given < most:
        try:
            entries = os.scandir(waiting.pop())
        except OSError:
            continue
        with entries:
            for entry in entries:
                if given == most:
                    return
                given += 1
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _read(open_file: int, most: int) -> bytes:
    parts, left = [], most
    while left and (part := os.read(open_file, min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
