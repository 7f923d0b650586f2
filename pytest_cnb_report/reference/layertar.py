"""Layers made of files: tar archives in which nothing depends on when or where they were made."""

from __future__ import annotations

import fnmatch
import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath

MODIFIED = 315532801
"""The modification time of every file, in seconds: 1980-01-01T00:00:01Z."""

LAUNCHER = "/cnb/lifecycle/launcher"
PROCESSES = "/cnb/process"

Owner = tuple[int, int]


def directory(path: Path, owner: Owner) -> bytes:
    """Pack a directory with all that is in it, at the place where it is."""
    return files([path, *sorted(path.rglob("*"))], owner)


def files(paths: Sequence[Path], owner: Owner) -> bytes:
    """Pack files and directories where they are; their parents come first and are root's."""
    parents = sorted(
        {parent for path in paths for parent in path.parents} - set(paths) - {Path("/")}
    )
    return _pack([*map(_folder, parents), *_members(paths, owner)])


def launcher(path: Path) -> bytes:
    """Pack the launcher at the place where an app image has it."""
    content = path.read_bytes()
    info = _info(LAUNCHER, 0o755)
    info.size = len(content)
    return _pack([*map(_folder, (Path("/cnb"), Path("/cnb/lifecycle"))), (info, content)])


def processes(types: Iterable[str]) -> bytes:
    """Pack one link to the launcher for each process type."""
    links = []
    for process in types:
        link = _info(f"{PROCESSES}/{process}", 0o755)
        link.type, link.linkname = tarfile.SYMTYPE, LAUNCHER
        links.append((link, b""))
    return _pack([*map(_folder, (Path("/cnb"), Path(PROCESSES))), *links])


def sliced(app: Path, slices: Sequence[Sequence[str]]) -> Iterator[list[Path]]:
    """Divide an app directory: what matches each slice's globs, then all that is left."""
    left = sorted(app.rglob("*"))
    for globs in slices:
        matched = [
            path for path in left if any(_matches(path.relative_to(app), glob) for glob in globs)
        ]
        left = [path for path in left if path not in matched]
        yield matched
    yield [app, *left]


def _matches(path: PurePath, glob: str) -> bool:
    """Whether a glob names a path or a directory above it; `*` stays within one part."""
    wanted = PurePath(glob).parts
    found = path.parts[: len(wanted)]
    return len(found) == len(wanted) and all(map(fnmatch.fnmatchcase, found, wanted))


def _members(paths: Iterable[Path], owner: Owner) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    for path in paths:
        info = _info(str(path), path.lstat().st_mode & 0o7777)
        info.uid, info.gid = owner
        content = b""
        if path.is_symlink():
            info.type, info.linkname = tarfile.SYMTYPE, str(path.readlink())
        elif path.is_dir():
            info.type = tarfile.DIRTYPE
        elif path.is_file():
            content = path.read_bytes()
            info.size = len(content)
        else:
            continue  # a socket, a device or a pipe is nothing that an image could hold
        yield info, content


def _folder(path: Path) -> tuple[tarfile.TarInfo, bytes]:
    info = _info(str(path), 0o755)
    info.type = tarfile.DIRTYPE
    return info, b""


def _info(path: str, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path.lstrip("/"))
    info.mtime, info.mode = MODIFIED, mode
    return info


def _pack(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return archive.getvalue()
