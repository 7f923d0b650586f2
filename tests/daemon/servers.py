"""Things that listen where a Docker daemon should: servers that are none, and roads that end."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

from serving import serving


class _Threads(socketserver.ThreadingMixIn):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 16


class _UnixServer(_Threads, socketserver.UnixStreamServer):
    pass


class _TcpServer(_Threads, socketserver.TCPServer):
    pass


@contextlib.contextmanager
def answering(path: Path, answer: bytes | None) -> Iterator[str]:
    """Answer every request with the same bytes and hang up; with None, hang on and say nothing."""
    ended = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if self.request.recv(65536):
                if answer is None:
                    ended.wait(30)
                else:
                    self.request.sendall(answer)

    with _UnixServer(str(path), Handler) as server, serving(server):
        yield f"unix://{path}"
        ended.set()


def json_answer(body: str, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()


class _Relay(socketserver.BaseRequestHandler):
    """Passes on what comes from a client, and as many bytes as allowed of what comes back."""

    target: str
    allowed: int

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as other:
            other.connect(self.target)
            forth = threading.Thread(target=self._forth, args=(other,), daemon=True)
            forth.start()
            left = self.allowed
            with contextlib.suppress(OSError):
                while left and (block := other.recv(min(left, 65536))):
                    self.request.sendall(block)
                    left -= len(block)
            for end in (self.request, other):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            forth.join()

    def _forth(self, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := self.request.recv(65536):
                other.sendall(block)


@contextlib.contextmanager
def relayed(address: str, path: Path | None = None, *, allowed: int = 1 << 40) -> Iterator[str]:
    """Relay to a daemon's socket from another one, or from a TCP port; cut off answers early."""
    values = {"target": address.removeprefix("unix://"), "allowed": allowed}
    handler = type("Relay", (_Relay,), values)
    if path is None:
        with _TcpServer(("127.0.0.1", 0), handler) as tcp, serving(tcp):
            yield f"tcp://127.0.0.1:{tcp.server_address[1]}"
    else:
        with _UnixServer(str(path), handler) as unix, serving(unix):
            yield f"unix://{path}"
