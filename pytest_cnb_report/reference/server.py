"""A process that has the reference lifecycle imported, and forks a child for each call of it.

A fresh interpreter spends most of its time on imports. A fork of one that has them is as separate
from every other call, so that no fault can leave anything behind, at a fraction of the cost.

The process is started by `forked.ForkServer`, with its end of a socket as the only argument. It has
a single thread for as long as it lives, as a process that forks must, and ends as soon as the other
end of the socket is closed, which the kernel does even for a parent that was killed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from pytest_cnb_report.reference.entry import run
from pytest_cnb_report.reference.parent_death import end_with_parent

LARGEST = 1024 * 1024
"""Bytes that the description of one call may have."""

PRELOADED = (
    "encodings.idna",
    "subprocess",
    "tempfile",
    "tomli",
    "pytest_cnb_report.reference.buildpacks",
    "pytest_cnb_report.requirements.faults",
)
"""Modules that a call imports only once it gets that far; imported here, no call has to."""


Run = Callable[[Sequence[str], Mapping[str, str]], int]
"""What a call runs: arguments and environment in, exit code out."""


def serve(control: socket.socket, program: Run) -> None:
    """Answer calls of a program until the other end of `control` is closed.

    A call is JSON (`arguments`, `environment`, `directory`) with two descriptors, for its standard
    output and standard error. It is answered twice: with the process ID once it has begun, and with
    the wait status once it has ended.
    """
    gc.collect()
    gc.freeze()
    # a parent that is killed in the middle of a call takes no answer
    with contextlib.suppress(ConnectionError):
        while _answered(control, program):
            pass


def _answered(control: socket.socket, program: Run) -> bool:
    """Answer one call; False where there is nobody to answer any more."""
    message, descriptors, _, _ = socket.recv_fds(control, LARGEST, 2)
    if not message:
        return False
    call = json.loads(message)
    own = os.getpid()
    child = os.fork()
    if child == 0:
        end_with_parent(own)
        control.close()
        _become(program, call, descriptors)
    with contextlib.suppress(OSError):
        # done on both sides: whoever looks first finds the group
        os.setpgid(child, child)
    for descriptor in descriptors:
        os.close(descriptor)
    control.send(str(child).encode())
    status = _end_of(child, control)
    if status is None:
        return False
    control.send(str(status).encode())
    return True


def _end_of(child: int, control: socket.socket) -> int | None:
    """Wait for the child, and end what it left; None where the parent is gone meanwhile."""
    ended = os.pidfd_open(child)
    try:
        poll = select.poll()
        poll.register(ended, select.POLLIN)
        poll.register(control, 0)
        ready = {descriptor for descriptor, _ in poll.poll()}
    finally:
        os.close(ended)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return None if control.fileno() in ready else status


def _become(program: Run, call: Mapping[str, Any], descriptors: Sequence[int]) -> NoReturn:
    """Become the process of one call, and end with its exit code."""
    code = 1
    try:
        os.setpgid(0, 0)
        for descriptor, number in zip(descriptors, (1, 2), strict=True):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.chdir(call["directory"])
        os.environ.clear()
        os.environ.update(call["environment"])
        random.seed()  # a fork would draw the numbers that every other one draws
        code = program(call["arguments"], call["environment"])
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:  # noqa: BLE001 - what an interpreter of its own would do
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code & 0xFF)


def main() -> None:
    """Serve the reference lifecycle on the socket whose descriptor is the first argument."""
    for module in PRELOADED:
        importlib.import_module(module)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control, run)


if __name__ == "__main__":
    main()
