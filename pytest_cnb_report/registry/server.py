"""An ASGI application on a port of this machine's loopback interface, in a thread of its own."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

from pytest_cnb_report.registry.protocol import RegistryUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_cnb_report.registry.app import RegistryApp

_HOST = "127.0.0.1"
_START_LIMIT = 10.0


@contextlib.contextmanager
def serve(app: RegistryApp, port: int = 0) -> Iterator[str]:
    """Serve `app` for the length of a block and give its `HOST:PORT`; 0 takes a free port.

    Raises RegistryUnavailable where the port cannot be had.
    """
    listener = _listen(port)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        headers=[("Docker-Distribution-Api-Version", "registry/2.0")],
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, args=([listener],), name="embedded registry", daemon=True
    )
    # Taken now: the server closes the socket.
    address = "{}:{}".format(*listener.getsockname())
    thread.start()
    try:
        _await_start(server, thread)
        yield address
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY on sockets that name their protocol only. Without it each answer
    # waits for the client's delayed acknowledgement: 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    limit = time.monotonic() + _START_LIMIT
    while not server.started:
        if not thread.is_alive() or time.monotonic() > limit:
            raise RegistryUnavailable("the embedded registry did not start")
        time.sleep(0.001)
