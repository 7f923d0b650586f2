"""A directory that holds an executable for each phase, as `/cnb/lifecycle` does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.drive.process import Command
from pytest_cnb_report.lifecycles.executables import require_executable, sha256_of
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError, LifecycleKind
from pytest_cnb_report.values import Phase


def _takes(given: str) -> bool:
    return Path(given).is_dir()


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    del profile
    directory = Path(given).resolve()
    missing = [phase.value for phase in phases if not (directory / phase.value).exists()]
    if missing:
        raise LifecycleError(
            f"--lifecycle {given}: no {', '.join(missing)} in that directory; it has to hold an"
            f" executable for each of {', '.join(phase.value for phase in phases)}"
        )
    paths = {phase: directory / phase.value for phase in phases}
    for path in paths.values():
        require_executable(given, path)
    # they are usually links to one large file
    digests = {path: sha256_of(path) for path in {each.resolve() for each in paths.values()}}
    return Lifecycle(
        given=given,
        kind=DIRECTORY,
        commands={phase: Command(str(path), str(path)) for phase, path in paths.items()},
        sha256=_digest({phase.value: digests[path.resolve()] for phase, path in paths.items()}),
    )


def _digest(digests: dict[str, str]) -> str:
    """Return the digest that all files share, else that of the list of them."""
    if len(set(digests.values())) == 1:
        return next(iter(digests.values()))
    listing = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(digests.items()))
    return hashlib.sha256(listing.encode()).hexdigest()


DIRECTORY = LifecycleKind(
    name="directory",
    spelled="a directory of phase executables",
    takes=_takes,
    resolve=_resolve,
)
