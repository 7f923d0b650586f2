"""A lifecycle as a value, and what one kind of lifecycle does differently from another."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from pytest_cnb_report.drive.process import Command, Invocation, run
from pytest_cnb_report.drive.supervision import CommandNotRunError, Supervisors
from pytest_cnb_report.lifecycles.program_format import why_it_does_not_start
from pytest_cnb_report.platform_apis import PLATFORM_APIS, PlatformApi
from pytest_cnb_report.values import Phase

PROBE_TIMEOUT = 20.0
"""Seconds that a lifecycle has to say which version it is, or whether it speaks a platform API."""

_VERSION = re.compile(r"\d+\.\d+\.\d+\S{0,100}")
"""At most about a hundred characters: it stands in headings."""


class LifecycleError(Exception):
    """The lifecycle cannot be run at all; the message says what was looked for and what to do."""


class Resolve(Protocol):
    """How a lifecycle of one kind is found."""

    def __call__(self, given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
        """Return the lifecycle that `given` names, able to run `phases`; nothing is run yet.

        Raises LifecycleError with what is missing, and ValueError for an unknown profile.
        """


class Execute(Protocol):
    """How one command of a lifecycle is executed."""

    def __call__(
        self,
        command: Command,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        timeout: float,
    ) -> Invocation:
        """Run the command in exactly this environment, as `drive.process.run` does.

        Raises CommandNotRunError.
        """


@dataclass(frozen=True)
class OpenOptions:
    """How a lifecycle is to be opened; each kind heeds what concerns it.

    `daemon` is the value of `--daemon`; `timeout` is in seconds, for each answer of a registry or a
    daemon.
    """

    daemon: str = "auto"
    timeout: float = 60.0


@contextlib.contextmanager
def supervised_calls(stop: threading.Event | None = None) -> Iterator[Execute]:
    """Give what executes commands under supervisors, for the length of a block."""
    with contextlib.closing(Supervisors()) as supervisors:
        yield functools.partial(run, supervisors=supervisors, stop=stop)


@contextlib.contextmanager
def as_it_is(lifecycle: Lifecycle, options: OpenOptions) -> Iterator[Lifecycle]:
    """Open a lifecycle that needs nothing."""
    del options
    yield lifecycle


def never_declined(call: Invocation) -> str | None:
    """Tell that a call did not say of itself that it cannot be made."""
    del call
    return None


def accept(given: str, answer: Invocation) -> None:
    """Accept a lifecycle whatever it answers to `-version`."""
    del given, answer


@dataclass(frozen=True)
class LifecycleKind:
    """One kind of lifecycle; `lifecycles.kinds.KINDS` lists them.

    Everything here is behaviour. A `Lifecycle` goes to a worker as data with the name of its kind,
    and gets the behaviour there from the table.
    """

    name: str
    """As in `lifecycle.kind` of `report.json`."""
    spelled: str
    """How users spell one, for help and messages."""
    takes: Callable[[str], bool]
    """Whether a value of `--lifecycle` is of this kind."""
    resolve: Resolve
    execute: Execute = run
    calls: Callable[[threading.Event | None], contextlib.AbstractContextManager[Execute]] = (
        supervised_calls
    )
    """Gives what takes the place of `run` as `execute` for many calls, one after another; they end
    once the event is set."""
    check_version_call: Callable[[str, Invocation], None] = accept
    """Gets the value of `--lifecycle` and the answer to `-version`; raises LifecycleError where
    that shows that the lifecycle cannot be used."""
    open: Callable[[Lifecycle, OpenOptions], contextlib.AbstractContextManager[Lifecycle]] = (
        as_it_is
    )
    """Gives the lifecycle with what it needs for the length of a block, such as a container; raises
    LifecycleError. The process that owns the run opens it, and workers use what it got."""
    declined: Callable[[Invocation], str | None] = never_declined
    """Returns why a call says of itself that it cannot be made this way; None where it does not."""
    offered: bool = True
    """Whether messages name this kind: not where users cannot name one."""


@dataclass(frozen=True)
class Lifecycle:
    """A lifecycle that can be run.

    `commands` has one command for each phase that it has; `environment` is what every call of it
    gets beside the platform's own variables. `sha256` is of the executable or, where every phase is
    a file of its own, of the list of their digests; of an archive it is the file's, and of an image
    its manifest's. `platform_apis` are those that it supports, where its kind can tell without
    calling it; the version may be known so as well.
    """

    given: str
    kind: LifecycleKind
    commands: Mapping[Phase, Command]
    environment: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    sha256: str | None = None
    platform_apis: tuple[PlatformApi, ...] | None = None
    why_missing: Mapping[Phase, str] = field(default_factory=dict)
    """Why phases have no command that seem to be there."""

    def call(
        self,
        phase: Phase,
        arguments: Sequence[str],
        *,
        platform_api: PlatformApi,
        environment: Mapping[str, str],
        directory: str,
        timeout: float,
    ) -> Invocation:
        """Run one phase in `directory`, which is its home and takes what it puts aside as well.

        `timeout` is in seconds. Raises LifecycleError where the phase cannot be started, or is not
        there.
        """
        if phase not in self.commands:
            raise LifecycleError(f"{self.given}: no executable for {phase.value}")
        try:
            return self.kind.execute(
                self.commands[phase],
                arguments,
                environment={**self._variables(platform_api, directory), **environment},
                directory=directory,
                timeout=timeout,
            )
        except CommandNotRunError as problem:
            raise LifecycleError(f"{problem} (phase {phase.value} of {self.given})") from problem

    def _variables(self, platform_api: PlatformApi, directory: str) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": directory,
            "TMPDIR": directory,
            "CNB_PLATFORM_API": str(platform_api),
            **self.environment,
        }

    def introduced(self, *, directory: str, timeout: float = PROBE_TIMEOUT) -> Lifecycle:
        """Start each executable, and return the lifecycle with the version that the first one says.

        A file that several phases are links to is started once.

        The version stays None where the answer is not one. Raises LifecycleError where an
        executable cannot be started, and where its answer shows that it cannot be used.
        """
        version = self.version
        environment = self._variables(PLATFORM_APIS[0], directory)
        by_file: dict[str, Command] = {}
        for command in self.commands.values():
            by_file.setdefault(os.path.realpath(command.executable), command)
        for command in by_file.values():
            try:
                answer = self.kind.execute(
                    command,
                    ["-version"],
                    environment=environment,
                    directory=directory,
                    timeout=timeout,
                )
            except CommandNotRunError as problem:
                why = why_it_does_not_start(Path(command.executable))
                told = f"{problem}: {why}" if why else str(problem)
                raise LifecycleError(f"--lifecycle {self.given}: {told}") from problem
            self.kind.check_version_call(self.given, answer)
            version = version or _version_in(answer)
        return replace(self, version=version)


@contextlib.contextmanager
def supervised(lifecycle: Lifecycle, *, stop: threading.Event | None = None) -> Iterator[Lifecycle]:
    """Give the lifecycle with what its calls need, which stays from one call to the next.

    Calls in progress are ended once `stop` is set, and raise `drive.process.StoppedError`. A
    lifecycle of a kind that is executed in another way stays as it is.
    """
    if lifecycle.kind.execute is not run:
        yield lifecycle
        return
    with lifecycle.kind.calls(stop) as execute:
        yield replace(lifecycle, kind=replace(lifecycle.kind, execute=execute))


def _version_in(answer: Invocation) -> str | None:
    """Return what the last line of `-version` begins with, where that is a version."""
    lines = answer.stdout.strip().splitlines()
    found = _VERSION.fullmatch(lines[-1].strip()) if answer.exit_code == 0 and lines else None
    return None if found is None else found[0]
