"""The table of lifecycle kinds, and the lifecycle that `--lifecycle` names by it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_cnb_report.lifecycles.binary import BINARY
from pytest_cnb_report.lifecycles.command import COMMAND
from pytest_cnb_report.lifecycles.directory import DIRECTORY
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError, LifecycleKind
from pytest_cnb_report.lifecycles.own_build import OWN_BUILD
from pytest_cnb_report.lifecycles.planned import ARCHIVE, CONTAINER, IMAGE
from pytest_cnb_report.lifecycles.reference import REFERENCE
from pytest_cnb_report.values import Phase

DEFAULT_PATH = Path("/cnb/lifecycle")
"""Where builder images keep their lifecycle (platform specification, Usage)."""

KINDS: tuple[LifecycleKind, ...] = (
    REFERENCE,
    COMMAND,
    IMAGE,
    CONTAINER,
    ARCHIVE,
    OWN_BUILD,
    BINARY,
    DIRECTORY,
)
"""Every kind. The first that takes a value has it; paths come last, so that a file or a directory
with the name `reference` hides nothing."""


def resolve(given: str | None, *, phases: Iterable[Phase], profile: str) -> Lifecycle:
    """Find the lifecycle that `--lifecycle` names, or the default one, to run `phases` of it.

    `profile` is the text that the reference follows. Raises LifecycleError with what is missing,
    and ValueError for an unknown profile; nothing is run yet.
    """
    if given is None:
        given = str(DEFAULT_PATH) if DEFAULT_PATH.exists() else REFERENCE.spelled
    for kind in KINDS:
        if kind.takes(given):
            return kind.resolve(given, phases=tuple(phases), profile=profile)
    *first, last = (kind.spelled for kind in reversed(KINDS) if kind.offered)
    raise LifecycleError(
        f"--lifecycle {given}: there is no such file or directory; give {', '.join(first)} or"
        f" {last}"
    )


@contextlib.contextmanager
def open_lifecycle(
    given: str | None, *, phases: Iterable[Phase], profile: str
) -> Iterator[Lifecycle]:
    """Find a lifecycle as `resolve` does, and hold what its kind needs for the length of a block.

    Raises what `resolve` raises, and LifecycleError where what it needs cannot be had.
    """
    lifecycle = resolve(given, phases=phases, profile=profile)
    with lifecycle.kind.open(lifecycle) as opened:
        yield opened


def kind_named(name: str) -> LifecycleKind:
    """Return the kind with this name; raises LifecycleError where there is none."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    known = ", ".join(kind.name for kind in KINDS)
    raise LifecycleError(f"no kind of lifecycle is called {name!r}; there are {known}")
