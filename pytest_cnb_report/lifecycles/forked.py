"""The reference lifecycle, called through a fork server."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from pytest_cnb_report.drive.process import Command, Invocation, follow
from pytest_cnb_report.drive.supervision import CommandNotRunError
from pytest_cnb_report.lifecycles.lifecycle import Execute, supervised_calls

_SERVER = ("-m", "pytest_cnb_report.reference.server")
_REFERENCE = ("-m", "pytest_cnb_report.reference")
_ROOM = 2 * 1024 * 1024
"""Bytes that the description of one call has at most, and more: what the server takes."""


class ForkServer:
    """The server, from the side of the process that uses it; it takes one call at a time."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control

    def start(
        self, arguments: Sequence[str], environment: Mapping[str, str], directory: str
    ) -> ForkedProcess:
        """Begin one call of the reference lifecycle; raises CommandNotRunError where it cannot."""
        call = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "directory": directory,
        }
        out, err = os.pipe(), os.pipe()
        try:
            try:
                socket.send_fds(self._control, [json.dumps(call).encode()], [out[1], err[1]])
                child = self.receive()
            finally:
                os.close(out[1])
                os.close(err[1])
        except BaseException as problem:
            os.close(out[0])
            os.close(err[0])
            if isinstance(problem, OSError):
                raise CommandNotRunError(
                    f"the fork server takes no call: {problem.strerror}"
                ) from problem
            raise
        return ForkedProcess(self, child, out[0], err[0])

    def execute(
        self,
        command: Command,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        timeout: float,
        stop: threading.Event | None = None,
    ) -> Invocation:
        """Run one command of the reference lifecycle, as `drive.process.run` does."""
        words = command.arguments
        if words[: len(_REFERENCE)] != _REFERENCE:
            raise CommandNotRunError(f"{command.name} is not the reference lifecycle")
        return follow(
            self.start([*words[len(_REFERENCE) :], *arguments], environment, directory),
            command,
            arguments,
            environment=environment,
            directory=directory,
            timeout=timeout,
            stop=stop,
        )

    def fileno(self) -> int:
        """Return the descriptor that can be read once there is an answer."""
        return self._control.fileno()

    def receive(self, timeout: float | None = None) -> int:
        """Return the server's next answer; raises TimeoutError and CommandNotRunError."""
        milliseconds = None if timeout is None else max(0.0, timeout * 1000)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        if not poll.poll(milliseconds):
            raise TimeoutError
        try:
            answer = self._control.recv(64)
        except OSError as problem:
            raise CommandNotRunError(f"the fork server is gone: {problem.strerror}") from problem
        if not answer:
            raise CommandNotRunError("the fork server ended unexpectedly")
        return int(answer)


class ForkedProcess:
    """One call in progress, with what `drive.process.follow` needs of it."""

    def __init__(self, server: ForkServer, pid: int, stdout: int, stderr: int) -> None:
        self._server = server
        self.pid = pid
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb", buffering=0)
        self.stderr: IO[bytes] = os.fdopen(stderr, "rb", buffering=0)
        self.returncode: int | None = None

    def fileno(self) -> int:
        """Return a descriptor that can be read once the process has ended."""
        return self._server.fileno()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None where the process has not ended."""
        with contextlib.suppress(TimeoutError):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises TimeoutError after `timeout` seconds."""
        if self.returncode is None:
            try:
                self.returncode = os.waitstatus_to_exitcode(self._server.receive(timeout))
            except CommandNotRunError:
                self._close()
                raise
        return self.returncode

    def end(self) -> tuple[int, ...]:
        """End the process and its process group."""
        self._close()
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            with contextlib.suppress(CommandNotRunError):
                self.wait()
        return ()

    def _close(self) -> None:
        self.stdout.close()
        self.stderr.close()


@contextlib.contextmanager
def fork_server(program: Sequence[str] = _SERVER) -> Iterator[ForkServer]:
    """Run a fork server for the length of a block.

    `program` is what the Python interpreter is to run, with the socket's descriptor behind it.
    """
    own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with own, theirs:
        for end in (own, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)
        process = subprocess.Popen(
            [sys.executable, *program, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd="/",  # what lies in the caller's folder is not to be taken for a module
            start_new_session=True,
        )
        theirs.close()
        try:
            yield ForkServer(own)
        finally:
            own.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def forked_calls(stop: threading.Event | None = None) -> Iterator[Execute]:
    """Give what executes the reference lifecycle, one call at a time, for the length of a block.

    The fork server begins with the first call. Where the system has none of what it needs, each
    call is a process of its own from the beginning.
    """
    if not hasattr(os, "pidfd_open"):
        with supervised_calls(stop) as execute:
            yield execute
        return
    with contextlib.ExitStack() as stack:
        servers: list[ForkServer] = []

        def forked(command: Command, arguments: Sequence[str], **how: Any) -> Invocation:  # noqa: ANN401
            if not servers:
                servers.append(stack.enter_context(fork_server()))
            return servers[0].execute(command, arguments, stop=stop, **how)

        yield forked
