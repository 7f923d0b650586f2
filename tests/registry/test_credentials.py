"""Who is there: a registry that asks is answered with what Docker has kept, and no other is."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from pytest_cnb_report.registry.api import Api
from pytest_cnb_report.registry.challenge import Challenge, parse_challenges
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.docker_config import Credentials
from pytest_cnb_report.registry.http_types import Answer, Call
from pytest_cnb_report.registry.limits import UNLIMITED
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.registry.server import serve
from pytest_cnb_report.registry.store import Store
from pytest_cnb_report.registry.uploads import Uploads
from serving import self_signed_certificate, serving_http

from .made import image, push

ALICE = Credentials("alice", "open:sesame")
IDENTITY = Credentials("", "", "identity")


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass
class Guarded:
    """A registry that lets in who shows what it wants, and the place that gives tokens out."""

    registry: Callable[[Call], Answer] = field(
        default_factory=lambda: Api(Store(), Uploads(), UNLIMITED).answer
    )
    challenge: str = ""
    admitted: set[str] = field(default_factory=set)
    """The `Authorization` headers that it is content with."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Who is given which token, by `Authorization` header or refresh token."""
    token_answer: Answer | None = None
    calls: list[Call] = field(default_factory=list)

    def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        if call.path == "/token":
            return self.token_answer or self._token(call)
        admitted = self.admitted | {f"Bearer {token}" for token in self.tokens.values()}
        if call.headers.get("authorization") in admitted:
            return self.registry(call)
        return Answer(401, (("WWW-Authenticate", self.challenge),))

    def _token(self, call: Call) -> Answer:
        form = parse_qs(call.body.decode())
        who = form["refresh_token"][0] if form else call.headers.get("authorization", "")
        if who not in self.tokens:
            return Answer(401, body=b'{"details": "incorrect username or password"}')
        key = "access_token" if form else "token"
        return Answer(200, body=json.dumps({key: self.tokens[who]}).encode())


@pytest.fixture
def guarded() -> Guarded:
    return Guarded()


@pytest.fixture
def address(guarded: Guarded) -> Iterator[str]:
    with serve(guarded.answer) as address:
        guarded.challenge = f'Bearer realm="http://{address}/token",service="here",scope="all"'
        yield address


@contextlib.contextmanager
def user(address: str, credentials: Credentials | None) -> Iterator[RegistryClient]:
    client = RegistryClient(f"http://{address}", timeout=5, credentials=lambda _: credentials)
    with contextlib.closing(client):
        yield client


def test_a_user_gets_a_token_and_shows_it(guarded: Guarded, address: str) -> None:
    guarded.tokens[ALICE.basic] = "token-of-alice"
    with user(address, ALICE) as alice:
        push(alice, "some/app", "latest", image())
        assert alice.tags("some/app") == ("latest",)
    asked = [call for call in guarded.calls if call.path == "/token"]
    # One token to push with, one to pull.
    assert len(asked) == 2
    assert asked[0].parameters() | {"client_id": []} == {
        "service": ["here"],
        "scope": ["all"],
        "client_id": [],
    }


def test_nobody_in_particular_gets_a_token_too(guarded: Guarded, address: str) -> None:
    guarded.tokens[""] = "token-of-anybody"
    with user(address, None) as anybody:
        anybody.check()


def test_an_identity_token_is_changed_into_an_access_token(guarded: Guarded, address: str) -> None:
    guarded.tokens[IDENTITY.identity_token] = "token-of-alice"
    with user(address, IDENTITY) as alice:
        alice.check()
    (asked,) = (call for call in guarded.calls if call.path == "/token")
    assert asked.method == "POST"
    assert parse_qs(asked.body.decode())["grant_type"] == ["refresh_token"]


def test_a_token_that_is_over_is_replaced(guarded: Guarded, address: str) -> None:
    guarded.tokens[ALICE.basic] = "first"
    with user(address, ALICE) as alice:
        alice.check()
        guarded.tokens[ALICE.basic] = "second"
        alice.check()


def test_a_wrong_password_is_said_to_be_wrong(guarded: Guarded, address: str) -> None:
    guarded.tokens[ALICE.basic] = "token-of-alice"
    with (
        user(address, Credentials("alice", "guess")) as mallory,
        pytest.raises(RegistryError) as refused,
    ):
        mallory.check()
    message = str(refused.value)
    assert f"token from http://{address}/token: answered 401" in message
    assert f"log in with `docker login {address}`" in message
    assert "the credentials of `docker login` were refused" in message
    assert "guess" not in message


def test_a_token_that_does_not_help_is_not_tried_for_ever(guarded: Guarded, address: str) -> None:
    guarded.token_answer = Answer(200, body=b'{"token": "of no use"}')
    with user(address, ALICE) as alice, pytest.raises(RegistryError, match="answered 401"):
        alice.check()
    assert len(guarded.calls) == 3


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token": 7}', b'{"token": "a\\nb"}'])
def test_an_answer_without_a_token_is_a_failure(
    guarded: Guarded, address: str, body: bytes
) -> None:
    guarded.token_answer = Answer(200, body=body)
    with user(address, ALICE) as alice, pytest.raises(RegistryError, match="without a token"):
        alice.check()


@pytest.mark.parametrize("realm", ['realm="ftp://127.0.0.1/token"', 'realm=""', "service=here"])
def test_a_password_goes_nowhere_else(guarded: Guarded, address: str, realm: str) -> None:
    guarded.challenge = f"Bearer {realm}"
    with user(address, ALICE) as alice, pytest.raises(RegistryError, match="names no realm"):
        alice.check()
    assert len(guarded.calls) == 1


def test_an_upload_that_leads_elsewhere_takes_no_token_along(
    guarded: Guarded, address: str
) -> None:
    guarded.tokens[ALICE.basic] = "token-of-alice"
    elsewhere = Guarded()
    with serve(elsewhere.answer) as other, user(address, ALICE) as alice:
        location = (("Location", f"http://{other}/upload"),)
        guarded.registry = lambda call: Answer(404 if call.method == "HEAD" else 202, location)
        with pytest.raises(RegistryError, match="answered 401"):
            alice.put_blob("some", b"content")
    (upload,) = elsewhere.calls
    assert upload.method == "PUT"
    assert "authorization" not in upload.headers


def test_another_host_that_asks_who_is_there_is_told_nothing(
    guarded: Guarded, address: str
) -> None:
    """A 401 of a place that an upload leads to gets neither a token nor a password."""
    guarded.tokens[ALICE.basic] = "token-of-alice"
    for challenge in ('Basic realm="elsewhere"', guarded.challenge):
        elsewhere = Guarded(challenge=challenge, admitted={ALICE.basic, "Bearer token-of-alice"})
        with serve(elsewhere.answer) as other, user(address, ALICE) as alice:
            location = (("Location", f"http://{other}/upload"),)
            answers = {"HEAD": Answer(404), "POST": Answer(202, location)}
            guarded.registry = lambda call, answers=answers: answers[call.method]  # type: ignore[misc]
            with pytest.raises(RegistryError, match="answered 401"):
                alice.put_blob("some", b"content")
        assert [call.headers.get("authorization") for call in elsewhere.calls] == [None]


def test_a_registry_with_tls_has_its_tokens_given_out_with_tls(tmp_path: Path) -> None:
    """A realm in plain HTTP is not asked, since it would be shown the password."""
    asked: list[str] = []

    class Registry(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", f'Bearer realm="http://{realm}/token"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    def give_out(call: Call) -> Answer:
        asked.append(call.path)
        return Answer(200, body=b'{"token": "a"}')

    certificate = self_signed_certificate(tmp_path)
    with serve(give_out) as realm, serving_http(Registry, certificate) as port:
        client = RegistryClient(
            f"https://127.0.0.1:{port}", verify=False, timeout=5, credentials=lambda _: ALICE
        )
        with (
            contextlib.closing(client),
            pytest.raises(RegistryError, match="names no realm that a password may be sent to"),
        ):
            client.check()
    assert asked == []


def test_a_password_is_shown_to_a_registry_that_wants_just_that(
    guarded: Guarded, address: str
) -> None:
    guarded.challenge = 'Basic realm="registry"'
    guarded.admitted.add(ALICE.basic)
    with user(address, ALICE) as alice:
        alice.check()
    with user(address, None) as nobody, pytest.raises(RegistryError, match="no credentials"):
        nobody.check()


def test_who_is_not_asked_looks_nothing_up() -> None:
    asked: list[str] = []

    def look_up(host: str) -> Credentials | None:
        asked.append(host)
        return None

    with serve(Api(Store(), Uploads(), UNLIMITED).answer) as address:
        client = RegistryClient(f"http://{address}", credentials=look_up)
        with contextlib.closing(client):
            client.check()
    assert asked == []


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Basic realm="a b"', [("basic", {"realm": "a b"})]),
        ("Negotiate", [("negotiate", {})]),
        (
            'Bearer realm="https://x/t",service=y, scope="a:b:pull,push"',
            [("bearer", {"realm": "https://x/t", "service": "y", "scope": "a:b:pull,push"})],
        ),
        (
            'Negotiate, Basic realm="x", BEARER Realm = "say \\"y\\""',
            [("negotiate", {}), ("basic", {"realm": "x"}), ("bearer", {"realm": 'say "y"'})],
        ),
        ("", []),
        ('"nonsense', []),
        ("realm=x", []),
    ],
)
def test_challenges_are_read(header: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    assert parse_challenges(header) == tuple(Challenge(*each) for each in expected)
