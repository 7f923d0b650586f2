"""A lifecycle: what `--lifecycle` names, ready to run one phase after another."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cnb_report.drive.process import Command, CommandNotRunError, Invocation, run
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi
from pytest_cnb_report.version import VERSION

DEFAULT_PATH = Path("/cnb/lifecycle")
"""Where builder images keep their lifecycle (platform specification, Usage)."""

API_NOT_SPOKEN = 11
"""The exit code of a lifecycle that does not speak the platform API it is given."""

_PLANNED = {
    "image:": "a lifecycle in an image",
    "container:": "a lifecycle in a running container",
    ".tgz": "a release archive",
}
_VERSION = re.compile(r"\d+\.\d+\.\d+\S*")
PROBE_TIMEOUT = 20.0
"""Seconds that a lifecycle has to say which version it is, or whether it speaks a platform API."""


class LifecycleError(Exception):
    """The lifecycle cannot be run at all; the message says what was looked for and what to do."""


@dataclass(frozen=True)
class Lifecycle:
    """A lifecycle that can be run.

    `commands` has one command for each phase; `environment` is what every call of it gets beside
    the platform's own variables; `sha256` is of the executable or, where every phase is a file of
    its own, of the list of their digests.
    """

    given: str
    kind: str
    commands: Mapping[Phase, Command]
    environment: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    sha256: str | None = None

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

        Raises LifecycleError where it cannot be started.
        """
        try:
            return self.execute(
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

        The version stays None where the answer is not one. Raises LifecycleError where the
        operating system does not start an executable, and where the reference does not know the
        fault that it is to have.
        """
        version = self.version
        environment = self._variables(PLATFORM_APIS[0], directory)
        for command in {c.executable: c for c in self.commands.values()}.values():
            try:
                answer = run(
                    command,
                    ["-version"],
                    environment=environment,
                    directory=directory,
                    timeout=timeout,
                    leashed=False,
                )
            except CommandNotRunError as problem:
                raise LifecycleError(f"--lifecycle {self.given}: {problem}") from problem
            if self.kind == "reference" and answer.exit_code != 0:
                why = answer.last_lines.removeprefix("ERROR: ")
                raise LifecycleError(f"--lifecycle {self.given}: {why}")
            version = version or _version_in(answer)
        return replace(self, version=version)

    def execute(
        self,
        command: Command,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        timeout: float,
    ) -> Invocation:
        """Run one command in exactly this environment; raises CommandNotRunError."""
        return run(
            command, arguments, environment=environment, directory=directory, timeout=timeout
        )


def resolve(given: str | None, *, phases: Iterable[Phase], profile: str) -> Lifecycle:
    """Find the lifecycle that `--lifecycle` names, or the default one.

    Raises LifecycleError with what is missing; nothing is run yet.
    """
    if given is None:
        given = str(DEFAULT_PATH) if DEFAULT_PATH.exists() else "reference"
    if given == "reference" or given.startswith("reference:"):
        return _reference(given, profile)
    if given.startswith("command:"):
        return _command(given, given.removeprefix("command:"))
    for mark, what in _PLANNED.items():
        if given.startswith(mark) or given.endswith(mark):
            raise LifecycleError(
                f"--lifecycle {given}: {what} is to come and cannot be judged yet; unpack it and"
                " give the directory that holds the phases"
            )
    path = Path(given)
    if path.is_dir():
        return _directory(given, path.resolve(), tuple(phases))
    if path.is_file():
        return _binary(given, path.resolve(), tuple(phases))
    raise LifecycleError(
        f"--lifecycle {given}: there is no such file or directory; give a directory of phase"
        " executables, a multiplexed lifecycle binary, command:CMD or reference"
    )


def _reference(given: str, profile: str) -> Lifecycle:
    environment = {"CNB_REFERENCE_PROFILE": profile}
    _, colon, fault = given.partition(":")
    if colon:
        environment["CNB_REFERENCE_FAULT"] = fault
    module = ("-m", "pytest_cnb_report.reference")
    return Lifecycle(
        given=given,
        kind="reference",
        commands={
            phase: Command(sys.executable, sys.executable, (*module, phase.value))
            for phase in Phase
        },
        environment=environment,
        version=VERSION,
    )


def _command(given: str, line: str) -> Lifecycle:
    try:
        words = shlex.split(line)
    except ValueError as problem:
        raise LifecycleError(f"--lifecycle {given}: {problem} in the command") from problem
    if not words:
        raise LifecycleError(f"--lifecycle {given}: no command stands behind command:")
    found = shutil.which(words[0])
    if found is None:
        raise LifecycleError(f"--lifecycle {given}: {words[0]} is not an executable on the PATH")
    executable = str(Path(found).absolute())
    return Lifecycle(
        given=given,
        kind="command",
        commands={
            phase: Command(executable, executable, (*words[1:], phase.value)) for phase in Phase
        },
        sha256=_sha256(Path(executable)),
    )


def _directory(given: str, directory: Path, phases: Sequence[Phase]) -> Lifecycle:
    missing = [phase.value for phase in phases if not (directory / phase.value).exists()]
    if missing:
        raise LifecycleError(
            f"--lifecycle {given}: no {', '.join(missing)} in that directory; it has to hold an"
            f" executable for each of {', '.join(phase.value for phase in phases)}"
        )
    paths = {phase: directory / phase.value for phase in phases}
    for path in paths.values():
        _require_executable(given, path)
    digests = {phase.value: _sha256(path) for phase, path in paths.items()}
    if len(set(digests.values())) == 1:
        digest = next(iter(digests.values()))
    else:
        listing = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(digests.items()))
        digest = hashlib.sha256(listing.encode()).hexdigest()
    return Lifecycle(
        given=given,
        kind="directory",
        commands={phase: Command(str(path), str(path)) for phase, path in paths.items()},
        sha256=digest,
    )


def _binary(given: str, path: Path, phases: Sequence[Phase]) -> Lifecycle:
    _require_executable(given, path)
    return Lifecycle(
        given=given,
        kind="binary",
        commands={phase: Command(str(path), phase.value) for phase in phases},
        sha256=_sha256(path),
    )


def _require_executable(given: str, path: Path) -> None:
    if not path.is_file() or not os.access(path, os.X_OK):
        raise LifecycleError(
            f"--lifecycle {given}: {path} is not an executable file; chmod +x it, or name another"
        )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _version_in(answer: Invocation) -> str | None:
    """Return what the last line of `-version` begins with, where that is a version."""
    lines = answer.stdout.strip().splitlines()
    found = _VERSION.fullmatch(lines[-1].strip()) if answer.exit_code == 0 and lines else None
    return None if found is None else found[0]


def speaks(
    lifecycle: Lifecycle,
    api: PlatformApi,
    *,
    directory: str,
    phase: Phase,
    timeout: float = PROBE_TIMEOUT,
) -> bool:
    """Tell whether a lifecycle speaks a platform API, by calling `phase` without arguments.

    One that does not exits 11 before it looks at anything else (platform specification, Platform
    API Compatibility). Raises LifecycleError where it does not end.
    """
    answer = lifecycle.call(
        phase,
        [],
        platform_api=api,
        environment={},
        directory=directory,
        timeout=timeout,
    )
    if answer.timed_out:
        raise LifecycleError(
            f"{lifecycle.given}: {phase.value} without arguments {answer.ending}; it was asked"
            f" whether it speaks platform API {api}. Repeat it with: {answer.shell}"
        )
    return answer.exit_code != API_NOT_SPOKEN


def negotiate(
    lifecycle: Lifecycle,
    wanted: PlatformApi | None,
    *,
    directory: str,
    phase: Phase,
    timeout: float = PROBE_TIMEOUT,
) -> PlatformApi:
    """Return the platform API to judge by: the wanted one, else the newest that both know.

    Raises LifecycleError where it does not speak what is wanted, or nothing that the suite knows.
    """

    def spoken(api: PlatformApi) -> bool:
        return speaks(lifecycle, api, directory=directory, phase=phase, timeout=timeout)

    if wanted is not None and spoken(wanted):
        return wanted
    known = [api for api in reversed(PLATFORM_APIS) if spoken(api)]
    if not known:
        raise LifecycleError(
            f"{lifecycle.given}: speaks none of the platform APIs {PLATFORM_APIS[0]} to"
            f" {PLATFORM_APIS[-1]}: {phase.value} exits {API_NOT_SPOKEN} for each of them"
        )
    if wanted is not None:
        raise LifecycleError(
            f"{lifecycle.given}: does not speak platform API {wanted}; it speaks"
            f" {', '.join(str(api) for api in reversed(known))}: give one with --platform-api"
        )
    return known[0]
