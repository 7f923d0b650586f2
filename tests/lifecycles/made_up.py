"""A kind of lifecycle that no table has: it starts something, and is called in its own way."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_cnb_report.drive.process import Command, Invocation, run
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleKind, OpenOptions
from pytest_cnb_report.lifecycles.reference import REFERENCE
from pytest_cnb_report.values import Phase

PREFIX = "made-up:"


def _log(path: str, event: str) -> None:
    with Path(path).open("a", encoding="utf-8") as log:
        log.write(f"{event} {os.environ.get('PYTEST_XDIST_WORKER', 'main')}\n")


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    plain = REFERENCE.resolve("reference", phases=phases, profile=profile)
    return replace(plain, given=given, kind=MADE_UP)


@contextlib.contextmanager
def _open(lifecycle: Lifecycle, options: OpenOptions) -> Iterator[Lifecycle]:
    del options
    path = lifecycle.given.removeprefix(PREFIX)
    _log(path, "opened")
    yield replace(lifecycle, environment={**lifecycle.environment, "MADE_UP_LOG": path})
    _log(path, "closed")


def _execute(
    command: Command,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: str,
    timeout: float,
) -> Invocation:
    _log(environment["MADE_UP_LOG"], "called")
    return run(
        command,
        arguments,
        environment=environment,
        directory=directory,
        timeout=timeout,
    )


MADE_UP = LifecycleKind(
    name="made up",
    spelled="made-up:LOG",
    takes=lambda given: given.startswith(PREFIX),
    resolve=_resolve,
    execute=_execute,
    open=_open,
)
