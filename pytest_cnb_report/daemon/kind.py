"""What one kind of daemon does differently from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pytest_cnb_report.daemon.client import Engine
    from pytest_cnb_report.daemon.engine import Daemon

IMAGE = "docker:dind"
"""The image of a daemon in a container, where no other is named."""


@dataclass(frozen=True)
class DaemonOptions:
    """How a daemon is to be opened; each kind heeds what concerns it.

    `given` is the value of `--daemon`; `folder` is the run's scratch folder, and `prefix` what
    it puts its images under; `image` is for a container; `timeout` is in seconds, for each answer
    of the daemon; Docker's own variables are looked up in `environment`.
    """

    given: str
    folder: Path
    prefix: str
    image: str
    timeout: float
    environment: Mapping[str, str]


class Reach(Protocol):
    """How a daemon that is there already is connected to."""

    def __call__(
        self, given: str, /, *, timeout: float, environment: Mapping[str, str]
    ) -> AbstractContextManager[Engine]:
        """Connect for the length of a block; raises DaemonUnavailable.

        The arguments are those of `DaemonOptions`.
        """


@dataclass(frozen=True)
class DaemonKind:
    """One kind of daemon; `daemon.providers.KINDS` lists them."""

    name: str
    spelled: str
    """How users spell one, for help and messages."""
    takes: Callable[[str], bool]
    """Whether a value of `--daemon` is of this kind."""
    open: Callable[[DaemonOptions], AbstractContextManager[Daemon]]
    """Gives the daemon for the length of a block, after which nothing of the run is left in it.
    Raises DaemonUnavailable, and at the end DaemonError where something could not be removed."""
    reach: Reach | None = None
    """None where the daemon is one of our own, which is not there before it is opened."""
    needs: tuple[str, ...] = ()
    """The subjects of the findings of `doctor` that all have to be usable for it."""
    only_where_named: bool = False
    """Whether it is used only where `--target` names the daemon."""
    optional: bool = False
    """Whether not to have it is no failure where `--target` does not name the daemon."""
