"""`FILE.tgz`: a release archive as buildpacks/lifecycle publishes it.

It has `lifecycle.toml`, which says the version and the APIs that are supported, and the phases in
the folder `lifecycle`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_cnb_report.drive.process import Command
from pytest_cnb_report.drive.shapes import HOST_ARCHITECTURE
from pytest_cnb_report.lifecycles.descriptor import DescriptorError, read_descriptor
from pytest_cnb_report.lifecycles.executables import phase_commands, sha256_of
from pytest_cnb_report.lifecycles.lifecycle import (
    Lifecycle,
    LifecycleError,
    LifecycleKind,
    OpenOptions,
)
from pytest_cnb_report.lifecycles.tar_entries import Budget, Limits, UnpackError
from pytest_cnb_report.lifecycles.unpacked import Unpacked
from pytest_cnb_report.scratch import ScratchError, scratch_folder
from pytest_cnb_report.values import Phase

_ENDINGS = (".tgz", ".tar.gz")
_MEGABYTE = 1024 * 1024
_LIMITS = Limits(entries=10_000, file=512 * _MEGABYTE, total=1024 * _MEGABYTE)
"""A release has a dozen entries and some thirty megabytes."""
_FOLDER = "lifecycle"
_DESCRIPTOR = "lifecycle.toml"
_WHAT = f"a release archive has {_DESCRIPTOR}, and the phases in {_FOLDER}/; name another archive"


def _takes(given: str) -> bool:
    return given.endswith(_ENDINGS)


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    del profile
    path = Path(given).absolute()
    if not path.is_file():
        raise LifecycleError(f"--lifecycle {given}: there is no such file")
    try:
        digest = sha256_of(path)
    except OSError as problem:
        raise LifecycleError(f"--lifecycle {given}: {problem.strerror}") from problem
    # what they are called in the archive
    commands = {phase: Command(f"{_FOLDER}/{phase.value}", str(path)) for phase in phases}
    return Lifecycle(given=given, kind=ARCHIVE, commands=commands, sha256=digest)


@contextlib.contextmanager
def _open(lifecycle: Lifecycle, options: OpenOptions) -> Iterator[Lifecycle]:
    """Unpack the archive into a scratch folder."""
    del options
    given = lifecycle.given
    with scratch_folder("lifecycle") as scratch:
        scratch.chmod(0o711)  # a creator that drops its rights has to pass through
        try:
            folder = _unpacked(Path(given).absolute(), scratch)
            descriptor = read_descriptor(folder / _DESCRIPTOR)
        except UnpackError as problem:
            raise LifecycleError(f"--lifecycle {given}: {problem}; {_WHAT}") from problem
        except FileNotFoundError as problem:
            raise LifecycleError(
                f"--lifecycle {given}: {_DESCRIPTOR} is missing; {_WHAT}"
            ) from problem
        except DescriptorError as problem:
            raise LifecycleError(f"--lifecycle {given}: {_DESCRIPTOR}: {problem}") from problem
        except OSError as problem:
            raise ScratchError(f"cannot unpack {given}: {problem.strerror}") from problem
        commands = phase_commands(given, folder / _FOLDER, lifecycle.commands)
        if not commands:
            raise LifecycleError(f"--lifecycle {given}: {_without_phases(folder / _FOLDER)}")
        yield replace(
            lifecycle,
            commands=commands,
            version=descriptor.version,
            platform_apis=descriptor.platform_apis,
        )


def _unpacked(archive: Path, scratch: Path) -> Path:
    spool, folder = scratch / "contents", scratch / "unpacked"
    spool.mkdir()
    found = Unpacked("", spool, Budget(_LIMITS), layered=False)
    with archive.open("rb") as blob:
        found.add(blob)
    found.place(folder)
    return folder


def _without_phases(folder: Path) -> str:
    if any(folder.glob("*.exe")):
        return f"its phases are Windows programs; name a release for linux/{HOST_ARCHITECTURE}"
    return f"no phase executable in {_FOLDER}/; {_WHAT}"


ARCHIVE = LifecycleKind(
    name="archive",
    spelled="a release archive (FILE.tgz)",
    takes=_takes,
    resolve=_resolve,
    open=_open,
)
