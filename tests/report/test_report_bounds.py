"""What a lifecycle wrote becomes readable and bounded."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cnb_report.report.results import WireRequest
from pytest_cnb_report.report.truncate import (
    DEPTH_LIMIT,
    ITEM_LIMIT,
    REQUEST_LIMIT,
    STRING_LIMIT,
    TEXT_LIMIT,
    VALUE_LIMIT,
    bounded,
    evidence,
    text,
)
from pytest_cnb_report.values import Outcome


@given(st.binary(max_size=64))
def test_any_bytes_become_text_that_a_file_can_hold(content: bytes) -> None:
    shown = text(content)
    shown.encode("utf-8")
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"plain\n", "plain\n"),
        (b"\x1b[34;1mblue\x1b[0m \x1b]0;title\x07end", "blue end"),
        (b"bell \x07", "bell \\x07"),
        (b"latin \xe9", "latin \\xe9"),
        ("half \ud800", "half \\ud800"),
        (b"line\r\nline\r", "line\nline\\x0d"),
    ],
)
def test_text_is_readable(content: bytes | str, shown: str) -> None:
    assert text(content) == shown


def test_binary_is_named_by_size_and_digest() -> None:
    assert text(b"\x1f\x8b\x00\x01").startswith("(binary, 4 bytes, sha256:")
    assert text(b"\x1f\x8b\x00\x01").endswith("starts 1f 8b 00 01)")


def test_long_text_keeps_beginning_and_end() -> None:
    shown = text("a" + "x" * 2 * TEXT_LIMIT + "z")
    assert len(shown) < TEXT_LIMIT + 100
    assert (shown[0], shown[-1]) == ("a", "z")
    assert f"{TEXT_LIMIT + 2:,} characters left out" in shown


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Outcome.KNOWN_FAILURE, "known-failure"),
        ({"b": {1, 2}}, {"b": [1, 2]}),
        ((1, (2,)), [1, [2]]),
        (b"bytes", "bytes"),
        (math.nan, "nan"),
        (2**70, 2**70),
        ({1: None}, {"1": None}),
        ("\ud800", "\\ud800"),
        ("tab\t and \x00 stay", "tab\t and \x00 stay"),
        (complex(1, 2), "(1+2j)"),
    ],
)
def test_any_value_becomes_json(value: object, plain: object) -> None:
    assert bounded(value) == plain
    json.dumps(bounded(value), allow_nan=False)


def test_values_have_bounds_in_every_direction() -> None:
    deep: object = "leaf"
    for _ in range(5 * DEPTH_LIMIT):
        deep = [deep]
    wide = dict.fromkeys(map(str, range(3 * ITEM_LIMIT)), 0)
    much = ["x" * STRING_LIMIT] * 100
    for value in (deep, wide, list(wide), much, "x" * 10**6, 2**100_000):
        assert len(json.dumps(bounded(value))) <= VALUE_LIMIT + 100


def test_evidence_is_bounded_as_a_whole() -> None:
    made = evidence(
        "rebaser/registry/plain",
        command=["/cnb/lifecycle/rebaser", "\udcff"],
        environment={"A": "\x00"},
        exit_code=0,
        duration_s=0.1,
        stdout=b"\x1b[1mhello",
        requests=[WireRequest("GET", "/v2/", 200)] * (REQUEST_LIMIT + 5),
        files={"report.toml": b"\xff"},
    )
    assert made.command == ("/cnb/lifecycle/rebaser", "\\udcff")
    assert made.environment == {"A": "\\x00"}
    assert made.stdout == "hello"
    assert made.files == {"report.toml": "\\xff"}
    assert len(made.requests) == REQUEST_LIMIT + 1
    assert "5 more requests" in made.requests[-1].path
