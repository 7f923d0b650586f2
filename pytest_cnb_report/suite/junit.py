"""pytest's own `junit.xml`, whole or not at all."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_cnb_report.suite.collector import Collector

_END = b"</testsuites>"


class JUnit:
    """Takes a file away that pytest could not write to its end, and has the run say so."""

    def __init__(self, path: Path, collector: Collector) -> None:
        self._path = path
        self._collector = collector

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """See pytest write the file; what else goes wrong then is not for here."""
        try:
            yield
        except OSError as problem:
            if self._is_whole():
                raise
            self._path.unlink(missing_ok=True)
            self._collector.problem = f"cannot write {self._path}: {problem.strerror}"

    def _is_whole(self) -> bool:
        return self._path.is_file() and self._path.read_bytes().rstrip().endswith(_END)
