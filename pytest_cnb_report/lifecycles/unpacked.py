"""The files of an archive or of an image's layers, as far as they are below one folder.

No name from the archive is used on disk until all names are known: until then, contents go to files
with names of our own. Links are resolved here and written as the files that they
lead to, so that none is left that could lead anywhere. It is the safe way that containerd and umoci
take with layers, without a chroot.
"""

from __future__ import annotations

import os
import posixpath
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TypeAlias

from pytest_cnb_report.lifecycles.tar_entries import (
    Budget,
    SupportsRead,
    UnpackError,
    read_entries,
)

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_MOST_NAMES = 10_000
"""Names below the top; a lifecycle has a dozen."""
_PIECE = 1024 * 1024
_MOST_LINKS = 40
"""Links that are followed from one name to the next, as Linux does."""


@dataclass(frozen=True)
class _Folder:
    layer: int


@dataclass(frozen=True)
class _File:
    layer: int
    content: Path
    executable: bool


@dataclass(frozen=True)
class _Link:
    layer: int
    leads_to: str
    """From the root, without a leading slash."""


_Node: TypeAlias = _Folder | _File | _Link


class Unpacked:
    """What is below `top`, one tar laid over the other; `spool` is an empty folder for contents.

    `top` is a path from the root without a leading slash; empty for all there is. Where it is
    `layered`, a leading slash means nothing and whiteouts take away what is below, as the OCI image
    specification has it (Layer Filesystem Changeset); an archive has neither.
    """

    def __init__(self, top: str, spool: Path, budget: Budget, *, layered: bool) -> None:
        self._top = top
        self._inside = f"{top}/" if top else ""
        """What the names begin with that are below the top."""
        self._spool = spool
        self._budget = budget
        self._layered = layered
        self._nodes: dict[str, _Node] = {}
        self._layer = 0
        self._spooled_files = 0

    def add(self, blob: IO[bytes]) -> None:
        """Lay a tar over what is there; raises UnpackError, and OSError where there is no room."""
        self._layer += 1
        for entry, content in read_entries(blob, self._budget):
            path = self._path(entry)
            folder, _, name = path.rpartition("/")
            if self._layered and name == _OPAQUE:
                self._take_away_below(folder)
            elif self._layered and name.startswith(_WHITEOUT):
                hidden = name.removeprefix(_WHITEOUT)
                self._take_away(f"{folder}/{hidden}" if folder else hidden)
            elif path and self._concerns(path):
                self._put(path, entry, content)

    def place(self, folder: Path) -> None:
        """Write what is below the top into a folder that is not there yet.

        Links that lead nowhere are left out. Raises UnpackError for one that leads out, and OSError
        for a name that cannot be written.
        """
        folder.mkdir()
        for path in sorted(self._below(self._top)):  # a folder comes before what is in it
            node, place = self._nodes[path], folder / path.removeprefix(self._inside)
            if isinstance(node, _Folder):
                place.mkdir()
                continue
            file = self._resolved(path)
            if isinstance(file, _File):
                file.content.chmod(0o755 if file.executable else 0o644)
                os.link(file.content, place)

    @property
    def is_there(self) -> bool:
        """Whether the top is a folder with something in it."""
        return any(not isinstance(self._nodes[each], _Folder) for each in self._below(self._top))

    @property
    def top_link(self) -> str | None:
        """Where the top, or a folder above it, leads, if it is a link."""
        for path in (self._top, *_parents(self._top)):
            node = self._nodes.get(path)
            if isinstance(node, _Link):
                return f"/{node.leads_to}"
        return None

    def _path(self, entry: tarfile.TarInfo) -> str:
        """Return where an entry goes, from the root, without a leading slash."""
        name = entry.name
        if "\0" in name or ".." in name.split("/"):
            raise UnpackError(f"{name!r} has .. in its name, which is not unpacked")
        if name.startswith("/") and not self._layered:
            raise UnpackError(f"{name} has an absolute name, which is not unpacked")
        return posixpath.normpath(f"/{name}").lstrip("/")

    def _concerns(self, path: str) -> bool:
        """Whether it is the top, below it, or a folder on the way to it."""
        return f"{path}/".startswith(self._inside) or self._inside.startswith(f"{path}/")

    def _put(self, path: str, entry: tarfile.TarInfo, content: SupportsRead) -> None:
        for parent in _parents(path):
            there = self._nodes.setdefault(parent, _Folder(self._layer))
            if not isinstance(there, _Folder):
                raise UnpackError(f"{path} leads through {parent}, which is not a folder")
        node = self._node(path, entry, content)
        if isinstance(self._nodes.get(path), _Folder) and not isinstance(node, _Folder):
            for below in self._below(path):
                del self._nodes[below]
        self._nodes[path] = node
        if len(self._nodes) > _MOST_NAMES:
            raise UnpackError(f"more than {_MOST_NAMES:,} names, which are not unpacked")

    def _node(self, path: str, entry: tarfile.TarInfo, content: SupportsRead) -> _Node:
        if entry.isdir():
            return _Folder(self._layer)
        if entry.islnk():
            return self._linked(path, entry.linkname)
        if entry.issym():
            return _Link(self._layer, self._leads_to(path, entry.linkname))
        if entry.isfile():
            return _File(self._layer, self._spooled(content), bool(entry.mode & 0o111))
        raise UnpackError(f"{path} is a device or a pipe, which is not unpacked")

    def _spooled(self, content: SupportsRead) -> Path:
        self._spooled_files += 1
        path = self._spool / str(self._spooled_files)
        with path.open("xb") as file:
            while piece := content.read(_PIECE):
                file.write(piece)
        return path

    def _linked(self, path: str, name: str) -> _File:
        """Return the file that a hard link is another name of."""
        target = self._nodes.get(posixpath.normpath(f"/{name}").lstrip("/"))
        if ".." in name.split("/") or not isinstance(target, _File):
            raise UnpackError(f"{path} is a hard link to {name}, which is not a file below it")
        return replace(target, layer=self._layer)

    def _leads_to(self, path: str, target: str) -> str:
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if self._layered:  # the root of an image is its own parent
            return posixpath.normpath(posixpath.join("/", joined)).lstrip("/")
        if joined.startswith(("/", "../")) or joined == "..":
            raise UnpackError(f"{path} is a link to {target}, which leads outside")
        return joined

    def _resolved(self, path: str) -> _Node | None:
        node: _Node | None = self._nodes[path]
        for _ in range(_MOST_LINKS):
            if not isinstance(node, _Link):
                return node
            if not node.leads_to.startswith(self._inside):
                raise UnpackError(f"{path} is a link to /{node.leads_to}, which leads outside")
            node = self._nodes.get(node.leads_to)
        raise UnpackError(f"{path} is a link to itself")

    def _below(self, path: str) -> list[str]:
        inside = f"{path}/" if path else ""
        return [each for each in self._nodes if each.startswith(inside)]

    def _take_away(self, path: str) -> None:
        """Take away what lower layers have under a name."""
        self._take_away_below(path)
        node = self._nodes.get(path)
        if node is not None and node.layer < self._layer and not self._below(path):
            del self._nodes[path]

    def _take_away_below(self, path: str) -> None:
        for each in self._below(path):
            if self._nodes[each].layer < self._layer and not isinstance(self._nodes[each], _Folder):
                del self._nodes[each]
        for each in sorted(self._below(path), reverse=True):
            if self._nodes[each].layer < self._layer and not self._below(each):
                del self._nodes[each]


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
