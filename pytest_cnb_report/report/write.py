"""Put reports into a folder such that each file is there whole or not at all."""

from __future__ import annotations

import errno
import functools
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from pytest_cnb_report.report.results import Run


@dataclass
class WriteError(Exception):
    """A file or folder that cannot be written: which, why, and what to do."""

    path: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.problem}; {self.remedy}"


_MAKE_ROOM = "make room, or choose another place"
_ASK_FOR_ACCESS = "make it writable, or choose another place"
_REMEDIES = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EACCES: _ASK_FOR_ACCESS,
    errno.EPERM: _ASK_FOR_ACCESS,
    errno.EROFS: _ASK_FOR_ACCESS,
    errno.ENAMETOOLONG: "choose a shorter name",
}


def write_error(path: Path, error: OSError) -> WriteError:
    """Give the WriteError for a failed write to `path`."""
    remedy = _REMEDIES.get(error.errno or 0, "choose another place")
    return WriteError(str(path), error.strerror or str(error), remedy)


def taken_by_directory(path: Path) -> WriteError:
    """Give the WriteError for a file whose name belongs to a directory."""
    problem = "a directory has that name"
    return WriteError(str(path), problem, "choose another name, or move the directory away")


REPORTS = ("report.json", "report.html", "report.md", "badge.json", "junit.xml")
"""The files that say what a run comes to."""


def write_all(run: Run, directory: Path, reproduced: Collection[str] = ()) -> tuple[Path, ...]:
    """Write report.json, report.html, report.md, badge.json and junit.xml, and give their paths.

    `reproduced` are the folders of reproductions that are there, relative to `directory`.
    Either all of them are replaced or, where one cannot be written, none; raises `WriteError`.
    """
    # a run that writes no reports starts without what makes them
    from pytest_cnb_report.report import badge, html, junit, markdown, record  # noqa: PLC0415

    forms: tuple[Callable[[Run], str], ...] = (
        record.dumps,
        functools.partial(html.page, reproduced=reproduced),
        functools.partial(markdown.markdown, reproduced=reproduced),
        badge.dumps,
        junit.dumps,
    )
    paths = tuple(directory / name for name in REPORTS)
    prepare(directory)
    # made one after another, as two of them are long
    _write((path, form(run)) for path, form in zip(paths, forms, strict=True))
    return paths


def withdraw(directory: Path, names: Iterable[str] = REPORTS) -> None:
    """Remove an earlier run's files, before anything can go wrong with this one.

    A folder or file that is not there is no problem. Raises `WriteError`.
    """
    for name in names:
        path = directory / name
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as error:
            problem = f"an earlier run's results cannot be removed: {error.strerror or error}"
            raise WriteError(str(path), problem, write_error(path, error).remedy) from error


def prepare(directory: Path) -> None:
    """Make `directory` and see that files can be put into it; raises `WriteError`.

    Ask before a run, so that nobody waits for results that cannot be kept.
    """
    if directory.exists() and not directory.is_dir():
        raise WriteError(str(directory), "it is not a directory", "choose another place")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = _staged_path(directory / "probe")
        try:
            probe.write_bytes(b" ")
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(directory, error) from error


def write(files: Mapping[Path, str]) -> None:
    """Write texts as UTF-8 files, all of them beside their places before the first is moved there.

    Raises `WriteError` for a folder that is missing, full or read-only; what was there then is
    there still, and nothing half-written is left.
    """
    _write(files.items())


def _write(files: Iterable[tuple[Path, str]]) -> None:
    staged: dict[Path, Path] = {}
    try:
        for path, text in files:
            if path.is_dir():
                raise taken_by_directory(path)
            staged[path] = _staged_path(path)
            with _naming(path):
                _write_through(staged[path], text)
        for path, temporary in staged.items():
            with _naming(path):
                temporary.replace(path)
    finally:
        for temporary in staged.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn an `OSError` into a `WriteError` that names the file the caller knows."""
    try:
        yield
    except OSError as error:
        raise write_error(path, error) from error


def _staged_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def _write_through(path: Path, text: str) -> None:
    """Write and wait until the disk has it: a full disk may say so only then."""
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
