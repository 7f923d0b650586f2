"""A program that is executed in a held container, with what `drive.process.follow` needs of it."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import threading
import time
from typing import IO, TYPE_CHECKING

import docker.errors
import requests

from pytest_cnb_report.daemon.failures import FAILURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_cnb_report.daemon.client import Engine

_KILLED_WITHIN = 5.0
"""Seconds that a process has to be gone, once it was killed."""
_STARTED_WITHIN = 5.0
"""Seconds that a process has to say its ID, before it is killed."""
_ROUND = 0.01
_FRAME = struct.Struct(">BxxxI")
"""The header of a piece of output: which stream, and how many bytes (Engine API, attach)."""
_PIECE = 64 * 1024
_ID = 4
_OUT, _ERR = 1, 2


class Executed:
    """A program in a container, started by the waiting program that holds it."""

    def __init__(
        self,
        engine: Engine,
        container: str,
        program: str,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        user: str,
    ) -> None:
        """Start `words`, an executable, its name and its arguments, in exactly this environment.

        Raises DaemonError.
        """
        self._engine, self._container, self._program = engine, container, program
        self.returncode: int | None = None
        with engine.asking(f"execute {words[0]}"):
            created = engine.api.exec_create(
                container,
                [program, *words],
                # what a daemon adds by itself is taken away by a name without a value
                environment=["HOSTNAME", *(f"{k}={v}" for k, v in environment.items())],
                workdir=directory,
                user=user,
            )
            self._id = created["Id"]
            answer = self._begin()
        self._read_pid = threading.Event()
        self._pid = b""
        with contextlib.ExitStack() as stack:
            self.stdout, out = _pipe(stack)
            self.stderr, err = _pipe(stack)
            self._ended, ended = _pipe(stack)
            self._reader = threading.Thread(
                target=self._read, args=(answer, out, err, ended), daemon=True
            )
            self._reader.start()
            stack.pop_all()

    def _begin(self) -> requests.Response:
        api = self._engine.api
        # the SDK's own call asks for an upgrade, and then loses what comes with the headers
        answer = api.post(
            f"{api.base_url}/v{self._engine.api_version}/exec/{self._id}/start",
            data=json.dumps({"Detach": False, "Tty": False}),
            headers={"Content-Type": "application/json"},
            stream=True,
            timeout=(api.timeout, None),
        )
        try:
            answer.raise_for_status()
        except requests.exceptions.HTTPError as error:
            docker.errors.create_api_error_from_http_exception(error)
        return answer

    def fileno(self) -> int:
        """Return a descriptor that can be read once nothing more is printed."""
        return self._ended.fileno()

    def poll(self) -> int | None:
        """Return the exit code; None where the program has not ended. Raises DaemonError."""
        if self.returncode is None:
            with self._engine.asking("look after a program"):
                found = self._engine.api.exec_inspect(self._id)
            running, code = found.get("Running"), found.get("ExitCode")
            if not running and isinstance(code, int):
                self.returncode = code
            elif not self._reader.is_alive():
                time.sleep(_ROUND)  # the daemon is about to learn of the end
        return self.returncode

    def end(self) -> tuple[int, ...]:
        """Kill the program and its process group; return its ID where it could not be killed.

        The group of one that has ended was killed with it. What has left the group ends with the
        container.
        """
        self.stdout.close()
        self.stderr.close()
        try:
            left = self._kill() if self.returncode is None else ()
        finally:
            self._reader.join(_ROUND if self.returncode is None else 1.0)
            if not self._reader.is_alive():
                self._ended.close()
        return left

    def _kill(self) -> tuple[int, ...]:
        if not self._read_pid.wait(_STARTED_WITHIN) or len(self._pid) < _ID:
            return ()
        pid = int.from_bytes(self._pid, "little")
        with self._engine.asking(f"kill process {pid} in a container"):
            # the program may work as another user by now
            killer = self._engine.api.exec_create(
                self._container, [self._program, str(pid)], user="0:0"
            )
            self._engine.api.exec_start(killer["Id"], detach=True)
        until = time.monotonic() + _KILLED_WITHIN
        while self.poll() is None:
            if time.monotonic() > until:
                return (pid,)
            time.sleep(_ROUND)
        return ()

    def _read(self, answer: requests.Response, out: int, err: int, ended: int) -> None:
        """Hand on what the program prints, without the ID that comes first."""
        try:
            with contextlib.suppress(*FAILURES), answer:
                while len(head := answer.raw.read(_FRAME.size)) == _FRAME.size:
                    stream, size = _FRAME.unpack(head)
                    while size > 0 and (piece := answer.raw.read(min(size, _PIECE))):
                        size -= len(piece)
                        if stream == _OUT:
                            _write(out, self._without_id(piece))
                        elif stream == _ERR:
                            _write(err, piece)
        finally:
            self._read_pid.set()
            for end in (out, err, ended):
                os.close(end)

    def _without_id(self, piece: bytes) -> bytes:
        missing = _ID - len(self._pid)
        self._pid += piece[:missing]
        if len(self._pid) == _ID:
            self._read_pid.set()
        return piece[missing:]


def _write(to: int, piece: bytes) -> None:
    # the reader may have closed its end; the rest is then read and dropped
    with contextlib.suppress(BrokenPipeError):
        while piece:
            piece = piece[os.write(to, piece) :]


def _pipe(stack: contextlib.ExitStack) -> tuple[IO[bytes], int]:
    read, write = os.pipe()
    stack.callback(os.close, write)
    return stack.enter_context(os.fdopen(read, "rb", buffering=0)), write
