"""`container:REF`: the lifecycle in one container of an image, started once; calls are by exec.

The daemon is the one that `--daemon` names, on this machine: the container shares its network and
its folder of temporary files, where everything is that a call is given.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_cnb_report.drive.process import Command, Invocation, follow
from pytest_cnb_report.drive.supervision import CommandNotRunError
from pytest_cnb_report.image_name_prefix import draw_prefix
from pytest_cnb_report.lifecycles.image import FOLDER, phase_paths
from pytest_cnb_report.lifecycles.lifecycle import (
    Execute,
    Lifecycle,
    LifecycleError,
    LifecycleKind,
    OpenOptions,
)
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import Phase

if TYPE_CHECKING:
    from pytest_cnb_report.daemon.client import Engine

_PREFIX = "container:"
_SHELL = "/bin/sh"
_NO_SHELL = f"a creator runs the suite's buildpack, which needs {_SHELL}, and the image has none"
_NOT_STARTED = 127
"""The exit code of a program that the kernel does not start."""


def _takes(given: str) -> bool:
    return given.startswith(_PREFIX)


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    from pytest_cnb_report.daemon.image_reference import id_digits, is_name  # noqa: PLC0415

    del profile
    image = given.removeprefix(_PREFIX)
    if not (is_name(image) or id_digits(image)):
        raise LifecycleError(
            f"--lifecycle {given}: neither an image name nor an image ID; give {_PREFIX}NAME:TAG"
        )
    commands = {phase: Command(path, path) for phase, path in phase_paths(phases).items()}
    return Lifecycle(given=given, kind=CONTAINER, commands=commands)


@dataclass(frozen=True)
class _InContainer:
    """A command as the words behind `docker` that would execute it, and as a worker gets it."""

    address: str
    container: str
    holder: str
    """The program that holds the container."""
    image_id: str
    path: str

    def as_command(self) -> Command:
        """Return the command line of an execution; the image's ID stands in front for later."""
        words = ("--host", self.address, "exec", self.container, self.holder, self.image_id)
        return Command("docker", "docker", (*words, self.path))

    @classmethod
    def of(cls, command: Command) -> _InContainer:
        """Read what `as_command` wrote."""
        _, address, _, container, holder, image_id, path = command.arguments
        return cls(address, container, holder, image_id, path)

    def repeated(self, environment: Mapping[str, str], directory: str, user: str) -> Command:
        """Return what makes the same call in a new container, when this one is gone."""
        from pytest_cnb_report.daemon.held_container import shared_paths  # noqa: PLC0415

        shared = [word for each in shared_paths(self.address) for word in ("-v", f"{each}:{each}")]
        # the values are those of the variables that docker itself is started with
        variables = [word for name in environment for word in ("-e", name)]
        how = ("--rm", "--network", "host", "--user", user, "--workdir", directory)
        words = (*how, *shared, *variables, "--entrypoint", self.path, self.image_id)
        return Command("docker", "docker", ("--host", self.address, "run", *words))


@contextlib.contextmanager
def _open(lifecycle: Lifecycle, options: OpenOptions) -> Iterator[Lifecycle]:
    """Start the container, and remove it at the end."""
    from pytest_cnb_report.daemon.borrowed import sweep  # noqa: PLC0415 - the Docker SDK
    from pytest_cnb_report.daemon.errors import DaemonError  # noqa: PLC0415
    from pytest_cnb_report.daemon.held_container import held_container  # noqa: PLC0415
    from pytest_cnb_report.daemon.providers import reach_daemon  # noqa: PLC0415

    given = lifecycle.given
    paths = {phase: command.executable for phase, command in lifecycle.commands.items()}
    with contextlib.ExitStack() as stack:
        try:
            engine = stack.enter_context(reach_daemon(options.daemon, timeout=options.timeout))
            sweep(engine)
            folder = stack.enter_context(scratch_folder("container"))
            folder.chmod(0o711)  # a creator that drops its rights has to pass through
            held = stack.enter_context(
                held_container(
                    engine,
                    given.removeprefix(_PREFIX),
                    folder,
                    draw_prefix(),
                    groups=os.getgroups(),
                )
            )
            there = held.has(engine, (*paths.values(), _SHELL))
        except DaemonError as problem:
            raise LifecycleError(f"--lifecycle {given}: {problem}") from problem
        if not set(paths.values()).intersection(there):
            raise LifecycleError(
                f"--lifecycle {given}: no phase executable in {FOLDER} of that image; name an image"
                " that has one, such as a builder"
            )
        inside = functools.partial(
            _InContainer, engine.address, held.id, held.program, held.image_id
        )
        left_out = {Phase.CREATOR: _NO_SHELL} if _SHELL not in there else {}
        yield replace(
            lifecycle,
            commands={
                phase: inside(path).as_command()
                for phase, path in paths.items()
                if path in there and phase not in left_out
            },
            sha256=held.digest.removeprefix("sha256:"),
            why_missing=left_out,
        )


@contextlib.contextmanager
def _calls(stop: threading.Event | None = None) -> Iterator[Execute]:
    """Give what executes commands in the container, by a connection of its own."""
    from pytest_cnb_report.daemon.connection import connected  # noqa: PLC0415 - the Docker SDK
    from pytest_cnb_report.daemon.errors import DaemonError  # noqa: PLC0415
    from pytest_cnb_report.daemon.executed import Executed  # noqa: PLC0415

    user = f"{os.getuid()}:{os.getgid()}"
    with contextlib.ExitStack() as stack:

        @functools.cache
        def engine(address: str) -> Engine:
            return stack.enter_context(connected(address))

        def execute(
            command: Command,
            arguments: Sequence[str],
            *,
            environment: Mapping[str, str],
            directory: str,
            timeout: float,
        ) -> Invocation:
            inside = _InContainer.of(command)
            try:
                process = Executed(
                    engine(inside.address),
                    inside.container,
                    inside.holder,
                    [inside.path, inside.path, *arguments],
                    environment=environment,
                    directory=directory,
                    user=user,
                )
                return follow(
                    process,
                    inside.repeated(environment, directory, user),
                    arguments,
                    environment=environment,
                    directory=directory,
                    timeout=timeout,
                    stop=stop,
                )
            except DaemonError as problem:
                raise CommandNotRunError(f"cannot run {inside.path}: {problem}") from problem

        yield execute


def _check_version_call(given: str, answer: Invocation) -> None:
    if answer.exit_code == _NOT_STARTED and not answer.lines:
        raise LifecycleError(
            f"--lifecycle {given}: its phases do not start in a container of that image; it may be"
            " for another platform, or lack what they need"
        )


CONTAINER = LifecycleKind(
    name="container",
    spelled="container:REF",
    takes=_takes,
    resolve=_resolve,
    calls=_calls,
    open=_open,
    check_version_call=_check_version_call,
)
