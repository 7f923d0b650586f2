"""Times in an image's config, compared with the time of a call."""

from __future__ import annotations

from datetime import datetime, timezone

DAY = 86_400.0
"""Seconds; a time that is nearer to a call than this is taken for the time of the call."""


def seconds_of(text: object) -> float | None:
    """Return an RFC 3339 time in seconds since the epoch, within a day; None where it is none.

    A time without a zone counts as UTC.
    """
    try:
        when = datetime.fromisoformat(_python_time(str(text)))
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return (when - datetime.fromtimestamp(0, timezone.utc)).total_seconds()


def _python_time(text: str) -> str:
    """Spell an RFC 3339 time as Python 3.10 reads it, where that can be done within a day.

    Six digits of a second, a numeric zone, upper case; neither a leap second nor the year 0.
    """
    seconds, dot, rest = text.upper().partition(".")
    if seconds.startswith("0000-"):
        seconds = f"0004{seconds[4:]}"  # the next leap year, and no nearer to any rebase
    if seconds[16:19] == ":60":
        seconds = f"{seconds[:17]}59{seconds[19:]}"
    if not dot:
        return seconds.replace("Z", "+00:00")
    digits = rest.rstrip("Z") if rest.endswith("Z") else rest.split("+")[0].split("-")[0]
    zone = rest[len(digits) :].replace("Z", "+00:00")
    return f"{seconds}.{digits[:6].ljust(6, '0')}{zone}"
