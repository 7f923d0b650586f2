"""No lifecycle at all: a build that somebody made, of which nothing can be called any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from pytest_cnb_report.lifecycles.lifecycle import LifecycleError, LifecycleKind
from pytest_cnb_report.values import Phase


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> NoReturn:
    del phases, profile
    raise LifecycleError(f"--lifecycle {given}: a finished build is not a lifecycle")


OWN_BUILD = LifecycleKind(
    name="own build",
    spelled="a finished build",
    takes=lambda _: False,
    resolve=_resolve,
    offered=False,
)
