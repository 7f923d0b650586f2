"""Counts what a run has left on this machine: `python tests/daemon/traces.py TMPDIR [DOCKER_HOST]`.

A run with a TMPDIR of its own can be told from everything else: by the processes that name the
folder or have it mounted, the namespaces that these are in, the sockets and mounts below it, and
the folders in it. Containers and images are those of a daemon, all of them; so are the files that
Docker is known to write outside the folders that it is given.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, fields
from pathlib import Path

from pytest_cnb_report.daemon.connection import connected

ELSEWHERE = (
    "/etc/docker/key.json",
    "/opt/containerd",
    "/run/docker",
    "/run/containerd",
    "/run/mount",
    "/var/lib/docker",
    "/sys/class/net/docker0",
)
ALIVE = ("processes", "namespaces", "mounts", "containers", "volumes", "elsewhere")
"""What goes at once even where a run was killed; the rest goes with the next run."""

SETTLED_WITHIN = 10.0
NAMESPACES = ("net", "pid", "mnt")


@dataclass(frozen=True)
class Traces:
    """What there is, each as a sorted list of words; two of them are compared."""

    processes: tuple[str, ...]
    namespaces: tuple[str, ...]
    mounts: tuple[str, ...]
    sockets: tuple[str, ...]
    folders: tuple[str, ...]
    elsewhere: tuple[str, ...]
    containers: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    def beyond(self, other: Traces) -> dict[str, list[str]]:
        """Return what stands here and not in another."""
        found = {}
        for field in fields(self):
            more = set(getattr(self, field.name)) - set(getattr(other, field.name))
            if more:
                found[field.name] = sorted(more)
        return found


def traces(folder: Path, address: str | None = None) -> Traces:
    """Look around for what belongs to runs with this TMPDIR, and into the daemon at `address`."""
    own, mounts, inside = _namespaces(Path("/proc/self")), set(), _in_its_filesystem(folder)
    processes, namespaces, sockets = set(), set(), set()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or process == Path("/proc/self").resolve():
            continue
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_text(errors="replace").split("\0")
            lines = (process / "mountinfo").read_text(errors="replace").splitlines()
            below = {line.split(" ")[4] for line in lines if str(folder) in line or inside in line}
            mounts |= below
            if below or (words != [""] and any(str(folder) in word for word in words)):
                processes.add(f"{process.name} {' '.join(words)[:60]}")
                namespaces |= _namespaces(process) - own
                unix = (process / "net" / "unix").read_text(errors="replace").splitlines()
                sockets |= {line.split()[-1] for line in unix if str(folder) in line}
    sockets |= {str(path) for path in folder.rglob("*") if path.is_socket()}
    folders = {str(path.relative_to(folder)) for path in folder.glob("*/*")}
    elsewhere = {path for path in ELSEWHERE if Path(path).exists()}
    here = [processes, namespaces, mounts, sockets, folders | _names(folder), elsewhere]
    return Traces(*(tuple(sorted(found)) for found in (*here, *_at_daemon(address))))


def left_after(
    before: Traces, folder: Path, address: str | None, kinds: Collection[str] = ()
) -> dict[str, list[str]]:
    """Return what is more than before, once what the kernel takes its time for is over.

    Only these kinds are looked at, where there are any.
    """
    end = time.monotonic() + SETTLED_WITHIN
    while True:
        more = traces(folder, address).beyond(before)
        left = {kind: words for kind, words in more.items() if kind in kinds or not kinds}
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.02)


def _in_its_filesystem(folder: Path) -> str:
    """Return the path by which mountinfo names the folder if it is mounted somewhere else."""
    mount = next(parent for parent in folder.parents if parent.is_mount())
    return f"/{folder.relative_to(mount)}"


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _namespaces(process: Path) -> set[str]:
    return {str((process / "ns" / kind).readlink()) for kind in NAMESPACES}


def _at_daemon(address: str | None) -> tuple[set[str], set[str], set[str]]:
    if address is None:
        return set(), set(), set()
    with connected(address) as engine:
        containers = {container["Id"] for container in engine.api.containers(all=True)}
        volumes = {volume["Name"] for volume in engine.api.volumes()["Volumes"] or ()}
        listed = engine.images(intermediate=True)
        images = {name for image in listed for name in (image.image_id, *image.names)}
        return containers, volumes, images


if __name__ == "__main__":
    found = traces(Path(sys.argv[1]), *sys.argv[2:3])
    for field in fields(found):
        there = getattr(found, field.name)
        sys.stdout.write(f"{len(there):4} {field.name}\n")
        sys.stdout.writelines(f"       {word}\n" for word in there)
