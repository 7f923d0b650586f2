"""A directory that holds an executable for each phase, as `/cnb/lifecycle` does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pytest_cnb_report.lifecycles.executables import phase_commands, sha256_of
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleKind
from pytest_cnb_report.values import Phase


def _takes(given: str) -> bool:
    return Path(given).is_dir()


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    del profile
    commands = phase_commands(given, Path(given).resolve(), phases)
    paths = {phase.value: Path(each.executable).resolve() for phase, each in commands.items()}
    # they are usually links to one large file
    digests = {path: sha256_of(path) for path in set(paths.values())}
    return Lifecycle(
        given=given,
        kind=DIRECTORY,
        commands=commands,
        sha256=_digest({name: digests[path] for name, path in paths.items()}) if paths else None,
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
