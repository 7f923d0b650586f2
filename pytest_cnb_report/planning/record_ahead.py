"""Compress the record of a run while the run goes on, in a thread beside it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from pytest_cnb_report.planning.gathered import Gathered
from pytest_cnb_report.record.file import RecordWriter
from pytest_cnb_report.record.model import RecordedRun, RecordedScenario


class RecordAhead:
    """Writes scenarios as they are judged, in the order in which they were planned.

    `order` are the identifiers of those that are expected. One that comes before its turn is held
    until then; what never comes is left out.
    """

    def __init__(self, order: Iterable[str]) -> None:
        self._order = list(order)
        self._next = 0
        self._held: dict[str, Callable[[], RecordedScenario]] = {}
        self._taken: set[str] = set()
        self._came_twice = False
        self._ended = False
        self._queue: queue.SimpleQueue[Callable[[], RecordedScenario] | None] = queue.SimpleQueue()
        self._writer = RecordWriter()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._write, name="record", daemon=True)
        self._thread.start()

    def add(self, judged: Gathered) -> None:
        """Take a scenario that was judged."""
        name = judged.scenario.id
        self._came_twice |= name in self._taken
        self._taken.add(name)
        self._held[name] = judged.load
        while self._next < len(self._order) and self._order[self._next] in self._held:
            self._queue.put(self._held.pop(self._order[self._next]))
            self._next += 1

    def save(self, path: Path, run: RecordedRun, scenarios: Iterable[Gathered]) -> None:
        """Write the record of all that was judged; raises OSError.

        `scenarios` are all of them, in the order in which they were planned. They are written anew
        where one of them has changed since, or was not expected.
        """
        if not self._ended:
            self._end()
            if self._came_twice or not self._taken <= {*self._order} or self._problem is not None:
                self._writer.close()
                self._writer = RecordWriter()
                for each in scenarios:
                    self._writer.add(each.load())
        self._writer.save(path, run)

    def _end(self) -> None:
        """Let the thread write what is still held, and wait for it."""
        for name in self._order[self._next :]:
            if name in self._held:
                self._queue.put(self._held.pop(name))
        self._ended = True
        self._queue.put(None)
        self._thread.join()

    def close(self) -> None:
        """Stop, and let go of what was written."""
        if not self._ended:
            self._held.clear()
            self._problem = InterruptedError()  # what is still in the queue is not written
            self._end()
        self._writer.close()

    def _write(self) -> None:
        while (load := self._queue.get()) is not None:
            if self._problem is None:
                try:
                    self._writer.add(load())
                except Exception as problem:  # noqa: BLE001 - `save` meets it again, and tells of it
                    self._problem = problem
