"""An embedded registry takes what it has room for, and refuses the rest without keeping it."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Iterator

import pytest
import urllib3

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.images.build import build_image, build_layer
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.digests import digest_of
from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry
from pytest_cnb_report.registry.limits import Limits
from pytest_cnb_report.registry.protocol import TooLongError

from .wire import Wire, codes, with_digest

LIMITS = Limits(manifest=200, blob=1000, together=2500)
MEGABYTE = 1024 * 1024


@pytest.fixture
def small() -> Iterator[EmbeddedRegistry]:
    with embedded_registry(limits=LIMITS) as registry:
        yield registry


@pytest.fixture
def wire(small: EmbeddedRegistry) -> Iterator[Wire]:
    with contextlib.closing(Wire(small.address)) as wire:
        yield wire


def push(wire: Wire, *chunks: bytes) -> urllib3.BaseHTTPResponse:
    """Push a blob in these chunks; return the first answer that is a refusal, or the last."""
    location = wire.begin_upload("app")
    for chunk in chunks:
        answer = wire("PATCH", location, chunk)
        if answer.status >= 300:
            return answer
        location = answer.headers["Location"]
    return wire("PUT", with_digest(location, digest_of(b"".join(chunks))))


def test_a_blob_of_as_many_bytes_as_are_taken(wire: Wire) -> None:
    assert push(wire, b"x" * 1000).status == 201
    assert push(wire, b"y" * 600, b"y" * 400).status == 201


@pytest.mark.parametrize("chunks", [(b"x" * 1001,), (b"x" * 600, b"x" * 401)], ids=len)
def test_a_longer_blob_is_refused(wire: Wire, chunks: tuple[bytes, ...]) -> None:
    answer = push(wire, *chunks)
    assert (answer.status, codes(answer)) == (413, ["SIZE_INVALID"])
    assert "a blob of 1001 bytes or more; this registry takes 1000" in answer.data.decode()
    assert push(wire, b"another").status == 201


def test_a_longer_blob_in_one_request_is_refused(wire: Wire) -> None:
    place = f"/v2/app/blobs/uploads/?digest={digest_of(b'x' * 1001)}"
    assert wire("POST", place, b"x" * 1001).status == 413
    assert wire("PUT", with_digest(wire.begin_upload("app"), "sha256:"), b"x" * 1001).status == 413


def test_a_longer_manifest_is_refused(wire: Wire) -> None:
    answer = wire("PUT", "/v2/app/manifests/latest", b" " * 201)
    assert (answer.status, codes(answer)) == (413, ["SIZE_INVALID"])


def test_all_together_are_bounded_until_the_registry_is_emptied(
    small: EmbeddedRegistry, wire: Wire
) -> None:
    assert push(wire, b"x" * 1000).status == 201
    assert wire("PATCH", wire.begin_upload("app"), b"y" * 1000).status == 202
    answer = push(wire, b"z" * 501)
    assert answer.status == 413
    assert "2501 bytes together; this registry takes 2500" in answer.data.decode()
    small.empty()
    assert small.get_blob("app", digest_of(b"x" * 1000)) is None
    assert push(wire, b"z" * 501).status == 201


def test_the_suite_itself_is_not_limited(small: EmbeddedRegistry) -> None:
    host = RegistryHost(small, "prefix")
    image = build_image([build_layer({"file": bytes(5000)}, compression="none")])
    host.put(image, host.name("app"))
    assert host.fetch(host.name("app")) is not None
    host.empty()
    assert host.fetch(host.name("app")) is None
    host.put(image, host.name("app"))
    assert host.fetch(host.name("app")) is not None


def test_what_is_too_long_is_not_kept_while_it_comes() -> None:
    limits = Limits(manifest=MEGABYTE, blob=MEGABYTE)
    with embedded_registry(limits=limits) as registry:
        with contextlib.closing(Wire(registry.address)) as wire:
            location, body = wire.begin_upload("app"), bytes(64 * MEGABYTE)
            tracemalloc.start()
            assert wire("PATCH", location, body).status == 413
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert registry.requests()[-1].received == 64 * MEGABYTE
    assert most < 8 * MEGABYTE


def test_endless_headers_end_the_connection(wire: Wire) -> None:
    with pytest.raises(urllib3.exceptions.HTTPError):
        wire("GET", "/v2/", headers={"X-Long": "x" * 100_000})
    assert wire("GET", "/v2/").status == 200


def test_of_an_image_elsewhere_no_more_is_fetched_than_was_said(small: EmbeddedRegistry) -> None:
    layers = [build_layer({"file": bytes([n]) * 5000}, compression="none") for n in range(3)]
    image = build_image(layers)
    own = RegistryHost(small, "prefix")
    own.put(image, own.name("app"))
    address = f"http://{small.address}"
    with contextlib.closing(RegistryClient(address, largest_blob=12_000)) as client:
        with pytest.raises(TooLongError, match="more than 12000 bytes"):
            client.get_blob("prefix/app", small.put_blob("prefix/app", bytes(12_001)))
        host = RegistryHost(client, "prefix", most=22_000)
        found = host.fetch(host.name("app"))
    assert found is not None
    assert [blob is not None for _, blob in found.blobs] == [True, True, True, False]
