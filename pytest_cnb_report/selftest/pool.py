"""Try faulty lifecycles in several processes at once."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from pytest_cnb_report.scratch import remove_abandoned
from pytest_cnb_report.selftest.fault_runner import DaemonPlace
from pytest_cnb_report.selftest.messages import Answer, Beginning, Question, dumps, loads

_MODULE = "pytest_cnb_report.selftest.worker"
_PATIENCE = 10.0


@dataclass(frozen=True)
class Tried:
    """A fault by its name, and what came of it."""

    fault: str
    answer: Answer


class _Worker:
    """A process that tries one fault at a time."""

    def __init__(self, process: subprocess.Popen[str], asks: IO[str], answers: IO[str]) -> None:
        self._process = process
        self._asks = asks
        self.answers = answers
        self.fault = ""
        self.ended = False

    def ask(self, fault: str) -> None:
        """Have a fault tried; the answer can be read once there is something to read."""
        self.fault = fault
        self._tell(Question(fault))

    def begin(self, beginning: Beginning) -> None:
        """Say what it needs to know before it can try any."""
        self._tell(beginning)

    def _tell(self, message: Beginning | Question) -> None:
        with contextlib.suppress(BrokenPipeError):  # its end is told when its answer is read
            self._asks.write(dumps(message))
            self._asks.flush()

    def answer(self) -> Answer:
        """Read the answer; where the process has ended instead, that is the answer."""
        line = self.answers.readline()
        if line.endswith("\n"):
            return loads(line, Answer)
        self.ended = True
        code = self._process.wait()
        return Answer(problem=f"the process that tried it ended unexpectedly, exit code {code}")


def try_all(
    faults: Sequence[str], *, workers: int, daemon: DaemonPlace | None = None
) -> Generator[Tried, None, None]:
    """Yield what came of each fault, as it becomes known.

    A worker that ends unexpectedly is the problem of the fault that it was trying; its place is
    taken by another. Whoever stops asking for more, ends the workers.
    """
    waiting = deque(faults)
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as ready:

        def hire() -> None:
            worker = stack.enter_context(_worker(Beginning(daemon)))
            ready.register(worker.answers, selectors.EVENT_READ, worker)
            worker.ask(waiting.popleft())

        for _ in range(min(workers, len(faults))):
            hire()
        while ready.get_map():
            for key, _ in ready.select():
                worker: _Worker = key.data
                tried = Tried(worker.fault, worker.answer())
                if waiting and not worker.ended:
                    worker.ask(waiting.popleft())
                else:
                    ready.unregister(worker.answers)
                    if waiting:
                        hire()
                yield tried


@contextlib.contextmanager
def _worker(beginning: Beginning) -> Iterator[_Worker]:
    process = subprocess.Popen(
        [sys.executable, "-m", _MODULE, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        # an interrupt from the keyboard is for the process that reports
        start_new_session=True,
    )
    with process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("a process that was started with pipes has none")
        try:
            worker = _Worker(process, process.stdin, process.stdout)
            worker.begin(beginning)
            yield worker
        except BaseException:
            process.kill()
            process.wait()
            remove_abandoned()
            raise
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
