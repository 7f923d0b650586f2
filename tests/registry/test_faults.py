"""Faults that the embedded registry shows on request: which there are, and how often they come."""

from __future__ import annotations

import contextlib

import pytest

from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.digests import digest_of
from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.faults import parse_faults, shown_during_calls
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.registry.retries import NO_RETRIES, Retries

BLOB = b"content " * 100


def pull(registry: EmbeddedRegistry, retries: Retries = NO_RETRIES) -> bytes | None:
    client = RegistryClient(f"http://{registry.address}", timeout=5, retries=retries)
    with contextlib.closing(client):
        return client.get_blob("some", digest_of(BLOB))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("429-once", "answered 429; it limits requests: wait 1 s"),
        ("500-once", "answered 500"),
        ("reset-in-blob", "Connection reset by peer"),
    ],
)
def test_each_call_meets_the_fault_once(
    embedded: EmbeddedRegistry, spec: str, message: str
) -> None:
    embedded.put_blob("some", BLOB)
    during_call = shown_during_calls(embedded, spec)
    for _ in range(2):
        with during_call():
            with pytest.raises(RegistryError, match=message):
                pull(embedded)
            assert pull(embedded) == BLOB
    assert pull(embedded) == BLOB


@pytest.mark.parametrize("spec", ["429-once,500-once", "reset-in-blob, 429-once", "slow=0.01"])
def test_who_asks_again_gets_through(embedded: EmbeddedRegistry, spec: str) -> None:
    embedded.put_blob("some", BLOB)
    with shown_during_calls(embedded, spec)():
        assert pull(embedded, Retries(first_wait=0.0)) == BLOB


def test_a_slow_registry_holds_back_every_answer() -> None:
    assert [fault.delay for fault in parse_faults("slow=2.5")] == [2.5]
    assert [fault.delay for fault in parse_faults("slow")] == [0.1]
    assert [fault.times for fault in parse_faults("429-once,slow")] == [1, None]


@pytest.mark.parametrize(
    "spec", ["", ",", "429", "429-twice", "slow=", "slow=0", "slow=-1", "slow=nan", "slow=61"]
)
def test_what_is_no_fault_is_told_with_what_there_is(spec: str) -> None:
    with pytest.raises(ValueError, match=r"give (any of 429-once|seconds above 0)"):
        parse_faults(spec)


def test_no_faults_are_shown_unasked_for(embedded: EmbeddedRegistry) -> None:
    embedded.put_blob("some", BLOB)
    with shown_during_calls(embedded, None)():
        assert pull(embedded) == BLOB
