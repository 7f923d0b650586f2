"""Blobs that are on their way in, piece by piece."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from pytest_cnb_report.registry.http_types import Refusal

_RANGE = re.compile(r"([0-9]+)-([0-9]+)")


@dataclass
class _Upload:
    repository: str
    chunks: list[bytes] = field(default_factory=list)
    length: int = 0


class Uploads:
    """The upload sessions of a registry. For one thread: that of the server."""

    def __init__(self) -> None:
        self._open: dict[str, _Upload] = {}
        self._numbers = itertools.count(1)

    def start(self, repository: str) -> str:
        """Open a session and return its id."""
        # a number, not a UUID: nobody has to be kept from guessing it, and records hold many
        session = f"{next(self._numbers):08x}"
        self._open[session] = _Upload(repository)
        return session

    @property
    def size(self) -> int:
        """Bytes of all sessions that are open."""
        return sum(upload.length for upload in tuple(self._open.values()))

    def forget(self) -> None:
        """End every session. Safe to be called from any thread."""
        self._open = {}

    def length(self, repository: str, session: str) -> int:
        """Return how many bytes came so far; raises Refusal where the session is not open."""
        return self._find(repository, session).length

    def append(
        self, repository: str, session: str, chunk: bytes, content_range: str | None = None
    ) -> None:
        """Add a chunk; its range, where one is given, has to begin where the last one ended.

        Raises Refusal: 404 for a session that is not open, 416 for a chunk out of order, 400 for a
        range that is not the chunk's.
        """
        upload = self._find(repository, session)
        if content_range is not None:
            match = _RANGE.fullmatch(content_range.strip())
            if match is None:
                message = f"Content-Range {content_range!r} is not <first>-<last>"
                raise Refusal(400, "BLOB_UPLOAD_INVALID", message)
            first, last = int(match[1]), int(match[2])
            if first != upload.length:
                message = f"this chunk begins at {first}, the next one is due at {upload.length}"
                headers = self.headers(repository, session)
                raise Refusal(416, "BLOB_UPLOAD_INVALID", message, headers)
            if last - first + 1 != len(chunk):
                message = f"Content-Range {content_range} came with {len(chunk)} bytes"
                raise Refusal(400, "SIZE_INVALID", message)
        upload.chunks.append(chunk)
        upload.length += len(chunk)

    def headers(self, repository: str, session: str) -> tuple[tuple[str, str], ...]:
        """Return where to go on, and how far the session has come."""
        length = self._find(repository, session).length
        return (
            ("Location", f"/v2/{repository}/blobs/uploads/{session}"),
            ("Range", f"0-{max(length - 1, 0)}"),
            ("Docker-Upload-UUID", session),
        )

    def close(self, repository: str, session: str) -> bytes:
        """End a session and return all that came; raises Refusal where it is not open."""
        chunks = self._find(repository, session).chunks
        self._open.pop(session, None)
        return b"".join(chunks)

    def _find(self, repository: str, session: str) -> _Upload:
        upload = self._open.get(session)
        if upload is None or upload.repository != repository:
            raise Refusal(404, "BLOB_UPLOAD_UNKNOWN", f"no upload {session} in {repository}")
        return upload
