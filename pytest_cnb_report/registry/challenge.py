"""How a registry says that it wants to know who is there (RFC 7235)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = r"[\w!#$%&'*+.^`|~-]+"  # noqa: S105 - RFC 7230's name for a word
_PART = re.compile(
    rf"\s*,?\s*(?:(?P<key>{_TOKEN})\s*=\s*"
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]+))'
    rf"|(?P<scheme>{_TOKEN})(?=\s|,|$))"
)


@dataclass(frozen=True)
class Challenge:
    """One way in which a registry would have its callers identify themselves."""

    scheme: str
    """In lower case: `basic`, `bearer` or another."""
    parameters: Mapping[str, str]
    """`realm`, `service`, `scope` and others; keys in lower case."""


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Read a `WWW-Authenticate` header, for as far as it can be read."""
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while match := _PART.match(header, position):
        position = match.end()
        if match["scheme"]:
            found.append((match["scheme"].lower(), {}))
        elif found:
            quoted = match["quoted"]
            value = match["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[-1][1][match["key"].lower()] = value
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)
