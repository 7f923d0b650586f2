"""Faults that the embedded registry shows a lifecycle on request: does it recover?"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from pytest_cnb_report.registry.embedded import EmbeddedRegistry
from pytest_cnb_report.registry.misbehave import Misbehaviour
from pytest_cnb_report.registry.protocol import Registry

Faults: TypeAlias = Callable[[], contextlib.AbstractContextManager[None]]
"""Makes a block during which something shows faults, anew each time that it is called."""

_IN_A_REPOSITORY = "/v2/?*"
_SLOW = 0.1
_SLOWEST = 60.0
_FEW_BYTES = 64

_ONCE: Mapping[str, Misbehaviour] = {
    "429-once": Misbehaviour(
        path=_IN_A_REPOSITORY, status=429, headers=(("Retry-After", "1"),), times=1
    ),
    "500-once": Misbehaviour(path=_IN_A_REPOSITORY, status=500, times=1),
    "reset-in-blob": Misbehaviour(
        "GET", "/v2/*/blobs/*", cut_after=_FEW_BYTES, reset=True, times=1
    ),
}
NAMES = (*_ONCE, "slow", "slow=SECONDS")
"""What there is, as users spell it."""


def parse_faults(spec: str) -> tuple[Misbehaviour, ...]:
    """Read faults that are separated by commas; raises ValueError with what there is.

    Each call of a lifecycle meets all of them: `429-once` (with a `Retry-After` of 1 s) and
    `500-once` instead of the answer to its first request for something in a repository;
    `reset-in-blob` in the first blob that it pulls; `slow` before every answer, by default 0.1 s.
    Where several are to strike one request, the first named does.
    """
    once: list[Misbehaviour] = []
    delay = 0.0
    for name in filter(None, (part.strip() for part in spec.split(","))):
        kind, _, seconds = name.partition("=")
        if name in _ONCE:
            once.append(_ONCE[name])
        elif kind == "slow":
            delay = _seconds(seconds) if "=" in name else _SLOW
        else:
            raise ValueError(f"{name!r}: give any of {', '.join(NAMES)}, separated by commas")
    if not once and not delay:
        raise ValueError(f"no fault is named: give any of {', '.join(NAMES)}")
    return (*once, *((Misbehaviour(delay=delay),) if delay else ()))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _SLOWEST:
        raise ValueError(f"'slow={text}': give seconds above 0, and {_SLOWEST:g} at most")
    return seconds


def shown_during_calls(registry: Registry, spec: str | None) -> Faults:
    """Return what has the registry show these faults for the length of a block, from the first.

    Nothing, without faults, and for a registry that is not the embedded one.
    """
    if spec is None or not isinstance(registry, EmbeddedRegistry):
        return contextlib.nullcontext
    faults = parse_faults(spec)
    return lambda: registry.misbehaving(*faults)
