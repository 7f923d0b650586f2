"""A program that starts commands, one at a time, and lets nothing that they start outlive a call.

`supervision` runs it, as `python -I -S supervisor.py SOCKET RUN SECONDS`: the descriptor of one end
of a socket pair, the process ID of the run, and for how long it may try to kill what a call leaves.
It imports little, because it is waited for, and nothing that starts a thread.

It is a *child subreaper* (prctl(2)): a descendant whose parent ends becomes its child, also one
that has left its process group and session. So nothing is left of a call once it has no child.
It consists of two processes, because a command may kill its parent. The first, the *guard*, only
waits for the other one, the *supervisor*, and then kills what that one may have left.

Both end once the run does. They watch the run itself as well as the socket, whose other end may
also be open in a process that the run has forked.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

_LENGTH = 4
"""Bytes in front of every message: how long it is."""
_PR_SET_CHILD_SUBREAPER = 36
_ROUND = 0.02
"""Seconds between two attempts to kill what is left, where nothing ends meanwhile."""
_REFUSED = 0.5
"""Seconds that processes have to end by themselves where none of them may be killed."""


class RunEndedError(Exception):
    """The run has ended, or has closed its end of the socket."""


def send(control: socket.socket, message: object, descriptors: Sequence[int] = ()) -> None:
    """Send a value as JSON, with copies of some descriptors; raises OSError."""
    content = json.dumps(message).encode()
    socket.send_fds(control, [len(content).to_bytes(_LENGTH, "big")], descriptors)
    control.sendall(content)


def receive(control: socket.socket) -> tuple[Any, list[int]]:
    """Return the next message and its descriptors, which no other program inherits.

    Raises EOFError where the other end is closed, and OSError.
    """
    start, descriptors, _, _ = socket.recv_fds(control, _LENGTH, 2)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    if not start:
        raise EOFError("the other end of the socket is closed")
    length = int.from_bytes(start + _exactly(control, _LENGTH - len(start)), "big")
    return json.loads(_exactly(control, length)), descriptors


def _exactly(control: socket.socket, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        chunk = control.recv(size - len(content))
        if not chunk:
            raise EOFError("the other end of the socket was closed within a message")
        content += chunk
    return bytes(content)


class Watch:
    """What a process of this program waits for: a message, the end of a child or of the run.

    `run` is a pidfd of the run; None where the kernel has none.
    """

    def __init__(self, control: socket.socket, run: int | None, *, messages: bool) -> None:
        self._control = control.fileno()
        self._run = run
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(self._control, select.POLLIN if messages else 0)
        self._poll.register(self._woken, select.POLLIN)
        if run is not None:
            self._poll.register(run, select.POLLIN)

    def wait(self) -> bool:
        """Wait until something happens; tell whether there is a message. Raises RunEndedError."""
        found = dict(self._poll.poll())
        if self._run in found or found.get(self._control, 0) & ~select.POLLIN:
            raise RunEndedError
        if self._woken in found:
            os.read(self._woken, 4096)
        return self._control in found

    def wait_for_child(self, seconds: float) -> None:
        """Wait for the end of any child, whatever becomes of the run."""
        ready, _, _ = select.select([self._woken], [], [], seconds)
        if ready:
            os.read(self._woken, 4096)


def supervise(control: socket.socket, watch: Watch, seconds: float) -> None:
    """Carry out calls until the run has ended.

    A call has `executable`, `argv`, `environment` and `directory`, and comes with two descriptors,
    for its standard output and error. Every answer is one key and its value: `failed`, why it could
    not be started, or `started`, the process ID; once the command has ended, `ended`, its wait
    status; after the run's next message, which may come before that, `left`, the processes that
    could not be killed.
    """
    with contextlib.suppress(RunEndedError, EOFError, OSError):
        send(control, {"ready": os.getpid()})
        while True:
            if not watch.wait():
                continue
            call, descriptors = receive(control)
            try:
                command = _start(call, *descriptors)
            except (OSError, ValueError) as problem:
                send(control, {"failed": getattr(problem, "strerror", None) or str(problem)})
                continue
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
            send(control, {"started": command})
            _attend(control, watch, command)
            send(control, {"left": end_descendants(watch, seconds, [command])})
    end_descendants(watch, seconds)


def _start(call: Mapping[str, Any], out: int, err: int) -> int:
    """Start a command in a session of its own; raises OSError and ValueError."""
    try:
        os.chdir(call["directory"])
    except OSError as problem:
        raise OSError(problem.errno, f"{problem.strerror}: {call['directory']}") from problem
    try:
        return os.posix_spawn(
            call["executable"],
            call["argv"],
            call["environment"],
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, out, 1),
                (os.POSIX_SPAWN_DUP2, err, 2),
            ],
            setsid=True,
            # the run may have been started with some of them ignored or blocked, as by nohup(1)
            setsigmask=[],
            setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
        )
    finally:
        os.chdir("/")


def _attend(control: socket.socket, watch: Watch, command: int) -> None:
    """Tell when the command ends, and wait for a message.

    Orphans are waited for meanwhile, so that they do not fill the table of processes.
    """
    while True:
        ended, _ = _reap()
        if command in ended:
            send(control, {"ended": ended[command]})
        if watch.wait():
            receive(control)
            return


def guard(supervisor: int, watch: Watch, seconds: float) -> None:
    """Wait for the end of the supervisor, and kill what it may have left.

    Once the run has ended, it is given the time that it may need, and is then killed as well.
    """
    gone = False
    with contextlib.suppress(RunEndedError):
        while not (gone := supervisor in _reap()[0]):
            watch.wait()
    patience = time.monotonic() + seconds + 1
    while not gone and time.monotonic() < patience:
        watch.wait_for_child(_ROUND)
        gone = supervisor in _reap()[0]
    end_descendants(watch, seconds)


def _reap() -> tuple[dict[int, int], bool]:
    """Return the children that have ended, with their wait status, and whether none is left."""
    ended = {}
    try:
        while (child := os.waitpid(-1, os.WNOHANG))[0]:
            ended[child[0]] = child[1]
    except ChildProcessError:
        return ended, True
    return ended, False


def end_descendants(watch: Watch, seconds: float, known: Sequence[int] = ()) -> list[int]:
    """Kill every descendant; return the children that are still there after some seconds.

    Only children are killed, with their process groups: no other process can get the ID of one
    before it is waited for here. Their own children are the next ones. `known` are children also
    where /proc does not tell.
    """
    began = time.monotonic()
    while not _reap()[1]:
        left = [each for each in {*known, *children_of(os.getpid())} if is_child(each)]
        killed = [_kill(child) for child in left]
        spent = time.monotonic() - began
        if spent > seconds or (left and spent > _REFUSED and not any(killed)):
            return left
        watch.wait_for_child(_ROUND)
    return []


def is_child(process: int) -> bool:
    """Whether a process is a child of this one, ended or not.

    What /proc lists is not, where it was mounted for another PID namespace.
    """
    try:
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _kill(child: int) -> bool:
    """Kill a child and its process group; False where that is not permitted."""
    try:
        os.killpg(os.getpgid(child), signal.SIGKILL)
    except PermissionError:
        return False
    return True


def children_of(process: int, proc: str = "/proc") -> list[int]:
    """List the children of a process that has one thread."""
    listed = _read(f"{proc}/{process}/task/{process}/children")
    if listed is not None:
        return [int(child) for child in listed.split()]
    # a kernel that was built without CONFIG_PROC_CHILDREN
    try:
        with os.scandir(proc) as entries:
            others = [int(entry.name) for entry in entries if entry.name.isdecimal()]
    except OSError:
        return []
    return [other for other in others if _parent_of(other, proc) == process]


def _parent_of(process: int, proc: str) -> int | None:
    stat = _read(f"{proc}/{process}/stat")
    # the name of the program stands in parentheses and may hold any others
    return None if stat is None else int(stat.rpartition(b")")[2].split()[1])


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - importing pathlib takes milliseconds
            return file.read()
    except OSError:
        return None


def _adopt_orphans() -> None:
    """Become the parent of every descendant whose own ends; raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this system has no child subreapers (Linux 3.4)")


def main() -> None:
    """Run the guard in this process, and the supervisor in another one."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    run, seconds = int(sys.argv[2]), float(sys.argv[3])
    try:
        ending = os.pidfd_open(run)
    except (AttributeError, OSError):  # Linux before 5.3
        ending = None
    if os.getppid() != run:  # it ended before anything could watch it
        return
    try:
        _adopt_orphans()
        supervisor = os.fork()
    except OSError as problem:
        send(control, {"failed": problem.strerror})
        return
    if supervisor:
        guard(supervisor, Watch(control, ending, messages=False), seconds)
    else:
        os.setsid()
        _adopt_orphans()
        supervise(control, Watch(control, ending, messages=True), seconds)
    # what an interpreter does at its end would be waited for
    os._exit(0)


if __name__ == "__main__":
    main()
