"""HTTP as it really comes: in pieces, all at once, broken off, or not at all."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator

import pytest

from pytest_cnb_report.registry.digests import digest_of
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry
from pytest_cnb_report.registry.misbehave import Misbehaviour
from pytest_cnb_report.registry.protocol import RegistryUnavailable

from .wire import Wire

PING = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
LAST_PING = b"GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def plug(embedded: EmbeddedRegistry) -> Iterator[socket.socket]:
    host, _, port = embedded.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as plug:
        yield plug


def everything(plug: socket.socket) -> bytes:
    """Read until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := plug.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_a_request_may_come_byte_by_byte(plug: socket.socket) -> None:
    for byte in LAST_PING:
        plug.sendall(bytes([byte]))
    answer = everything(plug)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\n{}")


def test_requests_may_come_all_at_once(plug: socket.socket) -> None:
    plug.sendall(PING + b"GET /v2/a/tags/list HTTP/1.1\r\nHost: x\r\n\r\n" + LAST_PING)
    answer = everything(plug)
    assert [answer.count(b"HTTP/1.1 200 OK"), answer.count(b"HTTP/1.1 404 Not Found")] == [2, 1]


def test_answers_keep_the_order_of_the_requests(
    embedded: EmbeddedRegistry, plug: socket.socket
) -> None:
    with embedded.misbehaving(Misbehaviour(path="/v2/", delay=0.2, times=1)):
        plug.sendall(PING + LAST_PING.replace(b"/v2/", b"/v2/a/tags/list"))
        answer = everything(plug)
    assert answer.index(b"200 OK") < answer.index(b"404 Not Found")


def test_a_body_may_come_in_chunks_of_http(plug: socket.socket, wire: Wire) -> None:
    place = f"/v2/some/blobs/uploads/?digest={digest_of(b'hello world')}"
    head = f"POST {place} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    body = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    plug.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert everything(plug).startswith(b"HTTP/1.1 201 Created")
    assert wire("GET", f"/v2/some/blobs/{digest_of(b'hello world')}").data == b"hello world"


def test_a_client_may_ask_first_whether_to_send_the_body(plug: socket.socket) -> None:
    place = f"/v2/some/blobs/uploads/?digest={digest_of(b'hello')}"
    head = f"POST {place} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n"
    plug.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
    assert plug.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    plug.sendall(b"hello")
    assert everything(plug).startswith(b"HTTP/1.1 201 Created")


def test_a_body_that_breaks_off_changes_nothing(
    embedded: EmbeddedRegistry, plug: socket.socket, wire: Wire
) -> None:
    place = wire.begin_upload("some")
    plug.sendall(f"PATCH {place} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n".encode())
    plug.sendall(b"half")
    plug.close()
    assert wire("GET", place).headers["Range"] == "0-0"
    assert [request.method for request in embedded.requests()] == ["POST", "GET"]


def test_a_large_blob_goes_through(wire: Wire) -> None:
    content = bytes(1_000_003) * 20
    digest = wire.push_blob("some", content)
    assert wire("GET", f"/v2/some/blobs/{digest}").data == content


def test_a_client_that_tries_tls_first_is_sent_away_at_once(embedded: EmbeddedRegistry) -> None:
    host, _, port = embedded.address.partition(":")
    began = time.monotonic()
    with (
        socket.create_connection((host, int(port)), timeout=60) as plain,
        pytest.raises(ssl.SSLError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    assert time.monotonic() - began < 10
    assert embedded.requests() == ()


@pytest.mark.parametrize(
    "nonsense",
    [b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 100],
)
def test_nonsense_is_answered_and_harms_nobody_else(
    plug: socket.socket, wire: Wire, nonsense: bytes
) -> None:
    plug.sendall(nonsense)
    assert everything(plug).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert wire("GET", "/v2/").status == 200


def test_an_offer_to_speak_another_protocol_is_declined(plug: socket.socket) -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    plug.sendall(PING.removesuffix(b"\r\n") + upgrade + b"\r\n")
    assert everything(plug).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_name_may_come_percent_encoded(wire: Wire) -> None:
    digest = wire.push_blob("some/app", b"x")
    assert wire("GET", f"/v2/some%2Fapp/blobs/{digest.replace(':', '%3A')}").data == b"x"


def test_many_clients_at_once_are_served(embedded: EmbeddedRegistry) -> None:
    host, _, port = embedded.address.partition(":")
    with contextlib.ExitStack() as stack:
        plugs = [
            stack.enter_context(socket.create_connection((host, int(port)), timeout=5))
            for _ in range(100)
        ]
        for plug in plugs:
            plug.sendall(LAST_PING)
        assert all(everything(plug).startswith(b"HTTP/1.1 200 OK") for plug in plugs)


def test_it_listens_on_this_machine_alone_and_stops_when_told() -> None:
    with embedded_registry() as registry:
        host, _, port = registry.address.partition(":")
        assert host == "127.0.0.1"
        idle = socket.create_connection((host, int(port)), timeout=5)
        began = time.monotonic()
    assert time.monotonic() - began < 10
    with idle:
        assert everything(idle) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)


def test_it_stops_at_once_while_an_answer_is_held_back() -> None:
    with embedded_registry() as registry, registry.misbehaving(Misbehaviour(delay=60)):
        host, _, port = registry.address.partition(":")
        waiting = socket.create_connection((host, int(port)), timeout=5)
        waiting.sendall(PING)
        while not registry.requests():
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 10
    with waiting:
        assert everything(waiting) == b""


def test_it_takes_the_port_that_it_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with embedded_registry(port) as registry:
        assert registry.address == f"127.0.0.1:{port}"


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(RegistryUnavailable, match="another program uses it; choose another port"),
        embedded_registry(taken.getsockname()[1]),
    ):
        pass


def test_a_port_that_does_not_exist_is_refused() -> None:
    with (
        pytest.raises(RegistryUnavailable, match="choose another port"),
        embedded_registry(70_000),
    ):
        pass
