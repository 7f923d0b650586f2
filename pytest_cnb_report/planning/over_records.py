"""Ask the same of several records, some of them at a time in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")


def over_records(
    ask: Callable[[Path], Answer], records: Sequence[Path], workers: int
) -> list[Answer]:
    """Return the answer of each record in their order; `ask` and its answers can be pickled."""
    at_once = min(workers, len(records))
    if at_once <= 1:
        return [ask(path) for path in records]
    with ProcessPoolExecutor(at_once) as pool:
        return list(pool.map(ask, records))
