"""Temporary folders that do not outlive the process that uses them, even where it was killed.

All of them stand in one folder of the user's, and each is held by a lock (`flock(2)` on the folder
itself) that the kernel lets go when the process ends, however it ends. Whoever makes the next one
removes those that nobody holds any more, with the processes that have their home there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class ScratchError(Exception):
    """There is no place for temporary folders; the message says what is in the way."""


@contextlib.contextmanager
def scratch_folder(kind: str) -> Iterator[Path]:
    """Give a new, empty folder `<tmp>/pytest-cnb-report-<uid>/<kind>-XXXXXXXX`, removed at the end.

    Folders left behind by runs that were killed are removed first. Only the user may enter the new
    folder (mode 0700); a caller that starts a process under another user opens it to that user with
    `chmod`. A folder in which something is still mounted is left alone. Raises ScratchError.
    """
    with _parent() as parent:
        _sweep(parent)
        path = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=parent))
        lock = _hold(path)
    try:
        yield path
    finally:
        _remove(path)
        if lock is not None:
            os.close(lock)
        remove_abandoned()  # a worker that was killed meanwhile has left its own


def remove_abandoned() -> None:
    """Remove the folders that nobody holds any more, as far as that is possible now."""
    with contextlib.suppress(ScratchError, OSError), _parent() as parent:
        _sweep(parent)
        parent.rmdir()


def is_held(name: str) -> bool:
    """Tell whether a process that still runs holds the scratch folder of this name."""
    with _parent() as parent:
        path = parent / name
        lock = _hold(path)
        if lock is None:
            return path.is_dir()
        os.close(lock)
        return False


@contextlib.contextmanager
def _parent() -> Iterator[Path]:
    """Give the folder that holds the others, locked: nobody makes or sweeps one meanwhile."""
    path = Path(tempfile.gettempdir()).resolve() / f"pytest-cnb-report-{os.getuid()}"
    try:
        lock = _lock_parent(path)
    except OSError as error:
        raise ScratchError(
            f"cannot use {path} for temporary files: {error.strerror}; "
            "remove it, or name another folder in TMPDIR"
        ) from error
    try:
        yield path
    finally:
        os.close(lock)


def _lock_parent(path: Path) -> int:
    while True:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        try:
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue  # the last user of it has just removed it
        try:
            found = os.fstat(lock)
            if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o022:
                raise PermissionError(0, "somebody else can write to it")
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(found, path.lstat()):
                    # Others may pass, not look around: a lifecycle may run as another user below.
                    os.fchmod(lock, 0o711)
                    return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)


def _sweep(parent: Path) -> None:
    for path in parent.iterdir():
        lock = _hold(path)
        if lock is not None:
            _end_what_lives_in(path)
            _remove(path)
            os.close(lock)


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


def _remove(path: Path) -> None:
    """Remove `path` as far as that is possible now; what is left goes with a later sweep."""
    if _mounted_below(path):
        return
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():  # a folder in it that its owner may not write to
        for folder, names, _ in os.walk(path):
            for below in (Path(folder, name) for name in names):
                if not below.is_symlink():
                    with contextlib.suppress(OSError):
                        below.chmod(0o700)
        shutil.rmtree(path, ignore_errors=True)


def _mounted_below(path: Path) -> bool:
    """Tell whether something is mounted below `path`, which removing it would reach into."""
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    points = (_unescaped(line.split(" ")[4]) for line in mounts.splitlines())
    return any(Path(point).is_relative_to(path) for point in points)


def _unescaped(point: str) -> str:
    """Undo the kernel's octal escapes of white space in a mount point (proc_pid_mountinfo(5))."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)
