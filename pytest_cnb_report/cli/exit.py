"""How a command ends that cannot do what it was asked: one message, exit code 2."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from pytest_cnb_report.cli.start import INTERRUPTED
from pytest_cnb_report.visible_text import for_log

COULD_NOT_JUDGE = 2
"""Bad usage, bad input, or nowhere to write to."""

TERMINATED = 143
"""What a shell reports of a process that was ended by SIGTERM (128 and its number), as CI systems
and timeout(1) end one."""

HUNG_UP = 129
"""Likewise by SIGHUP, which a terminal sends that is closed."""

BROKEN_PIPE = 141
"""What a shell reports of a process whose reader went away (128 and SIGPIPE)."""


_TERMINALS = ("/dev/pts/", "/dev/tty", "/dev/console")
_BY_SIGNAL = {"SIGTERM": TERMINATED, "SIGHUP": HUNG_UP}


class CommandError(Exception):
    """A command cannot do what it was asked; the message is for the reader."""


@contextlib.contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Turn exceptions that carry a message for the reader into CommandError."""
    try:
        yield
    except kinds as problem:
        raise CommandError(str(problem)) from problem


def open_what_is_closed() -> None:
    """Give a process that was started without standard streams ones that lead nowhere.

    What it would open first would else take their place and get what is meant for the reader.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            sink = os.open(os.devnull, os.O_RDWR)
            if sink != number and not _is_open(number):
                os.dup2(sink, number)
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def ended(command: Callable[[], int], name: str) -> int:
    """Run a command to its end and return its exit code, whatever becomes of its output.

    Text that the terminal's encoding lacks is spelled out rather than raised.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    received: list[str] = []
    try:
        with _interrupted_by_other_signals(received):
            code = command()
        sys.stdout.flush()
        if code == INTERRUPTED and received:
            return _BY_SIGNAL[received[0]]
    except CommandError as problem:
        _tell(name, str(problem))
        return COULD_NOT_JUDGE
    except KeyboardInterrupt:
        _tell(name, f"interrupted by {received[0]}" if received else "interrupted")
        return _BY_SIGNAL[received[0]] if received else INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return BROKEN_PIPE
    except OSError as problem:
        if problem.filename is not None:
            raise
        _forget_output()
        _tell(name, f"cannot write to the standard output: {problem.strerror}")
        return COULD_NOT_JUDGE
    return code


@contextlib.contextmanager
def _interrupted_by_other_signals(received: list[str]) -> Iterator[None]:
    """Let SIGTERM and SIGHUP end a command as Ctrl-C does; the list gets the name of each.

    A command that was started with nohup(1) goes on when its terminal is closed.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        del frame
        _forget_closed_terminal()
        received.append(signal.Signals(number).name)
        raise KeyboardInterrupt(received[-1])

    before = {
        each: signal.signal(each, interrupt)
        for each in (signal.SIGTERM, signal.SIGHUP)
        if each == signal.SIGTERM or signal.getsignal(each) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _forget_closed_terminal() -> None:
    """Let what is still said to a terminal that is gone lead nowhere, so that files get written.

    pytest has a descriptor of its own for it while it captures what is written to the usual two.
    """
    sink = os.open(os.devnull, os.O_RDWR)
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(link.readlink()).startswith(_TERMINALS) and _is_gone(int(link.name)):
                os.dup2(sink, int(link.name))
    os.close(sink)


def _is_gone(terminal: int) -> bool:
    try:
        os.write(terminal, b"")
    except OSError as problem:
        return problem.errno == errno.EIO
    return False


def _tell(name: str, problem: str) -> None:
    sys.stderr.write(f"cnb-conformance {name}: {for_log(problem)}\n")


def _forget_output() -> None:
    """Keep the interpreter from flushing, and failing, once more at its end."""
    with contextlib.suppress(OSError, ValueError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
