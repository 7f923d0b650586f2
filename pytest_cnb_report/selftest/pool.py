"""Do jobs in several processes at once, each with something that it opens once for all its jobs."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

from pytest_cnb_report.reference.parent_death import end_with_parent
from pytest_cnb_report.scratch import remove_abandoned

Tools = TypeVar("Tools")
Result = TypeVar("Result")

_PATIENCE = 10.0
# a fork would take over the threads' locks of this process, but not the threads
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Done(Generic[Result]):
    """What came of the job with this number: its result, or why there is none."""

    number: int
    result: Result | None = None
    problem: str = ""


def do_all(
    jobs: Sequence[Callable[[Tools], Result]],
    tools: Callable[[], AbstractContextManager[Tools]],
    *,
    workers: int,
) -> Generator[Done[Result], None, None]:
    """Yield what came of each job, as it becomes known.

    Jobs, `tools` and results are pickled. A worker that ends unexpectedly is the problem of the job
    that it was at; its place is taken by another. Whoever stops asking for more, ends the workers.
    """
    waiting = deque(range(len(jobs)))
    working: dict[Connection, int] = {}
    with contextlib.ExitStack() as stack:
        while waiting or working:
            while waiting and len(working) < workers:
                _give(stack.enter_context(_worker(tools)), jobs, waiting, working)
            for worker in wait(list(working)):
                if not isinstance(worker, Connection):
                    raise AssertionError(f"waited for connections, got {worker!r}")
                number = working.pop(worker)
                try:
                    done = Done(number, *worker.recv())
                except (EOFError, OSError):
                    done = Done(number, problem="the process that tried it ended unexpectedly")
                else:
                    _give(worker, jobs, waiting, working)
                yield done


def _give(
    worker: Connection,
    jobs: Sequence[Callable[[Tools], Result]],
    waiting: deque[int],
    working: dict[Connection, int],
) -> None:
    if waiting:
        working[worker] = number = waiting.popleft()
        with contextlib.suppress(BrokenPipeError):  # that it has ended is seen in place of a result
            worker.send(jobs[number])


@contextlib.contextmanager
def _worker(tools: Callable[[], AbstractContextManager[Tools]]) -> Iterator[Connection]:
    own, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_work, args=(theirs, tools, os.getpid()), daemon=True)
    with own:
        with theirs:
            _start(process)
        try:
            yield own
        except BaseException:
            process.kill()
            process.join()
            remove_abandoned()
            raise
        own.close()
        process.join(_PATIENCE)
        process.kill()
        process.join()


def _start(process: SpawnProcess) -> None:
    """Start a process that an interrupt from the keyboard does not reach: it is for this one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(
    asker: Connection, tools: Callable[[], AbstractContextManager[Tools]], parent: int
) -> None:
    """Do one job after another until nobody asks any more."""
    end_with_parent(parent)
    # whoever asks may be gone for a moment before the kernel says so, and then wants no answer
    with tools() as opened, contextlib.suppress(EOFError, ConnectionError):
        while True:
            asker.send(_tried(asker.recv(), opened))


def _tried(job: Callable[[Tools], Result], tools: Tools) -> tuple[Result | None, str]:
    try:
        return job(tools), ""
    except Exception as problem:  # noqa: BLE001 - told to whoever asked
        return None, f"{type(problem).__name__}: {problem}"
