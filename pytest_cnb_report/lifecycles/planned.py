"""Kinds that can be named and not be run yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from pytest_cnb_report.lifecycles.lifecycle import LifecycleError, LifecycleKind
from pytest_cnb_report.values import Phase


def _planned(name: str, spelled: str, what: str, takes: Callable[[str], bool]) -> LifecycleKind:
    def resolve(given: str, *, phases: Sequence[Phase], profile: str) -> NoReturn:
        del phases, profile
        raise LifecycleError(
            f"--lifecycle {given}: {what} is to come and cannot be judged yet; unpack it and"
            " give the directory that holds the phases"
        )

    return LifecycleKind(name, spelled, takes, resolve, offered=False)


IMAGE = _planned(
    "image", "image:REF", "a lifecycle in an image", lambda given: given.startswith("image:")
)
CONTAINER = _planned(
    "container",
    "container:REF",
    "a lifecycle in a running container",
    lambda given: given.startswith("container:"),
)
ARCHIVE = _planned("archive", "FILE.tgz", "a release archive", lambda given: given.endswith(".tgz"))
