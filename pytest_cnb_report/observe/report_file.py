"""The report as a file: what stands at its path, and what can be read in it.

Whatever a lifecycle leaves there is looked at within bounded time and memory, and becomes one of a
few plain values. Absent, unusable and present are different things.
"""

from __future__ import annotations

import codecs
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cnb_report.observe.left_files import read_left
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

    @property
    def document(self) -> Mapping[str, Any] | str:
        """The report's tables or, where it cannot be read, why; a byte-order mark is skipped."""
        if self.content is None:
            return self.problem or "there is no report"
        return _parsed(self.content)

    @property
    def table(self) -> Mapping[str, Any] | None:
        """The report's tables; None where it cannot be read."""
        return None if isinstance(self.document, str) else self.document


@functools.lru_cache(maxsize=2)
def _parsed(content: bytes) -> Mapping[str, Any] | str:
    """Parse a report once while it is judged, and the one of a second call beside it.

    No more are kept: parsed, the longest take more than a hundred megabytes.
    """
    return parse_toml(content.removeprefix(codecs.BOM_UTF8))


def read_report(path: str, *, follow: bool = False) -> ReportFile:
    """Look at what stands at the path.

    With `follow` a link stands for what it leads to, as for a file that the user names.
    """
    try:
        found = read_left(path, REPORT_BOUND, follow=follow)
    except OSError as reason:
        return ReportFile(path, problem=f"cannot be read: {reason.strerror}")
    if found is None:
        return ReportFile(path)
    problem = found.problem
    if found.regular and problem is not None:
        problem = f"{found.size} bytes long; the suite reads reports of up to {REPORT_BOUND}"
    elif problem is not None:
        problem += " is at the report's path"
    return ReportFile(path, found.content, problem, regular=found.regular, size=found.size)
