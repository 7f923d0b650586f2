"""The table of lifecycle kinds, and the lifecycle that `--lifecycle` names by it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_cnb_report.lifecycles.archive import ARCHIVE
from pytest_cnb_report.lifecycles.binary import BINARY
from pytest_cnb_report.lifecycles.command import COMMAND
from pytest_cnb_report.lifecycles.container import CONTAINER
from pytest_cnb_report.lifecycles.directory import DIRECTORY
from pytest_cnb_report.lifecycles.image import IMAGE
from pytest_cnb_report.lifecycles.lifecycle import (
    Lifecycle,
    LifecycleError,
    LifecycleKind,
    OpenOptions,
)
from pytest_cnb_report.lifecycles.own_build import OWN_BUILD
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

    It may have only some of them: `require_phases` says which are missing. `profile` is the text
    that the reference follows. Raises LifecycleError where there is no such lifecycle, and
    ValueError for an unknown profile; nothing is run yet.
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
    given: str | None,
    *,
    phases: Iterable[Phase],
    profile: str,
    options: OpenOptions = OpenOptions(),  # noqa: B008 - frozen
) -> Iterator[Lifecycle]:
    """Find a lifecycle as `resolve` does, and hold what its kind needs for the length of a block.

    Raises what `resolve` raises, and LifecycleError where what it needs cannot be had.
    """
    lifecycle = resolve(given, phases=phases, profile=profile)
    with lifecycle.kind.open(lifecycle, options) as opened:
        yield opened


def require_phases(lifecycle: Lifecycle, phases: Iterable[Phase]) -> None:
    """Raise LifecycleError where a lifecycle has not all of these phases."""
    wanted = tuple(phases)
    missing = [phase.value for phase in wanted if phase not in lifecycle.commands]
    if not missing:
        return
    why = "".join(f" ({lifecycle.why_missing[p]})" for p in wanted if p in lifecycle.why_missing)
    there = [phase.value for phase in testable(lifecycle)]
    way_out = f"use --phase {','.join(there)} to test the others" if there else "name another"
    every = "" if len(missing) == len(wanted) else _every(wanted)
    raise LifecycleError(
        f"--lifecycle {lifecycle.given}: no executable for {', '.join(missing)}{why}{every};"
        f" {way_out}"
    )


def _every(wanted: Iterable[Phase]) -> str:
    return f"; expected one for each of {', '.join(phase.value for phase in wanted)}"


def testable(lifecycle: Lifecycle) -> tuple[Phase, ...]:
    """Return the phases that can be tested with those that a lifecycle has."""
    has = lifecycle.commands.keys()
    needed = {
        Phase.EXPORTER: {Phase.ANALYZER, Phase.EXPORTER},
        Phase.CREATOR: {Phase.CREATOR},
        Phase.REBASER: {Phase.REBASER},
    }
    return tuple(phase for phase, needs in needed.items() if needs <= has)


def kind_named(name: str) -> LifecycleKind:
    """Return the kind with this name; raises LifecycleError where there is none."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    known = ", ".join(kind.name for kind in KINDS)
    raise LifecycleError(f"unknown kind of lifecycle {name!r}; known kinds: {known}")
