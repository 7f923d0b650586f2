"""Start commands through supervisors, so that nothing outlives a call, and no call the run.

The run cannot adopt orphans itself: it may make several calls at once, and has children of its own.
So every call in progress has a `supervisor`, a small program that is used again for later calls.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from pytest_cnb_report.drive.supervisor import receive, send

_PROGRAM = str(Path(__file__).with_name("supervisor.py"))
_ANSWERS_WITHIN = 30.0
"""Seconds that a supervisor has to begin, and to start a command."""
_MARGIN = 2.0
"""Seconds beyond what it needs at most that a supervisor has to answer, and to end."""

_NEEDED = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
"""The variables that starting Python may take. It is not given this process's own: pytest changes
them in the main thread while others start supervisors, and execve(2) then fails with EFAULT."""


class CommandNotRunError(Exception):
    """A command could not be started, or nobody knows how it ended; the message says why."""


class Supervisors:
    """Supervisors that are started as they are needed, one for each call in progress.

    `kill_within` is how many seconds what a call leaves has to be gone, once it was killed. Any
    number of threads may start commands.
    """

    def __init__(self, *, kill_within: float = 5.0) -> None:
        self.kill_within = kill_within
        self._idle: queue.SimpleQueue[Supervisor] = queue.SimpleQueue()
        self._started: list[Supervisor] = []

    def start(
        self,
        executable: str,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
    ) -> SupervisedProcess:
        """Start a command without anything to read; raises CommandNotRunError."""
        call = {
            "executable": executable,
            "argv": list(argv),
            "environment": dict(environment),
            "directory": directory,
        }
        try:
            return self._start(executable, call)
        except (CommandNotRunError, OSError) as problem:
            why = problem.strerror if isinstance(problem, OSError) else problem
            raise CommandNotRunError(f"cannot run {executable}: {why}") from problem

    def _start(self, executable: str, call: Mapping[str, Any]) -> SupervisedProcess:
        with contextlib.ExitStack() as reading, contextlib.ExitStack() as writing:
            out, printed = _pipe(reading, writing)
            err, complained = _pipe(reading, writing)
            supervisor = self._take()
            try:
                supervisor.start(call, (printed, complained))
            except BaseException:
                self._give_back(supervisor)
                raise
            reading.pop_all()
        return SupervisedProcess(executable, supervisor, (out, err), self._give_back)

    def close(self) -> None:
        """End all supervisors, and with them the calls in progress."""
        for supervisor in self._started:
            supervisor.dismiss()
        for supervisor in self._started:
            supervisor.wait()
        self._started.clear()

    def _take(self) -> Supervisor:
        with contextlib.suppress(queue.Empty):
            while (idle := self._idle.get_nowait()).ended:
                idle.dismiss()
            return idle
        supervisor = Supervisor(self.kill_within)
        self._started.append(supervisor)
        return supervisor

    def _give_back(self, supervisor: Supervisor) -> None:
        if supervisor.busy:
            supervisor.dismiss()
        else:
            self._idle.put(supervisor)


def _pipe(reading: contextlib.ExitStack, writing: contextlib.ExitStack) -> tuple[IO[bytes], int]:
    """Return the end to read from, and the descriptor of the other; stacks close them."""
    read, write = os.pipe()
    writing.callback(os.close, write)
    return reading.enter_context(os.fdopen(read, "rb", buffering=0)), write


class Supervisor:
    """A supervisor in a process of its own, which carries out one call at a time."""

    def __init__(self, kill_within: float) -> None:
        self._kill_within = kill_within
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_ANSWERS_WITHIN)
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [
                        *(sys.executable, "-I", "-S", _PROGRAM),
                        *(str(theirs.fileno()), str(os.getpid()), str(kill_within)),
                    ],
                    pass_fds=[theirs.fileno()],
                    env=_NEEDED,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    start_new_session=True,
                )
            except OSError as problem:
                self._control.close()
                raise CommandNotRunError(
                    f"its supervisor, {sys.executable}, does not start: {problem.strerror}"
                ) from problem
        self.busy = True
        """Whether a call is in progress, or has left what could not be killed."""
        try:
            why = self.receive().get("failed")
        except CommandNotRunError:
            why = "it ended before it was ready"
        if why is not None:
            self.dismiss()
            self.wait()
            raise CommandNotRunError(f"its supervisor, {sys.executable}, does not start: {why}")
        self.busy = False

    @property
    def ended(self) -> bool:
        """Whether it can take no call any more."""
        return self._process.poll() is not None

    def fileno(self) -> int:
        """Return the descriptor that can be read once there is an answer."""
        return self._control.fileno()

    def start(self, call: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """Start a command; raises CommandNotRunError."""
        self.busy = True
        answer = self._ask(call, descriptors)
        if "failed" in answer:
            self.busy = False
            raise CommandNotRunError(answer["failed"])

    def end(self) -> tuple[int, ...]:
        """Kill what is left of the call; return the processes that could not be killed."""
        answer = self._ask("end", within=self._kill_within + _MARGIN)
        while "left" not in answer:  # the command ended meanwhile
            answer = self.receive()
        self.busy = bool(answer["left"])
        return tuple(answer["left"])

    def _ask(
        self, message: object, descriptors: Sequence[int] = (), *, within: float = _ANSWERS_WITHIN
    ) -> dict[str, Any]:
        # where nobody reads it, there is no answer either
        with contextlib.suppress(OSError):
            self._control.settimeout(within)
            send(self._control, message, descriptors)
        return self.receive()

    def receive(self) -> dict[str, Any]:
        """Return the next answer; raises CommandNotRunError where none comes.

        All that it started has ended then.
        """
        try:
            answer: dict[str, Any] = receive(self._control)[0]
        except (OSError, EOFError) as problem:
            self.dismiss()
            self.wait()
            raise CommandNotRunError(
                "its supervisor does not answer: it was killed or stopped, perhaps by the command,"
                " whose parent process it is"
            ) from problem
        return answer

    def dismiss(self) -> None:
        """Have it end, and first kill what is left of the call."""
        self._control.close()

    def wait(self) -> None:
        """Wait for the end of a supervisor that was dismissed; kill one that does not end."""
        try:
            # the supervisor has its time, and then the guard
            self._process.wait(2 * self._kill_within + _MARGIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class SupervisedProcess:
    """One call in progress, with what `drive.process.follow` needs of it."""

    def __init__(
        self,
        executable: str,
        supervisor: Supervisor,
        streams: tuple[IO[bytes], IO[bytes]],
        give_back: Callable[[Supervisor], None],
    ) -> None:
        self._executable = executable
        self._supervisor = supervisor
        self._give_back = give_back
        self.stdout, self.stderr = streams
        self.returncode: int | None = None

    def fileno(self) -> int:
        """Return a descriptor that can be read once the command has ended."""
        return self._supervisor.fileno()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None where the command has not ended.

        Raises CommandNotRunError where nobody will know.
        """
        if self.returncode is None:
            poll = select.poll()
            poll.register(self._supervisor, select.POLLIN)
            if poll.poll(0):
                try:
                    answer = self._supervisor.receive()
                except CommandNotRunError as problem:
                    raise CommandNotRunError(f"{self._executable} was ended: {problem}") from None
                self.returncode = os.waitstatus_to_exitcode(answer["ended"])
        return self.returncode

    def end(self) -> tuple[int, ...]:
        """Kill what the command left, itself included; return what could not be killed."""
        self.stdout.close()
        self.stderr.close()
        try:
            return self._supervisor.end()
        except CommandNotRunError:
            return ()  # it is gone, and its guard has killed the rest
        finally:
            self._give_back(self._supervisor)
