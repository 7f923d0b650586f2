"""Run one command with a clean environment, a time limit and a bound on what it prints."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from pytest_cnb_report.drive.supervision import Supervisors
from pytest_cnb_report.visible_text import shell_line

OUTPUT_BOUND = 64 * 1024
"""Bytes kept of each stream: the first half and the last half of what was printed."""

LAST_LINES = 4
"""How many lines of what a process said last go into a message."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(r"\W*error\b", re.IGNORECASE)
_CRASH = re.compile(r"(panic|fatal error):")
_GRACE = 0.5
"""Seconds within which the end of the run is noticed, and for which a command's output is read
after its end."""


class StoppedError(Exception):
    """The call was ended because the run is."""


@dataclass(frozen=True)
class Command:
    """What is executed: an executable, the name it is told it has, and leading arguments."""

    executable: str
    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invocation:
    """What a process did.

    `exit_code` is None where the time limit ended it and negative where a signal did;
    `duration` is in seconds; the streams are decoded as UTF-8 with replacement and bounded.
    """

    command: Command
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str
    exit_code: int | None
    stdout: str
    stderr: str
    duration: float
    started: float = 0.0
    """When, in seconds since the epoch."""
    unkilled: tuple[int, ...] = ()
    """The processes that it left, or is itself, and that could not be killed."""

    @property
    def timed_out(self) -> bool:
        """Whether the time limit ended the process."""
        return self.exit_code is None

    @property
    def ending(self) -> str:
        """How the process ended, in words for a message."""
        if not self.unkilled:
            return self._own_ending
        first, *others = self.unkilled
        more = f" and {len(others)} more" if others else ""
        return f"{self._own_ending}; process {first}{more} could not be killed"

    @property
    def _own_ending(self) -> str:
        if self.exit_code is None:
            return f"did not end within {self.duration:.0f} s"
        if self.exit_code < 0:
            return f"was ended by signal {_signal_name(-self.exit_code)}"
        return f"exited {self.exit_code}"

    @property
    def last_lines(self) -> str:
        """What it said last, standard error before standard output.

        Begins with the line that says what went wrong, where one does.
        """
        for stream in (self.stderr, self.stdout):
            lines = _lines(stream)
            if lines:
                return "\n".join(_from_the_error(lines))
        return ""

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line that it printed, without colours, standard error before standard output."""
        return (*_lines(self.stderr), *_lines(self.stdout))

    @property
    def shell(self) -> str:
        """One line for a shell that makes the same call in the same environment."""
        variables = [f"{key}={value}" for key, value in self.environment.items()]
        return shell_line(["env", "-i", *variables, *_spelt_out(self.command, self.arguments)])


def _from_the_error(lines: list[str]) -> list[str]:
    """Return the last lines from an error on, or the first of a crash, which its stack follows."""
    crash = next((n for n, line in enumerate(lines) if _CRASH.match(line)), None)
    if crash is not None:
        return lines[crash : crash + LAST_LINES]
    last = lines[-LAST_LINES:]
    return last[next((n for n, line in enumerate(last) if _ERROR.match(line)), 0) :]


def _lines(stream: str) -> list[str]:
    return [line for line in _COLOUR.sub("", stream).splitlines() if line.strip()]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have a number alone
        return str(number)


@dataclass
class _Stream:
    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, chunk: bytes) -> None:
        half = OUTPUT_BOUND // 2
        room = half - len(self.head)
        self.head += chunk[:room]
        self.tail += chunk[room:]
        if len(self.tail) > half:
            self.dropped += len(self.tail) - half
            del self.tail[:-half]

    def text(self) -> str:
        gap = f"\n[… {self.dropped} bytes left out …]\n".encode() if self.dropped else b""
        return (bytes(self.head) + gap + bytes(self.tail)).decode("utf-8", "replace")


def run(
    command: Command,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: str,
    timeout: float,
    stop: threading.Event | None = None,
    supervisors: Supervisors | None = None,
) -> Invocation:
    """Run the command to its end, or for `timeout` seconds, or until `stop` is set.

    Nothing that it started outlives the call, nor this process. `supervisors` see to that; without
    them one is started for this call alone, which takes as long as starting Python does.

    Raises StoppedError, and CommandNotRunError where the operating system refuses to start it.
    """
    with contextlib.ExitStack() as stack:
        supervisors = supervisors or stack.enter_context(contextlib.closing(Supervisors()))
        process = supervisors.start(
            command.executable,
            [command.name, *command.arguments, *arguments],
            environment=environment,
            directory=directory,
        )
        return follow(
            process,
            command,
            arguments,
            environment=environment,
            directory=directory,
            timeout=timeout,
            stop=stop,
        )


def usable_cores() -> int:
    """Return how many cores this process may use, and so how many commands can well run at once."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Started(Protocol):
    """A command that was started."""

    @property
    def stdout(self) -> IO[bytes]:
        """What it prints, unbuffered."""

    @property
    def stderr(self) -> IO[bytes]:
        """What it prints as errors, unbuffered."""

    def fileno(self) -> int:
        """Return a descriptor that can be read once the command has ended."""

    def poll(self) -> int | None:
        """Return the exit code, or None where the command has not ended.

        Raises CommandNotRunError where nobody will know.
        """

    def end(self) -> tuple[int, ...]:
        """Kill it and what it started, and return the processes that could not be killed."""


def follow(
    process: Started,
    command: Command,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: str,
    timeout: float,
    stop: threading.Event | None = None,
) -> Invocation:
    """Read what a command prints until it has ended, or for `timeout` seconds from now, and end it.

    Raises StoppedError within a second once `stop` is set, and CommandNotRunError where nobody
    knows how it ended. The other arguments say what was started.
    """
    began, started = time.time(), time.monotonic()
    streams: dict[object, _Stream] = {process.stdout: _Stream(), process.stderr: _Stream()}
    try:
        timed_out = _pump(process, streams, started + timeout, stop or threading.Event())
    finally:
        duration = time.monotonic() - started
        unkilled = process.end()
    out, err = streams.values()
    return Invocation(
        command=command,
        arguments=tuple(arguments),
        environment=dict(environment),
        directory=directory,
        exit_code=None if timed_out else process.poll(),
        stdout=out.text(),
        stderr=err.text(),
        duration=duration,
        started=began,
        unkilled=unkilled,
    )


def _spelt_out(command: Command, arguments: Sequence[str]) -> list[str]:
    """Return the words that start the command from a shell or another program."""
    words = [command.executable, *command.arguments, *arguments]
    if command.name == command.executable:
        return words
    # the name that a multiplexed binary is called by can only be given with bash's exec -a
    return ["bash", "-c", 'exec -a "$0" "$@"', command.name, *words]


def _pump(
    process: Started,
    streams: Mapping[object, _Stream],
    deadline: float,
    stop: threading.Event,
) -> bool:
    """Read both streams until the command has ended; True where the deadline came first.

    What it started may go on printing for a moment after its end: it may be what the command
    printed through.

    Raises StoppedError once `stop` is set.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(process, selectors.EVENT_READ)
        for stream in (process.stdout, process.stderr):
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            if stop.is_set():
                raise StoppedError("the run is ended")
            left = deadline - time.monotonic()
            if left <= 0:
                return process.poll() is None
            for key, _ in selector.select(min(left, _GRACE)):
                if key.fileobj is process:
                    if process.poll() is not None:
                        selector.unregister(process)
                        deadline = time.monotonic() + _GRACE
                elif chunk := os.read(key.fd, 65536):
                    streams[key.fileobj].add(chunk)
                else:
                    selector.unregister(key.fileobj)
    return False
