"""The suite asks again where a failure may pass, for a bounded time, and only there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.misbehave import Misbehaviour
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.registry.retries import Retries, seconds_of, without

from .made import image, push

ONCE = {
    "429": Misbehaviour(status=429, headers=(("Retry-After", "0"),), times=1),
    "500": Misbehaviour(status=500, times=1),
    "503 in an upload": Misbehaviour("PUT", "*/blobs/uploads/*", status=503, times=1),
    "a lost upload": Misbehaviour("PUT", "*/blobs/uploads/*", cut_after=0, body=b"x", times=1),
    "a manifest that breaks off": Misbehaviour("GET", "*/manifests/*", cut_after=5, times=1),
    "a blob that breaks off": Misbehaviour("GET", "*/blobs/*", cut_after=5, times=1),
    "a corrupt blob": Misbehaviour("GET", "*/blobs/*", body=b"other", times=1),
}


@pytest.mark.parametrize("fault", ONCE)
def test_what_happens_once_is_borne(
    embedded: EmbeddedRegistry, client: RegistryClient, fault: str
) -> None:
    made = image()
    with embedded.misbehaving(ONCE[fault]):
        push(client, "some", "latest", made)
        assert client.get_manifest("some", "latest") is not None
        assert client.get_blob("some", made.image_id) == made.config
    assert client.last_trouble is not None


@pytest.mark.parametrize(
    ("status", "tries"), [(400, 1), (401, 1), (403, 1), (418, 1), (429, 4), (500, 4), (504, 4)]
)
def test_what_stays_is_asked_for_four_times_at_most(
    embedded: EmbeddedRegistry, client: RegistryClient, status: int, tries: int
) -> None:
    with embedded.misbehaving(Misbehaviour(status=status)), pytest.raises(RegistryError) as failed:
        client.check()
    assert len(embedded.requests()) == tries
    assert ("(tried 4 times)" in str(failed.value)) == (tries > 1)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each wait, none of which is waited."""
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    return waits


@contextlib.contextmanager
def usual(registry: EmbeddedRegistry) -> Iterator[RegistryClient]:
    with contextlib.closing(RegistryClient(f"http://{registry.address}", timeout=5)) as client:
        yield client


def test_a_registry_is_left_alone_for_as_long_as_it_says(
    embedded: EmbeddedRegistry, slept: list[float]
) -> None:
    limited = Misbehaviour(status=429, headers=(("Retry-After", "7"),), times=1)
    with embedded.misbehaving(limited), usual(embedded) as client:
        client.check()
    assert slept == [7.0]


def test_nobody_waits_for_minutes(embedded: EmbeddedRegistry, slept: list[float]) -> None:
    limited = Misbehaviour(status=429, headers=(("Retry-After", "600"),))
    with (
        embedded.misbehaving(limited),
        usual(embedded) as client,
        pytest.raises(RegistryError, match=r"answered 429; it limits requests: wait 600 s$"),
    ):
        client.check()
    assert slept == []


def test_waits_grow(embedded: EmbeddedRegistry, slept: list[float]) -> None:
    with (
        embedded.misbehaving(Misbehaviour(status=502)),
        usual(embedded) as client,
        pytest.raises(RegistryError),
    ):
        client.check()
    assert slept == [0.25, 0.5, 1.0]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("Thu, 01 Jan 1970 00:00:20 GMT", 0.0),
        (None, None),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("9" * 30, None),
        ("\u0663", None),
    ],
)
def test_the_header_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert seconds_of(header, now=60.0) == seconds


def test_the_last_wait_is_the_last() -> None:
    retries = Retries(times=2, first_wait=1.0, longest_wait=3.0)
    wait: Callable[[int, float | None], float | None] = retries.wait
    assert [wait(0, None), wait(1, None), wait(2, None)] == [1.0, 2.0, None]
    assert [wait(0, 3.0), wait(0, 3.1)] == [3.0, None]


def test_secrets_are_blotted_out_whole() -> None:
    assert without(("open", "open:sesame", ""), "says open:sesame, open") == "says ***, ***"
