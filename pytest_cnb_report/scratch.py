"""Temporary folders that do not outlive the process that uses them, even where it was killed.

Their names tell nothing, because what is judged sees them. Each is noted in the journal
(`run_journal`) before it is made, and held by a lock (`flock(2)` on the folder itself) that the
kernel lets go when the process ends, however it ends. Whoever makes the next one removes those that
killed runs have left, with the processes that have their home there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_cnb_report.run_journal import JournalError, left_behind, noted

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTERS = "bcdfghjkmnpqrstvwxz0123456789"
"""No vowels: nothing that is drawn is a word."""
_NAME = re.compile(rf"tmp[{_LETTERS}]{{12}}")


ROOM = 32 * 1024 * 1024
"""Bytes that a run may need; each scenario takes some hundred thousand, and leaves none."""

FILES = 1000
"""Files and folders that a run may need; a scenario has some fifty."""


class ScratchError(Exception):
    """There is no place for temporary folders; the message says what is in the way."""


@contextlib.contextmanager
def scratch_folder(kind: str, *, at_most: int | None = None) -> Iterator[Path]:
    """Give a new, empty folder in the folder of temporary files, removed at the end.

    `kind` says in the journal what it is for. Folders left behind by runs that were killed are
    removed first. Only the user may enter the new folder (mode 0700); a caller that starts a
    process under another user opens it to that user with `chmod`. A folder in which something is
    still mounted is left alone. The path has at most `at_most` bytes, as those of sockets are
    bounded: where that of the folder of temporary files is too long, it is in `/tmp` or
    `/var/tmp`. Raises ScratchError.
    """
    remove_abandoned()
    name = "tmp" + "".join(secrets.choice(_LETTERS) for _ in range(12))
    path = _parent(len(name) + 1, at_most) / name
    with contextlib.ExitStack() as stack:
        try:
            note = stack.enter_context(noted("folder", str(path), where=kind))
        except JournalError as problem:
            raise ScratchError(str(problem)) from problem
        try:
            path.mkdir(mode=0o700)
        except OSError as error:
            note.done()
            raise ScratchError(
                f"cannot use {path.parent} for temporary files: {error.strerror}; "
                "make room or make it writable, or name another folder in TMPDIR"
            ) from error
        lock = _hold(path)
        try:
            yield path
        finally:
            remove_folder(path)
            if lock is not None:
                os.close(lock)
            if not path.exists():
                note.done()
    remove_abandoned()  # a worker that was killed meanwhile has left its own


def _parent(length: int, at_most: int | None) -> Path:
    """Return where a folder goes whose name, with the slash, has this length."""
    usual = Path(tempfile.gettempdir()).resolve()
    if at_most is None:
        return usual
    places = (usual, Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - the folder in it is our own
    room = at_most - length
    return next((each for each in places if len(os.fsencode(each)) <= room), usual)


def check_room(*, room: int = ROOM, files: int = FILES) -> None:
    """Raise ScratchError where the temporary folder has no use.

    That is where fewer than so many bytes or files fit into it, or where no program in it can be
    run: a creator runs buildpacks there, and what fails is not to be taken for its fault.
    """
    folder = Path(tempfile.gettempdir()).resolve()
    try:
        there = os.statvfs(folder)
    except OSError as error:
        raise ScratchError(f"cannot use {folder} for temporary files: {error.strerror}") from error
    if there.f_flag & os.ST_NOEXEC:
        raise ScratchError(
            f"{folder} is mounted noexec, so that no buildpack in it can be run; mount it with exec"
            " (Docker: --tmpfs /tmp:exec), or name another folder in TMPDIR"
        )
    remedy = "make room, or name another folder in TMPDIR"
    free = there.f_bavail * there.f_frsize
    if free < room:
        raise ScratchError(
            f"{folder} has {_megabytes(free)} left for temporary files, of the"
            f" {_megabytes(room)} that a run needs; {remedy}"
        )
    # some file systems have no limit, and say that they have none in all
    if there.f_files and there.f_favail < files:
        raise ScratchError(
            f"{folder} takes {there.f_favail} more files, of the {files} that a run needs; {remedy}"
        )


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:.1f} MB"


def remove_abandoned() -> None:
    """Remove the folders that killed runs have left, as far as that is possible now."""
    for note in left_behind("folder"):
        gone = True
        for path in map(Path, note.names):
            if _is_ours(path):
                lock = _hold(path)
                if lock is not None:
                    _end_what_lives_in(path)
                    remove_folder(path)
                    os.close(lock)
                gone = gone and not path.exists()
        if gone:
            note.done()


def _is_ours(path: Path) -> bool:
    """Tell whether a path from a note can be that of a scratch folder, and is there."""
    with contextlib.suppress(OSError):
        named = path.is_absolute() and _NAME.fullmatch(path.name) is not None
        return named and path.lstat().st_uid == os.getuid()
    return False


def _end_what_lives_in(path: Path) -> None:
    """End processes whose home is in `path`: a run that was killed has left them."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            variables = os.fsdecode((process / "environ").read_bytes()).split("\0")
            homes = [Path(v.removeprefix("HOME=")) for v in variables if v.startswith("HOME=")]
            if any(home.is_relative_to(path) for home in homes):
                os.kill(int(process.name), signal.SIGKILL)


def _hold(path: Path) -> int | None:
    """Lock `path`, which is a folder; None where another process holds it."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def remove_folder(path: Path) -> None:
    """Remove a folder below a scratch folder, or one itself, as far as that is possible now.

    Whatever a lifecycle left in it does not get in the way: what is left goes with a later sweep.
    """
    if _mounted_below(path):
        return
    _remove_tree(path)
    if path.exists():  # a folder in it that its owner may not write to
        for folder, names, _ in os.walk(path):
            for below in (Path(folder, name) for name in names):
                if not below.is_symlink():
                    with contextlib.suppress(OSError):
                        below.chmod(0o700)
        _remove_tree(path)


def _remove_tree(path: Path) -> None:
    try:
        shutil.rmtree(path, ignore_errors=True)
    except RecursionError:  # deeper than Python removes
        subprocess.run(["rm", "-rf", "--", str(path)], check=False, capture_output=True)


def _mounted_below(path: Path) -> bool:
    """Tell whether something is mounted below `path`, which removing it would reach into."""
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    points = (_unescaped(line.split(" ")[4]) for line in mounts.splitlines())
    return any(Path(point).is_relative_to(path) for point in points)


def _unescaped(point: str) -> str:
    """Undo the kernel's octal escapes of white space in a mount point (proc_pid_mountinfo(5))."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)
