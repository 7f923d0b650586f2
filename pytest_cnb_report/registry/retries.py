"""Ask a registry again that failed in a way that may pass, and remember that it failed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

from pytest_cnb_report.registry.protocol import RegistryError

Done = TypeVar("Done")

_REMEMBERED = 16
_HIDDEN = "***"


@dataclass(frozen=True)
class Retries:
    """How often a request is made again, and after how many seconds.

    The wait doubles from `first_wait`. A registry that says how long it wants to be left alone
    (`Retry-After`) is obeyed, and not asked again where that is longer than `longest_wait`.
    """

    times: int = 3
    first_wait: float = 0.25
    longest_wait: float = 10.0

    def wait(self, number: int, retry_after: float | None) -> float | None:
        """Return the seconds before a retry, the first being 0; None where there is none."""
        wait = self.first_wait * 2**number if retry_after is None else retry_after
        return wait if number < self.times and wait <= self.longest_wait else None


NO_RETRIES = Retries(times=0)


@dataclass(frozen=True)
class Trouble:
    """A request of the suite's own that failed in a way that may pass."""

    at: float
    """When, on the monotonic clock, in seconds."""
    problem: RegistryError


class Retrier:
    """Calls functions again that raise a RegistryError which is transient.

    `secrets` returns what must not be in any message.
    """

    def __init__(self, retries: Retries, secrets: Callable[[], Collection[str]]) -> None:
        self._retries = retries
        self._secrets = secrets
        self.troubles: deque[Trouble] = deque(maxlen=_REMEMBERED)
        """What was transient, whether or not a retry helped; the newest is the last."""

    def __call__(self, do: Callable[[], Done]) -> Done:
        """Return what `do` returns; raises the RegistryError of the last try."""
        number = 0
        while True:
            try:
                return do()
            except RegistryError as error:
                problem = _told(error, number + 1, self._secrets())
                if not problem.transient:
                    raise problem from error
                self.troubles.append(Trouble(time.monotonic(), problem))
                wait = self._retries.wait(number, problem.retry_after)
                if wait is None:
                    raise problem from error
            number += 1
            time.sleep(wait)


def _told(problem: RegistryError, tries: int, secrets: Collection[str]) -> RegistryError:
    registry, asked, answered, remedy = (without(secrets, str(each)) for each in problem.args)
    if tries > 1:
        answered += f" (tried {tries} times)"
    return type(problem)(
        registry,
        asked,
        answered,
        remedy,
        transient=problem.transient,
        retry_after=problem.retry_after,
    )


def without(secrets: Collection[str], text: str) -> str:
    """Return a text in which secrets are blotted out, the longest first."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def seconds_of(retry_after: str | None, now: float) -> float | None:
    """Read a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date; None for neither.

    `now` is in seconds since the epoch.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
