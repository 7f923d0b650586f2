"""What there is on this machine to judge the daemon target with, and what to do about the rest."""

from __future__ import annotations

import contextlib
import importlib.metadata
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.discovery import found
from pytest_cnb_report.daemon.errors import DaemonError, DaemonUnavailable
from pytest_cnb_report.daemon.kind import IMAGE
from pytest_cnb_report.daemon.private import find_tool, obstacle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_cnb_report.daemon.client import Engine


@dataclass(frozen=True)
class Finding:
    """One thing that a run may need."""

    subject: str
    usable: bool
    detail: str
    """What was found: a version, a path, or what is in the way."""
    remedy: str = ""
    """What to do where it is not usable."""


def probe(
    *,
    images: Sequence[str] = (IMAGE, "registry:2"),
    timeout: float = 5,
    environment: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Look for a Docker daemon, `dockerd`, testcontainers and the images that containers need.

    Starts no daemon and changes nothing. `timeout` is in seconds, for each answer of the daemon;
    `environment` is where Docker's own variables are looked up. Raises nothing.
    """
    return (*_daemon(images, timeout, environment), _dockerd(), _testcontainers())


def _daemon(
    images: Sequence[str], timeout: float, environment: Mapping[str, str] | None
) -> Iterator[Finding]:
    try:
        with found(timeout=timeout, environment=environment) as engine:
            about = f"{engine.address}, version {engine.version}, Engine API {engine.api_version}"
            yield Finding("Docker daemon", usable=True, detail=about)
            yield from (_image(engine, image) for image in images)
    except DaemonUnavailable as error:
        detail = f"{error.daemon}: {error.answered}"
        yield Finding("Docker daemon", usable=False, detail=detail, remedy=error.remedy)
        for image in images:
            subject = f"image {image}"
            yield Finding(subject, usable=False, detail="no daemon answers", remedy=error.remedy)


def _image(engine: Engine, name: str) -> Finding:
    subject = f"image {name}"
    try:
        facts = engine.inspect(name)
    except DaemonError as error:
        return Finding(subject, usable=False, detail=error.answered, remedy=error.remedy)
    if facts is None:
        remedy = f"docker pull {name}, for a container provider"
        return Finding(subject, usable=False, detail=f"not at {engine.address}", remedy=remedy)
    return Finding(subject, usable=True, detail=facts.image_id)


def _dockerd() -> Finding:
    subject = "dockerd (private)"
    in_the_way = obstacle()
    if in_the_way:
        return Finding(subject, usable=False, detail=in_the_way[0], remedy=in_the_way[1])
    path = str(find_tool("dockerd"))
    version = "of unknown version"
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True, timeout=10
        )
        version = said.stdout.strip() or version
    return Finding(subject, usable=True, detail=f"{path}, {version}")


def _testcontainers() -> Finding:
    subject = "testcontainers (container)"
    try:
        version = importlib.metadata.version("testcontainers")
    except importlib.metadata.PackageNotFoundError:
        remedy = "pip install 'pytest-cnb-report[containers]'"
        return Finding(subject, usable=False, detail="not installed", remedy=remedy)
    return Finding(subject, usable=True, detail=f"version {version}")
