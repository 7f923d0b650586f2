"""Times in configs, whichever way of RFC 3339 they are written in."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from pytest_cnb_report.judge.image_time import DAY, seconds_of

NOON = datetime(2024, 2, 29, 12, 0, 59, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-02T00:00:00Z", DAY),
        ("2024-02-29T12:00:59Z", NOON),
        ("2024-02-29t12:00:59z", NOON),
        ("2024-02-29T12:00:59", NOON),
        ("2024-02-29T14:00:59+02:00", NOON),
        ("2024-02-29T10:00:59-02:00", NOON),
        ("2024-02-29T12:00:59.25Z", NOON + 0.25),
        ("2024-02-29T12:00:59.250000000Z", NOON + 0.25),
        ("2024-02-29T14:00:59.2500004+02:00", NOON + 0.25),
        ("2024-02-29T10:00:59.25-02:00", NOON + 0.25),
        ("2024-02-29T12:00:60Z", NOON),
        ("2024-02-29T12:00:60.5Z", NOON + 0.5),
        ("2024-02-29T14:00:60+02:00", NOON),
    ],
)
def test_a_time_in_seconds(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


def test_the_year_0_is_long_ago() -> None:
    found = seconds_of("0000-02-29T00:00:00Z")
    assert found == datetime(4, 2, 29, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize("text", ["", "today", "2024-02-30T00:00:00Z", "2024-02-29T12:60:00Z", 5])
def test_what_is_no_time(text: object) -> None:
    assert seconds_of(text) is None
