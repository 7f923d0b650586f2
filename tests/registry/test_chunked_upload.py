"""Uploads in pieces, however they are cut."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cnb_report.registry.digests import digest_of
from pytest_cnb_report.registry.embedded import EmbeddedRegistry

from .wire import Wire, codes, with_digest

CONTENT = b"0123456789"

contents = st.binary(min_size=1, max_size=3000)
algorithms = st.sampled_from(["sha256", "sha512"])


@pytest.fixture(scope="module")
def line(shared_embedded: EmbeddedRegistry) -> Iterator[Wire]:
    with contextlib.closing(Wire(shared_embedded.address)) as wire:
        yield wire


@st.composite
def chunked(draw: st.DrawFn) -> tuple[bytes, ...]:
    """Cut some content into chunks that are not empty."""
    content = draw(contents)
    places = draw(st.lists(st.integers(1, len(content)), max_size=6, unique=True))
    cuts = [0, *sorted({*places, len(content)})]
    return tuple(content[start:end] for start, end in itertools.pairwise(cuts))


def send(wire: Wire, method: str, place: str, start: int, chunk: bytes) -> tuple[int, str, str]:
    headers = {
        "Content-Range": f"{start}-{start + len(chunk) - 1}",
        "Content-Type": "application/octet-stream",
    }
    answer = wire(method, place, chunk, headers)
    return answer.status, answer.headers.get("Location", ""), answer.headers.get("Range", "")


@settings(max_examples=60, deadline=None)
@given(chunks=chunked(), algorithm=algorithms, last_by_put=st.booleans())
def test_chunks_in_order_make_the_blob(
    line: Wire, chunks: tuple[bytes, ...], algorithm: str, last_by_put: bool
) -> None:
    content = b"".join(chunks)
    digest = digest_of(content, algorithm)
    place = line.begin_upload("some/chunks")
    patched = chunks[:-1] if last_by_put else chunks
    sent = 0
    for chunk in patched:
        status, place, received = send(line, "PATCH", place, sent, chunk)
        sent += len(chunk)
        assert (status, received) == (202, f"0-{sent - 1}")
        assert line("GET", place).headers["Range"] == f"0-{sent - 1}"
    if last_by_put:
        status, blob, _ = send(line, "PUT", with_digest(place, digest), sent, chunks[-1])
    else:
        closed = line("PUT", with_digest(place, digest))
        status, blob = closed.status, closed.headers["Location"]
    assert status == 201
    assert line("GET", blob).data == content
    assert line("GET", place).status == 404


@settings(max_examples=60, deadline=None)
@given(chunks=chunked(), at=st.integers(0, 4000), data=st.data())
def test_a_chunk_out_of_order_is_refused_and_spoils_nothing(
    line: Wire, chunks: tuple[bytes, ...], at: int, data: st.DataObject
) -> None:
    content = b"".join(chunks)
    place = line.begin_upload("some/chunks")
    disturbed = data.draw(st.integers(0, len(chunks) - 1))
    sent = 0
    for number, chunk in enumerate(chunks):
        if number == disturbed and at != sent:
            method = data.draw(st.sampled_from(["PATCH", "PUT"]))
            wrong = place if method == "PATCH" else with_digest(place, digest_of(content))
            status, place, received = send(line, method, wrong, at, chunk)
            assert (status, received) == (416, f"0-{max(sent - 1, 0)}")
        status, place, _ = send(line, "PATCH", place, sent, chunk)
        sent += len(chunk)
        assert status == 202
    closed = line("PUT", with_digest(place, digest_of(content)))
    assert line("GET", closed.headers["Location"]).data == content


@settings(max_examples=30, deadline=None)
@given(chunks=chunked(), other=contents, algorithm=algorithms)
def test_what_came_has_to_be_what_the_digest_says(
    line: Wire, chunks: tuple[bytes, ...], other: bytes, algorithm: str
) -> None:
    if other == b"".join(chunks):
        return
    place = line.begin_upload("some/refused")
    for chunk in chunks:
        place = line("PATCH", place, chunk).headers["Location"]
    digest = digest_of(other, algorithm)
    refused = line("PUT", with_digest(place, digest))
    assert (refused.status, codes(refused)) == (400, ["DIGEST_INVALID"])
    assert line("GET", f"/v2/some/refused/blobs/{digest}").status == 404


def test_an_upload_may_stream_without_naming_ranges(wire: Wire) -> None:
    place = wire.begin_upload("some")
    place = wire("PATCH", place, CONTENT).headers["Location"]
    closed = wire("PUT", with_digest(place, digest_of(CONTENT)))
    assert wire("GET", closed.headers["Location"]).data == CONTENT


@pytest.mark.parametrize(
    ("content_range", "code"),
    [
        ("0-3", "SIZE_INVALID"),
        ("0-20", "SIZE_INVALID"),
        ("bytes 0-9/10", "BLOB_UPLOAD_INVALID"),
        ("0-", "BLOB_UPLOAD_INVALID"),
        ("9-0", "BLOB_UPLOAD_INVALID"),
    ],
)
def test_a_range_that_is_not_the_chunks_is_refused(
    wire: Wire, content_range: str, code: str
) -> None:
    place = wire.begin_upload("some")
    answer = wire("PATCH", place, CONTENT, {"Content-Range": content_range})
    assert answer.status == (416 if content_range == "9-0" else 400)
    assert codes(answer) == [code]
    assert wire("GET", place).headers["Range"] == "0-0"


def test_a_cancelled_upload_is_gone(wire: Wire) -> None:
    place = wire.begin_upload("some")
    wire("PATCH", place, CONTENT)
    assert wire("DELETE", place).status == 204
    for answer in (wire("GET", place), wire("PATCH", place, CONTENT), wire("DELETE", place)):
        assert answer.status == 404
    closed = wire("PUT", with_digest(place, digest_of(CONTENT)))
    assert (closed.status, codes(closed)) == (404, ["BLOB_UPLOAD_UNKNOWN"])


def test_an_upload_belongs_to_its_repository(wire: Wire) -> None:
    place = wire.begin_upload("one").replace("/v2/one/", "/v2/two/")
    assert wire("PATCH", place, CONTENT).status == 404


def test_an_upload_is_closed_with_a_digest_and_begun_with_one_that_is_known(wire: Wire) -> None:
    place = wire.begin_upload("some")
    assert codes(wire("PUT", place)) == ["DIGEST_INVALID"]
    answer = wire("POST", "/v2/some/blobs/uploads/?digest-algorithm=sha512")
    assert answer.status == 202
    answer = wire("POST", "/v2/some/blobs/uploads/?digest-algorithm=md5")
    assert (answer.status, codes(answer)) == (400, ["DIGEST_INVALID"])
