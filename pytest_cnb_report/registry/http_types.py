"""A request to a registry as a value, its answer as one, and the answer that is a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Call:
    """A whole request. Header names are lower case; `query` is as it stood in the request line."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    dropped: int = 0
    """Bytes of a body that was too long to be kept."""

    @property
    def target(self) -> str:
        """Path and query together."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def parameters(self) -> dict[str, list[str]]:
        """Return the query, decoded."""
        return parse_qs(self.query, keep_blank_values=True)

    def parameter(self, name: str) -> str | None:
        """Return the first value of a query parameter, decoded."""
        return self.parameters().get(name, [None])[0] if self.query else None


@dataclass(frozen=True)
class Answer:
    """The answer to one request. `Content-Length` is that of the body and not among the headers."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    cut_after: int | None = None
    """Bytes of the body after which the connection closes; None for the whole."""
    reset: bool = False
    """Whether it is reset then (TCP RST)."""
    delay: float = 0.0
    """Seconds for which it is held back."""


class Refusal(Exception):  # noqa: N818 - an answer of the protocol, not a fault
    """An answer of 4xx with a code of the distribution specification (Error Codes)."""

    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def answer(self) -> Answer:
        """Return it as it goes out, with the body that the specification gives to errors."""
        body = json.dumps({"errors": [{"code": self.code, "message": self.message}]}).encode()
        return Answer(self.status, (("Content-Type", "application/json"), *self.headers), body)
