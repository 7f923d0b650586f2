"""A port of this machine's loopback interface, served by a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from pytest_cnb_report.registry.connection import Connection
from pytest_cnb_report.registry.http_types import Answer, Call
from pytest_cnb_report.registry.protocol import RegistryUnavailable

_HOST = "127.0.0.1"
_REACHED_WITHIN = 10.0
"""Seconds; a busy machine needs some milliseconds."""


@contextlib.contextmanager
def serve(
    handle: Callable[[Call], Answer], port: int = 0, *, longest_body: int | None = None
) -> Iterator[str]:
    """Have requests answered by `handle` for the length of a block; give `HOST:PORT`.

    `handle` is called in the server's thread, has to be quick and may not raise. Port 0 takes a
    free one. Of a body of more than `longest_body` bytes `handle` is told the length alone. Raises
    RegistryUnavailable where the port, or a thread, cannot be had.
    """
    listener = _listen(port)
    listener_address = listener.getsockname()
    address = f"{_HOST}:{listener_address[1]}"
    started: Future[Callable[[], object]] = Future()
    thread = threading.Thread(
        target=_run,
        args=(listener, handle, started, longest_body),
        name="embedded registry",
        daemon=True,
    )
    try:
        thread.start()
    except RuntimeError as error:
        listener.close()
        raise RegistryUnavailable(
            f"the embedded registry cannot be started: {error}; permit more processes (ulimit -u),"
            " or take fewer workers or jobs"
        ) from error
    stop = started.result()
    try:
        _check_reached(address, *listener_address)
        yield address
    finally:
        stop()
        thread.join()


def _check_reached(address: str, host: str, port: int) -> None:
    """Connect to the port; raises RegistryUnavailable where this machine cannot reach itself."""
    try:
        socket.create_connection((host, port), timeout=_REACHED_WITHIN).close()
    except OSError as error:
        raise RegistryUnavailable(
            f"the embedded registry listens on {address}, but cannot be reached there: "
            f"{error.strerror or error}; bring the loopback interface up (`ip link set lo up`)"
        ) from error


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that name their protocol. Without it an answer can
    # wait 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "another program uses it" if taken else str(error)
        raise RegistryUnavailable(
            f"the embedded registry cannot listen on {_HOST}:{port}: {why}; "
            "choose another port, or none to have a free one chosen"
        ) from error
    return listener


def _run(
    listener: socket.socket,
    handle: Callable[[Call], Answer],
    started: Future[Callable[[], object]],
    longest_body: int | None,
) -> None:
    """Serve until the callable that `started` gets is called."""

    async def serving() -> None:
        connections: set[Connection] = set()
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(
            lambda: Connection(handle, connections, longest_body), sock=listener
        )
        started.set_result(lambda: loop.call_soon_threadsafe(stopped.set))
        await stopped.wait()
        # A server that closes forgets the clients that asyncio is just letting in: finish these.
        loop.remove_reader(listener)
        entering = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*entering, return_exceptions=True)
        for connection in tuple(connections):
            connection.abort()
        server.close()
        await asyncio.sleep(0)

    try:
        asyncio.run(serving())
    except BaseException as error:
        if started.done():
            raise
        started.set_exception(error)
