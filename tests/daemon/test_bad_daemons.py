"""Whatever is wrong with a daemon, the message names it and says what to do."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from processes import freeze, running
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.engine import Daemon, connect
from pytest_cnb_report.daemon.errors import DaemonError, DaemonTimeout, DaemonUnavailable
from pytest_cnb_report.daemon.providers import open_daemon
from pytest_cnb_report.images.build import build_image, build_layer

from .made import image, load
from .servers import answering, json_answer, relayed
from .users import unprivileged

VERSION = json_answer('{"Version": "20.10.24", "ApiVersion": "1.41"}')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "docker.sock"


def refusal(address: str, *, timeout: float = 60) -> str:
    with pytest.raises(DaemonUnavailable) as raised, connected(address, timeout=timeout):
        pass
    message = str(raised.value)
    assert address in message
    assert raised.value.remedy
    return message


def test_no_socket(path: Path) -> None:
    assert "no such socket; start Docker" in refusal(f"unix://{path}")


def test_a_socket_that_nobody_listens_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert "nothing listens there; start Docker" in refusal(f"unix://{path}")


def test_a_file_in_place_of_a_socket(path: Path) -> None:
    path.write_text("")
    assert "nothing listens there" in refusal(f"unix://{path}")


def test_a_port_that_nobody_listens_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert "nothing listens there" in refusal(f"tcp://127.0.0.1:{port}")


def test_a_host_that_does_not_exist() -> None:
    assert "start Docker, or set DOCKER_HOST" in refusal("tcp://nonesuch.invalid:2375")


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00\x01\x02\x03" * 100,
        b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<html> </html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\xff\xfe",
        json_answer("[]"),
        json_answer("{}"),
        json_answer("null"),
        json_answer('{"Version": 20, "ApiVersion": 1.41}'),
        json_answer('{"Version": "20", "ApiVersion": "new"}'),
    ],
)
def test_something_else_listens(path: Path, answer: bytes) -> None:
    with answering(path, answer) as address:
        assert "not one of Docker's Engine API; something else listens" in refusal(address)


def test_a_web_server_listens(path: Path) -> None:
    with answering(path, json_answer("no such page", "404 Not Found")) as address:
        assert "status 404: no such page" in refusal(address)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_daemon_that_wants_to_know_who_asks(path: Path, status: str) -> None:
    with answering(path, json_answer('{"message": "who are you?"}', status)) as address:
        assert f"status {status[:3]}: who are you?; get access" in refusal(address)


def test_a_daemon_that_hangs_up(path: Path) -> None:
    with answering(path, b"") as address:
        assert "the connection was closed early" in refusal(address)


def test_a_daemon_that_hangs(path: Path) -> None:
    began = time.monotonic()
    with answering(path, None) as address:
        assert "no answer within the time limit" in refusal(address, timeout=0.2)
    assert time.monotonic() - began < 20


def test_a_daemon_that_is_too_old(path: Path) -> None:
    old = json_answer('{"Version": "19.03.15", "ApiVersion": "1.40", "MinAPIVersion": "1.12"}')
    with answering(path, old) as address:
        message = refusal(address)
    assert "version 19.03.15, whose Engine API is 1.40" in message
    assert "needs Engine API 1.41 (Docker 20.10) or newer" in message


def test_a_daemon_without_the_certificates_that_were_promised(tmp_path: Path) -> None:
    environment = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    unavailable = pytest.raises(DaemonUnavailable, match=r"TLS settings.*DOCKER_CERT_PATH")
    with unavailable, connected("tcp://127.0.0.1:1", environment=environment):
        pass


@pytest.mark.parametrize(
    "answer", [json_answer("[1]"), json_answer('{"Id": "x"}'), json_answer("{"), b"?\r\n"]
)
def test_a_daemon_that_answers_garbage_later_on(path: Path, answer: bytes, prefix: str) -> None:
    with contextlib.ExitStack() as stack:
        with answering(path, VERSION) as address:
            daemon = stack.enter_context(connect(address, prefix))
        path.unlink()
        stack.enter_context(answering(path, answer))
        for ask in (lambda: daemon.inspect("a"), daemon.names, lambda: daemon.read("a")):
            with pytest.raises(DaemonError, match="not one of Docker's Engine API"):
                ask()


@pytest.fixture
def prefix() -> str:
    return "cedar-0123456789ab"


@pytest.mark.daemon
def test_a_user_without_the_right_to_use_it(daemon: Daemon) -> None:
    folder = Path(daemon.address.removeprefix("unix://")).parent
    with unprivileged():
        in_closed_folder = refusal(daemon.address)
    folder.chmod(0o711)
    try:
        with unprivileged():
            in_open_folder = refusal(daemon.address)
    finally:
        folder.chmod(0o700)
    for message in (in_closed_folder, in_open_folder):
        assert "permission denied; run as root or as a member of the group" in message


@pytest.mark.daemon
def test_a_daemon_that_ends_in_the_middle_of_an_answer(daemon: Daemon, path: Path) -> None:
    contents = b"".join(bytes([number % 251]) for number in range(200_000))
    layer = build_layer({"file": contents}, compression="none")
    made = build_image([layer])
    load(daemon, made, "cut")
    with (
        relayed(daemon.address, path, allowed=50_000) as address,
        connect(address, daemon.prefix) as cut,
        pytest.raises(DaemonError, match=r"save sha256:.*: the connection was closed early"),
    ):
        cut.read(daemon.name("cut"))


@pytest.mark.daemon
def test_a_daemon_that_is_killed() -> None:
    with open_daemon("private") as daemon:
        load(daemon, image(), "before")
        for process in running("dockerd", daemon.address):
            os.kill(process, signal.SIGKILL)
        for ask in (
            daemon.names,
            lambda: daemon.read(daemon.name("before")),
            lambda: load(daemon, image(1), "after"),
            lambda: daemon.remove(daemon.name("before")),
        ):
            with pytest.raises(DaemonError) as raised:
                ask()
            assert raised.value.remedy


@pytest.mark.daemon
def test_a_daemon_that_stands_still() -> None:
    with open_daemon("private", timeout=2.0) as daemon:
        load(daemon, image(), "before")
        processes = running("dockerd", daemon.address)
        for process in processes:
            freeze(process)
        for ask in (
            daemon.names,
            lambda: daemon.read(daemon.name("before")),
            lambda: load(daemon, image(1), "after"),
        ):
            with pytest.raises(DaemonTimeout, match="no answer within the time limit"):
                ask()
        for process in processes:
            os.kill(process, signal.SIGCONT)
