"""What runs on this machine, as /proc tells it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path


def command_lines() -> dict[int, list[str]]:
    """Return the command line of every process that has not ended."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if words != [""]:
                    found[int(folder.name)] = words[:-1]
    return found


def running(program: str, argument: str) -> list[int]:
    """List the processes of a program that have this argument."""
    return [
        process
        for process, words in command_lines().items()
        if Path(words[0]).name == program and argument in words
    ]


def alive(process: int) -> bool:
    """Whether a process still runs; one that nobody has waited for yet does not."""
    return _state(Path(f"/proc/{process}")) not in "ZX"


def gone(*processes: int) -> bool:
    """Whether the processes end within a few seconds."""
    end = time.monotonic() + 20
    while any(map(alive, processes)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, processes))


def children(process: int) -> set[int]:
    """Return the processes that the main thread of a process has started."""
    try:
        return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))
    except OSError:
        return set()


def descendants(process: int) -> set[int]:
    """Return every process that a process has started, and those that these have."""
    own = children(process)
    return own.union(*map(descendants, own))


def freeze(process: int) -> None:
    """Stop a process, and return when every thread of it has stopped."""
    os.kill(process, signal.SIGSTOP)
    end = time.monotonic() + 10
    tasks = Path(f"/proc/{process}/task")
    while any(_state(task) not in "TZX" for task in tasks.iterdir()):
        if time.monotonic() > end:
            raise TimeoutError(f"process {process} does not stop")
        time.sleep(0.001)


def _state(task: Path) -> str:
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"
