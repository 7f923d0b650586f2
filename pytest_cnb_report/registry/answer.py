"""What a registry answers, and how it says that it will not do as it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """The answer to one request. `Content-Length` is that of the body and not among the headers."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    cut_after: int | None = None
    """Bytes of the body after which the connection closes; None for the whole."""


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
