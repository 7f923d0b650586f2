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
