"""HTTP as it goes over the wire, without the suite's own client."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urljoin

import urllib3

from pytest_cnb_report.registry.digests import digest_of


class Wire:
    """Makes requests and returns whatever comes back, redirections and errors included."""

    def __init__(self, address: str) -> None:
        self._base = f"http://{address}"
        self._pool = urllib3.PoolManager(retries=False, timeout=5)

    def close(self) -> None:
        self._pool.clear()

    def __call__(
        self,
        method: str,
        place: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        return self._pool.request(
            method, urljoin(self._base, place), body=body, headers=dict(headers or {})
        )

    def push_blob(self, repository: str, content: bytes) -> str:
        digest = digest_of(content)
        answer = self("POST", f"/v2/{repository}/blobs/uploads/?digest={quote(digest)}", content)
        assert answer.status == 201
        return digest

    def begin_upload(self, repository: str) -> str:
        answer = self("POST", f"/v2/{repository}/blobs/uploads/")
        assert answer.status == 202
        return answer.headers["Location"]


def with_digest(location: str, digest: str) -> str:
    return f"{location}{'&' if '?' in location else '?'}digest={quote(digest)}"


def codes(answer: urllib3.BaseHTTPResponse) -> list[str]:
    """Return the error codes of an error document."""
    assert answer.headers["Content-Type"] == "application/json"
    return [error["code"] for error in answer.json()["errors"]]
