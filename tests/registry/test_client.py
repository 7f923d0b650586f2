"""Registries that are not as they should be: every failure names the part, and what to do."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pytest_cnb_report.images.build import build_index
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.digests import digest_of
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry
from pytest_cnb_report.registry.misbehave import Misbehaviour
from pytest_cnb_report.registry.protocol import RegistryError

from .conftest import AT_ONCE
from .made import image, push
from .wire import Wire

MADE = image()
HTML = b"<html><title>Welcome</title></html>"

ASKING = {
    "check": lambda client: client.check(),
    "put_blob": lambda client: client.put_blob("some", b"another"),
    "put_manifest": lambda client: client.put_manifest(
        "some", "latest", MADE.manifest, MADE.media_type
    ),
    "get_manifest": lambda client: client.get_manifest("some", "latest"),
    "get_blob": lambda client: client.get_blob("some", MADE.image_id),
    "tags": lambda client: client.tags("some"),
    "delete_manifest": lambda client: client.delete_manifest("some", MADE.digest),
}

Asking = Callable[[RegistryClient], object]


@pytest.fixture(params=ASKING)
def ask(request: pytest.FixtureRequest, client: RegistryClient) -> Asking:
    """Each thing that can be asked, of a registry that has it."""
    push(client, "some", "latest", MADE)
    asking: Asking = ASKING[request.param]
    return asking


def told(ask: Asking, client: RegistryClient) -> str:
    """Return what the reader is told."""
    with pytest.raises(RegistryError) as failed:
        ask(client)
    message = str(failed.value)
    assert message.startswith(f"registry {client.address}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "log in with `docker login 127.0.0.1:"),
        (403, "ask for access, or log in with `docker login 127.0.0.1:"),
        (429, "it limits requests: try later"),
        (500, "the registry is in trouble: look at its log"),
        (503, "the registry is in trouble: look at its log"),
        (418, "is it a registry"),
    ],
)
def test_a_refusal_is_told_with_its_remedy(
    embedded: EmbeddedRegistry, client: RegistryClient, ask: Asking, status: int, remedy: str
) -> None:
    with embedded.misbehaving(Misbehaviour(status=status)):
        message = told(ask, client)
    assert f"answered {status}" in message
    assert remedy in message


def test_how_long_to_wait_is_passed_on(embedded: EmbeddedRegistry, client: RegistryClient) -> None:
    with embedded.misbehaving(Misbehaviour(status=429, headers=(("Retry-After", "7000"),))):
        assert "it limits requests: wait 7000 s" in told(ASKING["check"], client)


def test_what_the_registry_says_of_its_refusal_is_passed_on(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    body = b'{"errors": [{"code": "DENIED", "message": "not\\nfor you"}, {"code": "OTHER"}]}'
    with embedded.misbehaving(Misbehaviour(status=403, body=body)):
        assert "403 (DENIED: not for you; OTHER)" in told(ASKING["get_manifest"], client)


def test_a_page_instead_of_an_error_document_is_quoted_in_part(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    with embedded.misbehaving(Misbehaviour(status=502, body=HTML + b"\x1b[31m" + b"x" * 10_000)):
        message = told(ASKING["tags"], client)
    assert "<title>Welcome</title>" in message
    assert "\x1b" not in message
    assert len(message) < 500


@pytest.mark.parametrize("part", ["get_manifest", "tags"])
@pytest.mark.parametrize("body", [HTML, b"", b"[]", b"[" * 100_000, b'{"tags": 7}', b"\xff"])
def test_garbage_is_no_answer(
    embedded: EmbeddedRegistry, client: RegistryClient, part: str, body: bytes
) -> None:
    push(client, "some", "latest", MADE)
    with embedded.misbehaving(Misbehaviour(body=body)):
        told(ASKING[part], client)


@pytest.mark.parametrize("part", ["get_manifest", "get_blob"])
def test_other_content_than_its_digest_says_is_no_answer(
    embedded: EmbeddedRegistry, client: RegistryClient, part: str
) -> None:
    push(client, "some", "latest", MADE)
    with embedded.misbehaving(Misbehaviour(body=b'{"other": "content"}')):
        assert "20 bytes whose digest is not sha256:" in told(ASKING[part], client)


def test_a_manifest_pulled_by_digest_is_checked_without_a_header_too(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    push(client, "some", "latest", MADE)
    header = (("Docker-Content-Digest", "nonsense"),)
    with (
        embedded.misbehaving(Misbehaviour(body=b"{}", headers=header)),
        pytest.raises(RegistryError, match="2 bytes whose digest is not"),
    ):
        client.get_manifest("some", MADE.digest)


def test_a_push_that_was_stored_as_something_else_is_a_failure(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    push(client, "some", "latest", MADE)
    header = (("Docker-Content-Digest", digest_of(b"other")),)
    with embedded.misbehaving(Misbehaviour(headers=header)):
        assert "whose digest is not" in told(ASKING["put_manifest"], client)


def test_an_upload_without_a_place_to_go_is_a_failure(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    with embedded.misbehaving(Misbehaviour("POST", status=202)):
        assert "202 without a Location" in told(ASKING["put_blob"], client)


@pytest.mark.parametrize("part", ["get_manifest", "get_blob", "tags"])
def test_an_answer_that_breaks_off_is_a_failure(
    embedded: EmbeddedRegistry, client: RegistryClient, part: str
) -> None:
    push(client, "some", "latest", MADE)
    with embedded.misbehaving(Misbehaviour(cut_after=3)):
        assert "no whole answer in HTTP: IncompleteRead" in told(ASKING[part], client)


def test_an_answer_that_does_not_come_is_waited_for_a_while(embedded: EmbeddedRegistry) -> None:
    began = time.monotonic()
    with (
        embedded.misbehaving(Misbehaviour(delay=30)),
        contextlib.closing(RegistryClient(f"http://{embedded.address}", timeout=0.2)) as client,
    ):
        assert "no answer within 0.2 s" in told(ASKING["check"], client)
    assert time.monotonic() - began < 10


@contextlib.contextmanager
def answering(answer: bytes, *, drip: float = 0.0) -> Iterator[str]:
    """Answer every connection with these bytes, one by one with `drip` seconds between them."""
    stopped = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                plug, _ = listener.accept()
                with plug, contextlib.suppress(OSError):
                    plug.recv(65536)
                    if not drip:
                        plug.sendall(answer)
                        continue
                    for byte in answer:
                        plug.sendall(bytes([byte]))
                        if stopped.wait(drip):
                            break

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stopped.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def failing(url: str, timeout: float = 2.0) -> str:
    with contextlib.closing(RegistryClient(url, timeout=timeout, retries=AT_ONCE)) as client:
        return told(ASKING["check"], client)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no whole answer in HTTP: SSH-2.0-OpenSSH_9.2"),
        (b"", "no whole answer in HTTP: Remote end closed connection"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
            "answered 200 with text/html, as no registry does; check host and port",
        ),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404; is it a registry"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: /v2/\r\nConnection: close\r\n\r\n",
            "too many redirects",
        ),
    ],
)
def test_what_is_no_registry_is_said_to_be_none(answer: bytes, message: str) -> None:
    with answering(answer) as address:
        assert message in failing(f"http://{address}")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nDocker-Distribution-API-Version: registry/2.0\r\n\r\ntrue",
    ],
)
def test_registries_say_little_of_themselves(answer: bytes) -> None:
    with (
        answering(answer) as address,
        contextlib.closing(RegistryClient(f"http://{address}", timeout=2)) as client,
    ):
        client.check()


def test_an_answer_that_drips_is_given_up_when_its_time_is_over() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000
    began = time.monotonic()
    with answering(answer, drip=0.01) as address:
        assert "not whole within 1 s" in failing(f"http://{address}", timeout=1.0)
    assert time.monotonic() - began < 8


def test_an_answer_that_does_not_end_is_given_up_when_it_is_too_long() -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (17 << 20)
    with answering(answer) as address:
        assert "more than 16777216 bytes" in failing(f"http://{address}", timeout=10)


def test_where_nobody_listens_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    message = failing(f"http://127.0.0.1:{port}")
    assert "cannot connect: Connection refused; start it, or check host and port" in message


def test_a_name_that_leads_nowhere_is_said() -> None:
    assert "its host name leads nowhere; check the name" in failing("http://registry.invalid:5000")


def test_tls_to_a_registry_without_it_is_said(embedded: EmbeddedRegistry) -> None:
    message = failing(f"https://{embedded.address}")
    assert "no trusted TLS connection" in message
    assert "write http:// where it has no TLS" in message


def test_a_proxy_is_used_but_never_for_this_machine(
    embedded: EmbeddedRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{embedded.address}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    # Asked for somebody else's page, the registry answers as itself: it was the proxy.
    with contextlib.closing(RegistryClient("http://registry.invalid", timeout=2)) as client:
        client.check()
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with contextlib.closing(RegistryClient(f"http://{embedded.address}", timeout=2)) as client:
        client.check()
    assert "the proxy fails" in failing("http://registry.invalid")


def test_tags_are_read_page_by_page(embedded: EmbeddedRegistry, client: RegistryClient) -> None:
    for tag in "abcde":
        push(client, "some", tag, MADE)
    paged = (("Link", '</v2/some/tags/list?n=2&last=a>; rel="next"'),)
    with embedded.misbehaving(Misbehaviour("GET", "/v2/some/tags/list", headers=paged)):
        assert client.tags("some") == tuple("abcde")
    assert [r.path for r in embedded.requests() if "n=2" in r.path] == [
        "/v2/some/tags/list?n=2&last=a",
        "/v2/some/tags/list?n=2&last=c",
    ]


def test_tags_that_lead_to_each_other_come_to_an_end(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    push(client, "some", "latest", MADE)
    paged = (("Link", "</v2/some/tags/list>; rel=next"),)
    with embedded.misbehaving(Misbehaviour(headers=paged)):
        assert client.tags("some") == ("latest",)


def test_a_blob_that_is_there_is_not_sent_again(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    embedded.put_blob("some", b"content")
    client.put_blob("some", b"content")
    client.put_blob("some", b"content")
    assert [request.method for request in embedded.requests()] == ["HEAD"]


def test_a_blob_that_went_elsewhere_before_is_mounted(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    client.put_blob("one", b"content")
    client.put_blob("two", b"content")
    assert [request.method for request in embedded.requests()][-2:] == ["HEAD", "POST"]
    assert embedded.get_blob("two", digest_of(b"content")) == b"content"


def test_a_registry_that_cannot_mount_is_sent_the_blob_again(
    embedded: EmbeddedRegistry, client: RegistryClient, wire: Wire
) -> None:
    digest = client.put_blob("one", b"content")
    assert wire("DELETE", f"/v2/one/blobs/{digest}").status == 202
    client.put_blob("two", b"content")
    assert embedded.get_blob("two", digest) == b"content"


def test_nothing_of_the_own_prefix_is_left_and_all_of_others_is(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    push(client, "mine/index", "latest", build_index([image(1), image(2)]))
    push(client, "mine/app", "old", image(1))
    push(client, "theirs/app", "latest", image(1))
    push(client, "mineral", "latest", image(1))
    push(embedded, "mine/app", "from-a-lifecycle", image(3))
    assert client.get_manifest("theirs/app", "latest")
    assert client.cleanup("mine") == ()
    for repository in ("mine/index", "mine/app"):
        assert embedded.tags(repository) == ()
        for number in (1, 2, 3):
            assert embedded.get_manifest(repository, image(number).digest) is None
    assert embedded.tags("theirs/app") == embedded.tags("mineral") == ("latest",)


def test_what_others_put_below_the_own_prefix_is_found_too(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    for repository in ("mine/unseen", "mine/unseen/deeper", "mineral", "other"):
        push(embedded, repository, "latest", image())
    assert client.cleanup("mine") == ()
    left = ("mine/unseen", "mine/unseen/deeper", "mineral", "other")
    assert [embedded.tags(each) for each in left] == [(), (), ("latest",), ("latest",)]


def test_a_registry_that_does_not_list_its_repositories_is_tidied_as_far_as_known(
    embedded: EmbeddedRegistry, client: RegistryClient
) -> None:
    push(embedded, "mine/unseen", "latest", MADE)
    push(client, "mine/seen", "latest", MADE)
    with embedded.misbehaving(Misbehaviour(path="/v2/_catalog*", status=401)):
        assert client.cleanup("mine") == ()
    assert embedded.tags("mine/seen") == ()
    assert embedded.tags("mine/unseen") == ("latest",)


@pytest.mark.parametrize("status", [401, 403, 405, 500])
def test_what_may_not_be_deleted_is_named(
    embedded: EmbeddedRegistry, client: RegistryClient, status: int
) -> None:
    for number in range(3):
        push(client, f"mine/app{number}", "latest", image(number))
    since = embedded.requests()[-1].number
    with embedded.misbehaving(Misbehaviour("DELETE", status=status)):
        left = client.cleanup("mine")
    assert left == tuple(
        f"{embedded.address}/mine/app{number}@{image(number).digest}" for number in range(3)
    )
    deletions = [request for request in embedded.requests(since) if request.method == "DELETE"]
    tries = 4 if status == 500 else 1
    assert len(deletions) == tries, "a registry that says no is not asked for the next one"


def test_a_registry_that_is_gone_does_not_hold_up_the_end() -> None:
    with embedded_registry() as registry:
        client = RegistryClient(f"http://{registry.address}", timeout=5)
        push(client, "mine/app", "latest", MADE)
    with contextlib.closing(client):
        assert client.cleanup("mine") == (f"{registry.address}/mine/app@{MADE.digest}",)


def test_a_tag_that_is_not_there_is_not_deleted(client: RegistryClient) -> None:
    push(client, "some", "latest", MADE)
    assert not client.delete_manifest("some", "no-such-tag")
