"""What a registry was asked, in the order in which it answered."""

from __future__ import annotations

import threading
import time
from collections import deque
from itertools import islice

from pytest_cnb_report.registry.http_types import Answer, Call
from pytest_cnb_report.registry.protocol import Request


class Journal:
    """The last `limit` requests. Written by the server's thread, read by any."""

    def __init__(self, limit: int = 10_000) -> None:
        self._requests: deque[Request] = deque(maxlen=limit)
        self._count = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def add(self, call: Call, answer: Answer) -> None:
        """Record one request and how it was answered."""
        with self._lock:
            self._count += 1
            self._requests.append(
                Request(
                    number=self._count,
                    at=round(time.monotonic() - self._began, 4),
                    method=call.method,
                    path=call.target,
                    status=answer.status,
                    received=len(call.body) + call.dropped,
                    sent=0 if call.method == "HEAD" else len(answer.body[: answer.cut_after]),
                    user_agent=call.headers.get("user-agent", ""),
                )
            )

    def since(self, number: int) -> tuple[Request, ...]:
        """Return the requests numbered above `number`, as far as they are still there."""
        with self._lock:
            # from the end, as a deque is slow in the middle
            latest = list(islice(reversed(self._requests), max(self._count - number, 0)))
        return tuple(reversed(latest))
