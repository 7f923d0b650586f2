"""Make the embedded registry answer as broken registries do."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_cnb_report.registry.http_types import Answer, Headers


@dataclass(frozen=True)
class Misbehaviour:
    """What to do to the answers to some requests.

    With a status, the request never reaches what the registry holds. Without one it is handled as
    usual, and its answer is spoilt afterwards.
    """

    method: str = "*"
    """Which requests: a shell pattern, upper case."""
    path: str = "*"
    """Which requests: a shell pattern for the path, query included."""
    status: int | None = None
    body: bytes | None = None
    """The body instead of the one that is due; the headers, digest included, stay."""
    headers: Headers = ()
    """Headers that replace those of the same name."""
    cut_after: int | None = None
    """Bytes of the body after which the connection closes, though more were announced."""
    reset: bool = False
    """Whether a connection that closes after `cut_after` is reset instead of closed in order."""
    delay: float = 0.0
    """Seconds before the answer."""
    times: int | None = None
    """How many requests it strikes; every one where it is None."""

    def strikes(self, method: str, path: str) -> bool:
        """Tell whether a request is one of those meant."""
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def spoil(self, answer: Answer) -> Answer:
        """Return the answer as it goes out."""
        replaced = {name.lower() for name, _ in self.headers}
        kept = (header for header in answer.headers if header[0].lower() not in replaced)
        return replace(
            answer,
            headers=(*kept, *self.headers),
            body=answer.body if self.body is None else self.body,
            cut_after=self.cut_after,
            reset=self.reset,
            delay=self.delay,
        )


class Misbehaviours:
    """Those in force, in the order in which they came; the first that strikes counts."""

    def __init__(self) -> None:
        self._struck: dict[int, tuple[Misbehaviour, int]] = {}
        self._next = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def during(self, *every: Misbehaviour) -> Iterator[None]:
        """Keep misbehaviours in force for the length of a block."""
        with self._lock:
            keys = range(self._next, self._next + len(every))
            self._next = keys.stop
            self._struck.update((key, (each, 0)) for key, each in zip(keys, every, strict=True))
        try:
            yield
        finally:
            with self._lock:
                for key in keys:
                    del self._struck[key]

    def choose(self, method: str, path: str) -> Misbehaviour | None:
        """Return the one that strikes this request, counted as having done so."""
        if not self._struck:
            return None
        with self._lock:
            for key, (each, count) in self._struck.items():
                if (each.times is None or count < each.times) and each.strikes(method, path):
                    self._struck[key] = (each, count + 1)
                    return each
        return None
