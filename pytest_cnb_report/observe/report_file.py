"""The report as a file: what stands at its path, and what can be read in it.

Whatever a lifecycle leaves there is looked at within bounded time and memory, and becomes one of a
few plain values. Absent, unusable and present are different things.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pytest_cnb_report.observe.toml_text import TOO_DEEP, parse_toml

REPORT_BOUND = 1024 * 1024
"""Bytes of a report that are read; the largest that real lifecycles write is a few hundred."""


@dataclass(frozen=True)
class ReportFile:
    """What stands at the report's path.

    `problem` says why there is no content to read (a directory, a FIFO, no permission, too long);
    where both are None there is nothing at all. `regular` is whether it is a file that can be
    read, be it too long; `size` is in bytes.
    """

    path: str
    content: bytes | None = None
    problem: str | None = None
    regular: bool = False
    size: int = 0

    @property
    def there(self) -> bool:
        """Whether anything stands at the path."""
        return self.content is not None or self.problem is not None

    @property
    def marked(self) -> bool:
        """Whether it begins with a UTF-8 byte-order mark."""
        return self.content is not None and self.content.startswith(codecs.BOM_UTF8)

    @property
    def beyond_limits(self) -> bool:
        """Whether it is larger, or more deeply nested, than the suite reads."""
        too_long = self.regular and self.content is None and self.size > REPORT_BOUND
        return too_long or (isinstance(self.document, str) and self.document.startswith(TOO_DEEP))

    @cached_property
    def document(self) -> Mapping[str, Any] | str:
        """The report's tables or, where it cannot be read, why; a byte-order mark is skipped."""
        if self.content is None:
            return self.problem or "there is no report"
        return parse_toml(self.content.removeprefix(codecs.BOM_UTF8))

    @property
    def table(self) -> Mapping[str, Any] | None:
        """The report's tables; None where it cannot be read."""
        return None if isinstance(self.document, str) else self.document


def read_report(path: str) -> ReportFile:
    """Look at what stands at the path, without following it anywhere that could block."""
    try:
        facts = os.stat(path)  # noqa: PTH116 - lstat and stat differ on purpose below
    except FileNotFoundError:
        if os.path.islink(path):  # noqa: PTH114
            return ReportFile(path, problem="a symbolic link that leads nowhere")
        return ReportFile(path)
    except OSError as reason:
        return ReportFile(path, problem=f"cannot be looked at: {reason.strerror}")
    kind = _kind(facts.st_mode)
    if kind is not None:
        return ReportFile(path, problem=f"{kind} stands where the report should be")
    return _read_file(path, facts.st_size)


def _read_file(path: str, size: int) -> ReportFile:
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            kind = _kind(os.fstat(file.fileno()).st_mode)
            content = b"" if kind is not None else file.read(REPORT_BOUND + 1)
    except OSError as reason:
        return ReportFile(path, problem=f"cannot be read: {reason.strerror}", size=size)
    if kind is not None:
        return ReportFile(path, problem=f"{kind} stands where the report should be")
    if len(content) > REPORT_BOUND:
        problem = f"{size} bytes long; the suite reads reports of up to {REPORT_BOUND}"
        return ReportFile(path, problem=problem, regular=True, size=size)
    return ReportFile(path, content=content, regular=True, size=len(content))


def _without_waiting(path: str, flags: int) -> int:
    """Open a path that somebody may have made a FIFO just now."""
    return os.open(path, flags | os.O_NONBLOCK)


def _kind(mode: int) -> str | None:
    """Name what is no regular file."""
    if stat.S_ISREG(mode):
        return None
    for test, name in (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return name
    return "something that is not a file"
