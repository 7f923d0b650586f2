"""A daemon that fails a lifecycle: its faults are told from those of the lifecycle."""

from __future__ import annotations

from typing import cast

import pytest

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonError
from pytest_cnb_report.drive.blame import complaint
from pytest_cnb_report.drive.daemon_host import DaemonHost
from pytest_cnb_report.drive.process import Command, Invocation


class FakeDaemon:
    """As much of a daemon as is tried out, and how often it was."""

    address = "unix:///run/docker.sock"

    def __init__(self) -> None:
        self.answers = True
        self.asked: list[str] = []

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if not self.answers:
            raise DaemonError(self.address, what, "status 500: no space left on device")

    def name(self, repository: str, tag: str) -> str:
        return f"prefix/{repository}:{tag}"

    def load(self, *_: object) -> None:
        self._ask("load")

    def read(self, *_: object, **__: object) -> None:
        self._ask("read")

    def inspect(self, *_: object) -> None:
        self._ask("inspect")

    def remove(self, *_: object) -> None:
        self._ask("remove")


def failed(said: str) -> Invocation:
    return Invocation(Command("rebaser", "rebaser"), (), {}, "/", 1, "", said, 0.1)


@pytest.fixture
def daemon() -> FakeDaemon:
    return FakeDaemon()


@pytest.fixture
def host(daemon: FakeDaemon) -> DaemonHost:
    return DaemonHost(cast("Daemon", daemon), "part")


def test_a_failure_at_a_sound_daemon_is_the_lifecycle_s(
    daemon: FakeDaemon, host: DaemonHost
) -> None:
    for _ in range(3):
        host.require_sound(failed("ERROR: no such label"), {}, 60)
    # images are large to a daemon: one is loaded now and then, and it is asked each time
    assert daemon.asked == ["load", "read", "remove", "inspect", "inspect"]


@pytest.mark.parametrize("sound_before", [True, False])
def test_a_daemon_that_fails_the_suite_is_named(
    daemon: FakeDaemon, host: DaemonHost, sound_before: bool
) -> None:
    if sound_before:
        host.require_sound(failed(""), {}, 60)
    daemon.answers = False
    with pytest.raises(DaemonError, match=r"docker.sock: the suite's own .* no space left"):
        host.require_sound(failed("ERROR: no such label"), {}, 60)


def test_a_lifecycle_that_could_not_reach_it_is_not_blamed(host: DaemonHost) -> None:
    said = "Cannot connect to the Docker daemon at unix:///run/docker.sock"
    with pytest.raises(DaemonError, match="the lifecycle says of its requests: Cannot connect"):
        host.require_sound(failed(said), {}, 60)


@pytest.mark.parametrize(
    "said",
    [
        "GET http://r/v2/: unexpected status code 429 Too Many Requests: slow down",
        "PUT http://r/v2/: TOOMANYREQUESTS: slow down; map[]",
        "failed to fetch: GET http://r/v2/: unexpected status code 503 Service Unavailable",
        "\x1b[31;1mERROR: \x1b[0mread tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer",
        'Get "http://r/v2/": EOF',
        "connect to repo store: unexpected EOF",
        "error verifying sha256 checksum after reading 512 bytes; got a, want b",
        "net/http: TLS handshake timeout",
    ],
)
def test_words_that_are_about_the_server(said: str) -> None:
    found = complaint(failed(f"Timer: begins\n{said}\nends"))
    assert found is not None
    assert "\x1b" not in found


@pytest.mark.parametrize(
    "said",
    [
        "",
        "ERROR: failed to rebase: run image target does not match",
        "unexpected status code 404 Not Found",
        "PUT http://r/v2/: unexpected status code 403 Forbidden: DENIED",
        "reused 500 layers of 429 bytes",
        "panic: runtime error: index out of range [503]",
    ],
)
def test_words_that_are_not(said: str) -> None:
    assert complaint(failed(said)) is None
