"""Lifecycles made for a test: archives entry by entry, and the reference as phases of a folder."""

from __future__ import annotations

import gzip
import io
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.values import Phase

DESCRIPTOR = b"""\
[apis.platform]
deprecated = ["0.9"]
supported = ["0.9", "0.10", "0.12"]
[lifecycle]
version = "1.2.3"
"""

REFERENCE = (
    f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pytest_cnb_report.reference"
    ' "$(basename "$0")" "$@"\n'
).encode()
"""The reference lifecycle, which runs the phase by whose name it is called."""


@dataclass(frozen=True)
class Entry:
    """An entry of a tar."""

    name: str
    content: bytes = b""
    type: bytes = tarfile.REGTYPE
    leads_to: str = ""
    mode: int = 0o755


def folder(name: str) -> Entry:
    return Entry(name, type=tarfile.DIRTYPE)


def link(name: str, target: str) -> Entry:
    return Entry(name, type=tarfile.SYMTYPE, leads_to=target)


def hard_link(name: str, target: str) -> Entry:
    return Entry(name, type=tarfile.LNKTYPE, leads_to=target)


def device(name: str) -> Entry:
    return Entry(name, type=tarfile.CHRTYPE)


def tar_of(entries: Iterable[Entry]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for each in entries:
            info = tarfile.TarInfo(each.name)
            info.type, info.linkname, info.mode = each.type, each.leads_to, each.mode
            info.size = len(each.content)
            tar.addfile(info, io.BytesIO(each.content))
    return buffer.getvalue()


def release(program: bytes = REFERENCE, *, phases: Iterable[Phase] = Phase) -> list[Entry]:
    """What a release archive has: one program, and a link to it for each phase."""
    links = [link(f"lifecycle/{phase.value}", "lifecycle") for phase in phases]
    return [
        Entry("lifecycle.toml", DESCRIPTOR, mode=0o644),
        folder("lifecycle/"),
        Entry("lifecycle/lifecycle", program),
        *links,
    ]


def archive(path: Path, entries: Iterable[Entry]) -> Path:
    path.write_bytes(gzip.compress(tar_of(entries), 1))
    return path


def programs(*names: str) -> list[Entry]:
    """Programs of this machine in `/bin`, with the libraries that they need where they ask for."""
    files: dict[str, Path] = {}
    for name in names:
        found = shutil.which(name)
        assert found is not None, name
        files[f"bin/{name}"] = Path(found).resolve()
        listed = subprocess.run(["ldd", found], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(", listed):
            files[library.lstrip("/")] = Path(library).resolve()
    return [Entry(name, path.read_bytes()) for name, path in sorted(files.items())]
