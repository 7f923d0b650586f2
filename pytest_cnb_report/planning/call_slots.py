"""Slots that several runs on one machine share, so that together they use every core and no more.

A scenario is carried out only while its session holds one. A slot is a lock on a file (`flock(2)`):
the kernel gives it back when the process that holds it ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "PYTEST_CNB_REPORT_SLOTS"
"""Names the folder of the slots to a run that shares them."""

_PAUSE = 0.005
"""Seconds between two looks for a slot that is free; a call takes twenty times as long."""


def make_slots(folder: Path, count: int) -> None:
    """Make so many slots in a folder; raises OSError."""
    for number in range(count):
        (folder / str(number)).touch()


@contextlib.contextmanager
def slot(folder: Path | None, stop: threading.Event) -> Iterator[None]:
    """Hold a slot of a folder, as soon as one is free or `stop` is set.

    Without a folder, and in one without slots, there is nothing to wait for.
    """
    names = sorted(folder.glob("*")) if folder is not None else []
    files = [os.open(name, os.O_RDONLY) for name in names]
    try:
        while files and not stop.is_set() and not any(map(_locked, files)):
            time.sleep(_PAUSE)
        yield
    finally:
        for file in files:
            os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
