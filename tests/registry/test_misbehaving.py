"""The embedded registry does as badly as it is told to, and no worse."""

from __future__ import annotations

import time

import pytest
from urllib3.exceptions import IncompleteRead, ProtocolError

from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.misbehave import Misbehaviour

from .wire import Wire


@pytest.fixture
def digest(wire: Wire) -> str:
    return wire.push_blob("some", b"content")


def test_it_answers_what_it_is_told_to_for_the_length_of_a_block(
    embedded: EmbeddedRegistry, wire: Wire, digest: str
) -> None:
    told = Misbehaviour(status=503, body=b"busy", headers=(("Retry-After", "5"),))
    with embedded.misbehaving(told):
        answer = wire("GET", f"/v2/some/blobs/{digest}")
        assert (answer.status, answer.data, answer.headers["Retry-After"]) == (503, b"busy", "5")
    assert wire("GET", f"/v2/some/blobs/{digest}").data == b"content"


def test_what_is_answered_for_it_never_reaches_it(embedded: EmbeddedRegistry, wire: Wire) -> None:
    with embedded.misbehaving(Misbehaviour("POST", status=202)):
        assert wire("POST", "/v2/some/blobs/uploads/").status == 202
    assert wire("GET", "/v2/some/tags/list").status == 404


def test_other_content_goes_out_under_the_same_digest(
    embedded: EmbeddedRegistry, wire: Wire, digest: str
) -> None:
    with embedded.misbehaving(Misbehaviour(body=b"other")):
        answer = wire("GET", f"/v2/some/blobs/{digest}")
    assert (answer.status, answer.data) == (200, b"other")
    assert answer.headers["Docker-Content-Digest"] == digest
    assert answer.headers["Content-Length"] == "5"


def test_an_answer_breaks_off(embedded: EmbeddedRegistry, wire: Wire, digest: str) -> None:
    with (
        embedded.misbehaving(Misbehaviour(cut_after=3)),
        pytest.raises((IncompleteRead, ProtocolError)),
    ):
        wire("GET", f"/v2/some/blobs/{digest}")
    assert embedded.requests()[-1].sent == 3


def test_an_answer_takes_its_time(embedded: EmbeddedRegistry, wire: Wire) -> None:
    with embedded.misbehaving(Misbehaviour(delay=0.3)):
        began = time.monotonic()
        assert wire("GET", "/v2/").status == 200
        assert time.monotonic() - began >= 0.3


def test_it_strikes_the_requests_that_are_meant(embedded: EmbeddedRegistry, wire: Wire) -> None:
    told = Misbehaviour("GET", "/v2/some/*", status=500)
    with embedded.misbehaving(told):
        assert wire("GET", "/v2/some/tags/list?n=1").status == 500
        assert wire("HEAD", "/v2/some/tags/list").status == 404
        assert wire("GET", "/v2/other/tags/list").status == 404


def test_it_strikes_as_often_as_is_said(embedded: EmbeddedRegistry, wire: Wire) -> None:
    with embedded.misbehaving(Misbehaviour(status=500, times=2), Misbehaviour(status=429, times=1)):
        assert [wire("GET", "/v2/").status for _ in range(4)] == [500, 500, 429, 200]


def test_what_was_told_first_counts_first(embedded: EmbeddedRegistry, wire: Wire) -> None:
    with embedded.misbehaving(Misbehaviour(status=500)):
        with embedded.misbehaving(Misbehaviour(status=429)):
            assert wire("GET", "/v2/").status == 500
        assert wire("GET", "/v2/").status == 500
    assert wire("GET", "/v2/").status == 200
