"""The calls of a recorded run once more, in bare loops that look at nothing.

Images name their registry in labels, so each call is made at the address, in the folder and with
the words of the run, whose registries and folders are gone by then. Before it the images and files
that it started from are put in place, which is not counted. Calls whose images a record does not
keep whole are left out: those of generated scenarios, and those that only prepare another.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.record.file import read_record
from pytest_cnb_report.registry.embedded import embedded_registry

_TIMEOUT = 60.0


@dataclass(frozen=True)
class BareCall:
    """One call that can be made again; `recorded` are the seconds that it took in the run."""

    observation: Observation
    port: int
    recorded: float
    exit_code: int


def calls_in(record: Path) -> tuple[BareCall, ...]:
    """Return the calls of a record that can be made again at embedded registries."""
    return tuple(
        BareCall(each, _port(next(iter(each.staged))), each.call.duration, each.call.exit_code)
        for scenario in read_record(record).scenarios
        for each in scenario.observations
        if each.call is not None and each.staged and each.call.exit_code is not None
    )


def _port(name: str) -> int:
    parsed = ImageName.parse(name)
    return int(parsed.registry.rpartition(":")[2]) if parsed is not None else 0


@dataclass(frozen=True)
class Loop:
    """What one loop took, in seconds, and what the same calls had taken in the run.

    `otherwise` is how many more calls did not end as they had in the run, and are not counted.
    """

    calls: int
    bare: float
    recorded: float
    otherwise: int


def shares(calls: Iterable[BareCall], loops: int) -> list[list[BareCall]]:
    """Share calls among loops, those at one registry to the same one, the most calls first."""
    by_port: dict[int, list[BareCall]] = {}
    for each in calls:
        by_port.setdefault(each.port, []).append(each)
    shared: list[list[BareCall]] = [[] for _ in range(min(loops, len(by_port)))]
    for group in sorted(by_port.values(), key=len, reverse=True):
        min(shared, key=len).extend(group)
    return shared


def replay(calls: Sequence[BareCall], together: Callable[[], object]) -> Loop:
    """Make calls again, one after another; `together` waits for the other loops first.

    Raises RegistryUnavailable where a port of the run has been taken by something else.
    """
    bare = recorded = 0.0
    otherwise = 0
    with contextlib.ExitStack() as stack:
        hosts = {
            port: RegistryHost(stack.enter_context(embedded_registry(port)), "bare")
            for port in dict.fromkeys(each.port for each in calls)
        }
        together()
        for each in calls:
            took, code = _again(each.observation, hosts[each.port])
            if code == each.exit_code:
                bare, recorded = bare + took, recorded + each.recorded
            else:
                otherwise += 1
    return Loop(len(calls) - otherwise, bare, recorded, otherwise)


def replay_in(loops: int, calls: Iterable[BareCall]) -> list[Loop]:
    """Share the calls among processes that make theirs side by side."""
    shared = shares(calls, loops)
    if len(shared) == 1:
        return [replay(shared[0], lambda: None)]
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(len(shared)) as pool:
        together = manager.Barrier(len(shared)).wait
        return pool.starmap(replay, [(each, together) for each in shared])


def _again(observation: Observation, host: RegistryHost) -> tuple[float, int]:
    """Make a call again; return its seconds and its exit code."""
    call = observation.call
    assert call is not None
    host.empty()
    for name, image in observation.staged.items():
        host.put(image, name)
    folder = Path(call.directory)
    folder.mkdir(parents=True)
    folder.parent.chmod(0o711)  # as the bench's own
    try:
        _write_inputs(observation, call, folder)
        began = time.monotonic()
        done = subprocess.run(
            [call.command.name, *call.command.arguments, *call.arguments],
            executable=call.command.executable,
            env=dict(call.environment),
            cwd=folder,
            capture_output=True,
            check=False,  # some calls have to be refused
            timeout=_TIMEOUT,
        )
        took = time.monotonic() - began
        return took, done.returncode
    finally:
        shutil.rmtree(folder)
        with contextlib.suppress(OSError):  # others are in it, or it was there before
            folder.parent.rmdir()


def _write_inputs(observation: Observation, call: Invocation, folder: Path) -> None:
    for file in observation.inputs:
        path = folder / file.path
        if file.is_folder:
            path.mkdir(parents=True, exist_ok=True)
        elif file.content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        if not file.left_out:
            path.chmod(file.mode)
    user, group = (call.environment.get(f"CNB_{who}_ID", "0") for who in ("USER", "GROUP"))
    if os.geteuid() == 0 and user != "0":  # a creator drops its rights
        for path in (folder, *folder.rglob("*")):
            os.chown(path, int(user), int(group), follow_symlinks=False)
