"""What a registry was asked, in the order in which it answered."""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from pytest_cnb_report.registry.protocol import Request

if TYPE_CHECKING:
    from collections.abc import Mapping


class Journal:
    """The last `limit` requests. Written by the server's thread, read by any."""

    def __init__(self, limit: int = 10_000) -> None:
        self._requests: deque[Request] = deque(maxlen=limit)
        self._count = 0
        self._lock = threading.Lock()

    def add(
        self,
        *,
        method: str,
        path: str,
        headers: Mapping[str, str],
        status: int,
        received: int,
        sent: int,
        seconds: float,
    ) -> None:
        """Record one request and how it was answered."""
        with self._lock:
            self._count += 1
            self._requests.append(
                Request(
                    number=self._count,
                    method=method,
                    path=path,
                    status=status,
                    received=received,
                    sent=sent,
                    seconds=seconds,
                    user_agent=headers.get("user-agent", ""),
                )
            )

    def since(self, number: int) -> tuple[Request, ...]:
        """Return the requests numbered above `number`, as far as they are still there."""
        with self._lock:
            forgotten = self._count - len(self._requests)
            return tuple(islice(self._requests, max(number - forgotten, 0), None))
