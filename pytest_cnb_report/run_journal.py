"""What outlives a run that is killed, written down before it is made.

Each thing has a note: a file of JSON lines in a folder of the user's own. The first line says who
made the thing, and each other line names a part of it; a line that was cut off was followed by
nothing that was made. The note goes with the thing. What is noted, and whose process has ended, is
what a killed run has left: exactly that is removed by a later one.

A process is told by its ID, the moment at which it started, and the place where that ID means
something: host, boot and PID namespace. A home may be shared by hosts that do not see each other's
processes, so a note from another place is left alone until no run can be that old.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["folder", "images", "containers", "repositories"]

_WEEK = 7 * 24 * 3600
"""Seconds; a run takes minutes."""
_SUFFIX = ".note"


class JournalError(Exception):
    """Nothing can be noted anywhere; the message says what is in the way."""


@dataclass(frozen=True)
class Writer:
    """The process that makes something. `begun` is in clock ticks since `boot`."""

    host: str
    boot: str
    pids: str
    process: int
    begun: str
    at: float
    """When the note was begun, in seconds of Unix time."""

    @classmethod
    def here(cls) -> Writer:
        """Describe this process."""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        pids = str(Path("/proc/self/ns/pid").readlink())
        process = os.getpid()
        return cls(platform.node(), boot, pids, process, _begun(process) or "", time.time())

    def has_ended(self, here: Writer) -> bool:
        """Tell whether the process is certainly gone; `here` is the one that asks."""
        if (self.host, self.boot, self.pids) != (here.host, here.boot, here.pids):
            return self.at < here.at - _WEEK
        return _begun(self.process) != self.begun


@dataclass(frozen=True)
class Note:
    """Something that was or is about to be made.

    `where` is the address of a daemon or a registry, or what a folder is for; `names` are what the
    kind is about: a path, prefixes of image names, repositories or their prefix.
    """

    path: Path
    kind: Kind
    where: str
    names: tuple[str, ...]

    def done(self) -> None:
        """Take the note away: nothing of what it names is there any more."""
        _remove(self.path)


class OpenNote:
    """A note that this process is writing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: dict[str, None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What was added."""
        return tuple(self._names)

    @property
    def folder(self) -> Path:
        """Where the note is."""
        return self._path.parent

    def add(self, name: str) -> None:
        """Name one more part, before it is made; a name that was added already is passed over."""
        if name not in self._names:
            _append(self._path, {"name": name})
            self._names[name] = None

    def done(self) -> None:
        """Take the note away: nothing of what it names is there any more."""
        _remove(self._path)

    def leave(self) -> None:
        """Say, unless it is done, that the rest is for a later run to remove."""
        if self._path.exists():
            _append(self._path, {"left": True})


@contextlib.contextmanager
def noted(kind: Kind, *names: str, where: str = "") -> Iterator[OpenNote]:
    """Note something for the length of a block that makes it, uses it and removes it.

    The block calls `done` once all of it is removed. Raises JournalError where nothing can be
    noted.
    """
    note = OpenNote(_begin(kind, where))
    try:
        for name in names:
            note.add(name)
        yield note
    finally:
        note.leave()


def left_behind(kind: Kind) -> tuple[Note, ...]:
    """Return the notes of what nobody will remove who made it, the oldest first.

    What cannot be read is passed over, and forgotten once no run can be that old.
    """
    here = Writer.here()
    found: list[tuple[float, Note]] = []
    for folder in filter(_is_own, candidates()):
        for path in _notes_in(folder):
            with contextlib.suppress(OSError):
                read = _read(path)
                if read is None:
                    _forget(path, here)
                    continue
                writer, note, left = read
                if note.kind == kind and (left or writer.has_ended(here)):
                    found.append((writer.at, note))
    return tuple(note for _, note in sorted(found, key=lambda each: each[0]))


def _notes_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix == _SUFFIX]
    except OSError:  # whose last note was there has just removed the folder
        return []


def candidates() -> tuple[Path, ...]:
    """Return where notes may be, the preferred place first (XDG Base Directory Specification)."""
    fallback = Path(tempfile.gettempdir()).resolve() / f".state-{os.getuid()}"
    given = os.environ.get("XDG_STATE_HOME", "")
    if Path(given).is_absolute():
        return Path(given) / "pytest-cnb-report", fallback
    with contextlib.suppress(RuntimeError):  # a user without a home
        return Path.home() / ".local" / "state" / "pytest-cnb-report", fallback
    return (fallback,)


def journal_place() -> tuple[Path, str]:
    """Return the folder that notes go to, and why it is not the preferred one, if it is not.

    Raises JournalError.
    """
    with noted("folder") as note:
        folder = note.folder
        note.done()
    preferred = candidates()[0]
    if folder == preferred:
        return folder, ""
    return folder, f"{preferred} cannot be written to; make it writable or set XDG_STATE_HOME"


def _begin(kind: Kind, where: str) -> Path:
    first = {**asdict(Writer.here()), "kind": kind, "where": where}
    problem: OSError | None = None
    for folder in candidates():
        path = folder / f"{secrets.token_hex(8)}{_SUFFIX}"
        try:
            return _first_line(path, first)
        except OSError as found:
            problem = problem or found
            with contextlib.suppress(OSError):
                path.unlink()
    raise JournalError(
        f"cannot note what is made for this run in {' or '.join(map(str, candidates()))}:"
        f" {problem.strerror if problem else 'there is no such place'}; make room or make one of"
        " them writable, or name another folder in XDG_STATE_HOME"
    ) from problem


def _first_line(path: Path, line: dict[str, object]) -> Path:
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_own(path.parent):
            raise PermissionError(0, "somebody else can write to it")
        try:
            _append(path, line)
        except FileNotFoundError:
            continue  # whose last note was there has just removed the folder
        return path


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()  # only where it was the last one


def _append(path: Path, line: dict[str, object]) -> None:
    content = json.dumps(line, separators=(",", ":")).encode() + b"\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError(0, "no room for the whole line")
    finally:
        os.close(descriptor)


def _read(path: Path) -> tuple[Writer, Note, bool] | None:
    """Read who wrote a note, and what; None where that cannot be told."""
    first, *others = path.read_bytes().split(b"\n")
    match _decoded(first):
        case {
            "host": str(host),
            "boot": str(boot),
            "pids": str(pids),
            "process": int(process),
            "begun": str(begun),
            "at": float(at),
            "kind": ("folder" | "images" | "containers" | "repositories") as kind,
            "where": str(where),
        }:
            writer = Writer(host, boot, pids, process, begun, at)
        case _:
            return None
    lines = [_decoded(line) for line in others]
    names = tuple(dict.fromkeys(_names(lines)))
    return writer, Note(path, kind, where, names), {"left": True} in lines


def _names(lines: Sequence[object]) -> Iterator[str]:
    for line in lines:
        match line:
            case {"name": str(name)}:
                yield name


def _decoded(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _forget(path: Path, here: Writer) -> None:
    if path.stat().st_mtime < here.at - _WEEK:
        _remove(path)


def _is_own(folder: Path) -> bool:
    """Tell whether the folder is there and nobody but this user can write to it."""
    with contextlib.suppress(OSError):
        found = folder.lstat()
        writable = stat.S_IMODE(found.st_mode) & 0o022
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not writable
    return False


def _begun(process: int) -> str | None:
    """Return when a process started, in clock ticks since the boot; None where there is none."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # fields 3 (state) to 22 (start) and on, proc_pid_stat(5); the name before them may hold blanks
    state, *fields = text.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else fields[22 - 4]
