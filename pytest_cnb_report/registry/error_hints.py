"""What a registry's failure means, and what its user can do about it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.registry.retries import seconds_of

_EXCERPT = 200
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


def refusal(  # noqa: PLR0917 - an answer, spelled out
    registry: str,
    asked: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    remedy: str = "",
) -> RegistryError:
    """Say what an answer means that nobody asked for.

    `remedy` is what to do about it, where that is known better than by the status alone.
    """
    said = excerpt(body)
    answered = f"answered {status}" + (f" ({said})" if said else "")
    retry_after = seconds_of(headers.get("Retry-After"), time.time())
    return RegistryError(
        registry,
        asked,
        answered,
        remedy or _remedy(status, retry_after),
        transient=status in _TRANSIENT,
        retry_after=retry_after,
    )


def _remedy(status: int, retry_after: float | None) -> str:
    if status == 405:
        return "the registry does not allow this: change its configuration, or use another"
    if status == 429:
        wait = f"wait {retry_after:g} s" if retry_after is not None else "try later"
        return f"it limits requests: {wait}"
    if status >= 500:
        return "the registry is in trouble: look at its log, or try again"
    return "is it a registry, and is the name right?"


def shown(place: str) -> str:
    """Return a URL for a message: without user, password and a query that may be signed.

    Paths of the registry itself are returned as they are.
    """
    if place.startswith("/"):
        return place
    try:
        parts = urlsplit(place)
    except ValueError:
        return "an address that is none"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def excerpt(body: bytes) -> str:
    """Return the messages of an error document, or the beginning of anything else."""
    try:
        errors = json.loads(body)["errors"]
        parts = ((str(each["code"]), str(each.get("message") or "")) for each in errors)
        said = "; ".join(": ".join(filter(None, part)) for part in parts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        said = body[:_EXCERPT].decode("utf-8", "replace")
    printable = "".join(each if each.isprintable() else " " for each in said[:_EXCERPT])
    return " ".join(printable.split())
