"""Run one command with a clean environment, a time limit and a bound on what it prints."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from pytest_cnb_report.visible_text import shell_line

OUTPUT_BOUND = 64 * 1024
"""Bytes kept of each stream: the first half and the last half of what was printed."""

LAST_LINES = 4
"""How many lines of what a process said last go into a message."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_GRACE = 0.5


class CommandNotRunError(Exception):
    """The command could not be started; the message names it and the operating system's reason."""


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

    @property
    def timed_out(self) -> bool:
        """Whether the time limit ended the process."""
        return self.exit_code is None

    @property
    def ending(self) -> str:
        """How the process ended, in words for a message."""
        if self.exit_code is None:
            return f"did not end within {self.duration:.0f} s"
        if self.exit_code < 0:
            return f"was ended by signal {signal.Signals(-self.exit_code).name}"
        return f"exited {self.exit_code}"

    @property
    def last_lines(self) -> str:
        """The last lines that it printed, standard error before standard output."""
        for stream in (self.stderr, self.stdout):
            lines = _lines(stream)
            if lines:
                return "\n".join(lines[-LAST_LINES:])
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


def _lines(stream: str) -> list[str]:
    return [line for line in _COLOUR.sub("", stream).splitlines() if line.strip()]


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
    leashed: bool = True,
    stop: threading.Event | None = None,
) -> Invocation:
    """Run the command to its end, or for `timeout` seconds, or until `stop` is set.

    Raises StoppedError, and CommandNotRunError where the operating system refuses to start it. With
    `leashed` the command is ended even where this process is killed; a file that is no program then
    gives exit code 126 or 127, or is taken for a shell script, instead.
    """
    argv = [command.name, *command.arguments, *arguments]
    executable = command.executable
    leash = shutil.which("setpriv") if leashed else None
    if leash is not None:
        argv = [leash, "--pdeathsig", "KILL", *_spelt_out(command, arguments)]
        executable = leash
    return follow(
        _start(command, argv, executable, environment, directory),
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
    """A process that leads a process group of its own; `subprocess.Popen` is one.

    `wait` raises subprocess.TimeoutExpired; `returncode` is None until the process has ended.
    """

    pid: int
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None
    returncode: int | None

    def poll(self) -> int | None:
        """Return the exit code, or None where the process has not ended."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the process, for at most `timeout` seconds."""


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
    """Read what a process prints until it has ended, or for `timeout` seconds from now.

    Raises StoppedError within a second once `stop` is set.

    Whatever the command started in its process group is ended with it, so that nothing outlives
    the call. The other arguments say what was started.
    """
    began, started = time.time(), time.monotonic()
    streams: dict[object, _Stream] = {process.stdout: _Stream(), process.stderr: _Stream()}
    try:
        timed_out = _pump(process, streams, started + timeout, stop or threading.Event())
    finally:
        _end_group(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    out, err = streams.values()
    return Invocation(
        command=command,
        arguments=tuple(arguments),
        environment=dict(environment),
        directory=directory,
        exit_code=None if timed_out else process.returncode,
        stdout=out.text(),
        stderr=err.text(),
        duration=time.monotonic() - started,
        started=began,
    )


def _spelt_out(command: Command, arguments: Sequence[str]) -> list[str]:
    """Return the words that start the command from a shell or another program."""
    words = [command.executable, *command.arguments, *arguments]
    if command.name == command.executable:
        return words
    # the name that a multiplexed binary is called by can only be given with bash's exec -a
    return ["bash", "-c", 'exec -a "$0" "$@"', command.name, *words]


def _start(
    command: Command,
    argv: Sequence[str],
    executable: str,
    environment: Mapping[str, str],
    directory: str,
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            executable=executable,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as problem:
        raise CommandNotRunError(
            f"cannot run {command.executable}: {problem.strerror}"
        ) from problem


def _pump(
    process: Started,
    streams: Mapping[object, _Stream],
    deadline: float,
    stop: threading.Event,
) -> bool:
    """Read both streams until the process has ended; True where the deadline came first.

    Raises StoppedError once `stop` is set.
    """
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            _go_on(stop)
            now = time.monotonic()
            if now >= deadline:
                return process.poll() is None
            # a child that has ended may have left a grandchild holding its pipes
            wait = _GRACE if process.poll() is not None else min(deadline - now, _GRACE)
            ready = selector.select(wait)
            if not ready and process.poll() is not None:
                return False
            for key, _ in ready:
                chunk = os.read(key.fd, 65536)
                if chunk:
                    streams[key.fileobj].add(chunk)
                else:
                    selector.unregister(key.fileobj)
    return _outlives(process, deadline, stop)


def _outlives(process: Started, deadline: float, stop: threading.Event) -> bool:
    """Wait for the process to end; True where the deadline comes first."""
    while True:
        _go_on(stop)
        left = max(0.0, deadline - time.monotonic())
        try:
            process.wait(min(left, _GRACE))
        except subprocess.TimeoutExpired:
            if left <= _GRACE:
                return True
        else:
            return False


def _go_on(stop: threading.Event) -> None:
    if stop.is_set():
        raise StoppedError("the run is ended")


def _end_group(process: Started) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
