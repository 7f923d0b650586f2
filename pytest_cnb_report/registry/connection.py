"""HTTP/1.1 on one connection: bytes in, requests to whoever answers them, answers out."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

import httptools

from pytest_cnb_report.registry.http_types import Answer, Call, Headers

_LONGEST_HEAD = 64 * 1024
"""Bytes of a request's target and headers, after which its connection is closed."""

_WITHOUT_LENGTH = frozenset({204, 304})


class Connection(asyncio.Protocol):
    """Reads requests with httptools and answers them in the order in which they came.

    A request whose body does not arrive whole is never passed on. Of a body of more than
    `longest_body` bytes only the length is.
    """

    def __init__(
        self,
        handle: Callable[[Call], Answer],
        open_ones: set[Connection],
        longest_body: int | None = None,
    ) -> None:
        self._handle = handle
        self._longest = longest_body
        self._open_ones = open_ones
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Call, bool]] = deque()
        self._held_back: asyncio.TimerHandle | None = None
        self.on_message_begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin (asyncio)."""
        self._transport = cast("asyncio.Transport", transport)
        self._open_ones.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget what is not answered yet (asyncio)."""
        self._open_ones.discard(self)
        self._waiting.clear()
        if self._held_back is not None:
            self._held_back.cancel()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on (asyncio). What is not HTTP, as a client that tries TLS first, ends it."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._transport.close()
        except httptools.HttpParserError:
            self._write(Answer(400), "GET", keep_alive=False)

    def on_message_begin(self) -> None:
        """Begin a request (httptools)."""
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = self._head = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request target (httptools)."""
        self._url += url
        self._bound_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header (httptools)."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        self._bound_head(len(name) + len(value))

    def _bound_head(self, more: int) -> None:
        self._head += more
        if self._head > _LONGEST_HEAD:
            self._transport.abort()

    def on_headers_complete(self) -> None:
        """Let a client go on that asks first whether it may send the body (httptools)."""
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        """Take a piece of the body (httptools)."""
        self._size += len(part)
        if self._longest is not None and self._size > self._longest:
            self._body.clear()
        else:
            self._body.append(part)

    def on_message_complete(self) -> None:
        """Pass the request on (httptools)."""
        url = httptools.parse_url(self._url)
        call = Call(
            self._parser.get_method().decode("latin-1"),
            unquote(url.path.decode("latin-1")),
            (url.query or b"").decode("latin-1"),
            self._headers,
            body := b"".join(self._body),
            self._size - len(body),
        )
        self._body.clear()
        self._waiting.append((call, self._parser.should_keep_alive()))
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self._held_back is None:
            call, keep_alive = self._waiting.popleft()
            answer = self._handle(call)
            if answer.delay:
                loop = asyncio.get_running_loop()
                self._held_back = loop.call_later(
                    answer.delay, self._release, answer, call.method, keep_alive
                )
            else:
                self._write(answer, call.method, keep_alive=keep_alive)

    def _release(self, answer: Answer, method: str, keep_alive: bool) -> None:
        self._held_back = None
        self._write(answer, method, keep_alive=keep_alive)
        self._go_on()

    def _write(self, answer: Answer, method: str, *, keep_alive: bool) -> None:
        if self._transport.is_closing():
            return
        close = not keep_alive or answer.cut_after is not None
        own: Headers = (
            ("Date", formatdate(usegmt=True)),
            ("Docker-Distribution-Api-Version", "registry/2.0"),
        )
        if answer.status not in _WITHOUT_LENGTH:
            own += (("Content-Length", str(len(answer.body))),)
        if close:
            own += (("Connection", "close"),)
        given = {name.lower() for name, _ in answer.headers}
        every = (*answer.headers, *(each for each in own if each[0].lower() not in given))
        lines = (
            f"HTTP/1.1 {answer.status} {_phrase(answer.status)}",
            *(f"{name}: {value}" for name, value in every),
            "\r\n",
        )
        body = b"" if method == "HEAD" else answer.body[: answer.cut_after]
        # One write: two would wake the client twice.
        self._transport.write("\r\n".join(lines).encode("latin-1", "replace") + body)
        if close:
            if answer.reset:
                self._reset_on_close()
            self._transport.close()

    def _reset_on_close(self) -> None:
        """Have the operating system send a reset in place of the end (socket(7), SO_LINGER)."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
