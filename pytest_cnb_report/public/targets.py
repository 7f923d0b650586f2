"""Where images are put and read: the registry and the daemon, as fixtures give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.drive.hosts import ImageHost, RegistryHost, Resolution
from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.observe.image import AppImage, read_image
from pytest_cnb_report.public.observed import NotThereError
from pytest_cnb_report.registry.protocol import Registry, Request

if TYPE_CHECKING:
    from pytest_cnb_report.daemon.engine import Daemon
    from pytest_cnb_report.drive.daemon_host import DaemonHost

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show


def put(host: ImageHost, image: Image | Index, names: tuple[str, ...]) -> None:
    """Make these names lead to the image; raises ValueError for none."""
    if not names:
        raise ValueError("give at least one name for the image, such as `name(...)`")
    host.put(image, *names)


def read(host: ImageHost, name: str) -> AppImage:
    """Read what a name leads to; raises NotThereError where that is no image."""
    state = read_image(host.fetch(name))
    if isinstance(state, AppImage):
        return state
    raise NotThereError(f"{name}: {state.why}")


@dataclass(frozen=True, eq=False, repr=False)
class RegistryFixture(ReprForHypothesis):
    """`cnb_registry`: a registry to put images in and to read them from.

    Names are whole tag references (`HOST:PORT/repository:tag`); `name` makes one that nobody else
    uses. What was put there stays until the end of the session.
    """

    host: RegistryHost
    registry: Registry
    """The same registry by blobs and manifests."""

    def __repr__(self) -> str:
        return f"<registry at {self.address}>"

    @property
    def address(self) -> str:
        """`HOST:PORT`, as it stands at the front of an image name."""
        return self.registry.address

    def name(self, repository: str, tag: str = "latest") -> str:
        """Return a tag reference at this registry, below a prefix of this session's own."""
        return self.host.name(repository, tag)

    def put(self, image: Image | Index, *names: str) -> None:
        """Push an image and make these names lead to it."""
        put(self.host, image, names)

    def read(self, name: str) -> AppImage:
        """Read the image that a name leads to; raises NotThereError where there is none."""
        return read(self.host, name)

    def resolve(self, reference: str) -> Resolution:
        """Say where a reference leads now."""
        return self.host.resolve(reference)

    def requests(self, since: int = 0) -> tuple[Request, ...]:
        """Return the requests numbered above `since`, of very many the last 10,000.

        None where the registry is not the embedded one.
        """
        return self.registry.requests(since)


@dataclass(frozen=True, eq=False, repr=False)
class DaemonFixture(ReprForHypothesis):
    """`cnb_daemon`: a Docker daemon to put images in and to read them from.

    Names are whole (`prefix/repository:tag`); `name` makes one, and only such may be written. What
    was put there is removed at the end of the session, or with `remove`.
    """

    host: DaemonHost
    daemon: Daemon
    """The same daemon with more of what it can do."""

    def __repr__(self) -> str:
        return f"<daemon at {self.address}>"

    @property
    def address(self) -> str:
        """Where it listens, as `DOCKER_HOST` has it."""
        return self.daemon.address

    @property
    def version(self) -> str:
        """Version of the daemon, as `20.10.24`."""
        return self.daemon.version

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with which a lifecycle reaches it: `DOCKER_HOST`, and those of TLS."""
        return self.daemon.environment

    def name(self, repository: str, tag: str = "latest") -> str:
        """Return a name below a prefix of this session's own."""
        return self.host.name(repository, tag)

    def put(self, image: Image | Index, *names: str) -> None:
        """Load an image, of an index the one for this machine, and make these names lead to it."""
        put(self.host, image, names)

    def read(self, name: str) -> AppImage:
        """Read the image that a name or an ID leads to; raises NotThereError for none."""
        return read(self.host, name)

    def resolve(self, reference: str) -> Resolution:
        """Say where a name or an image ID, whole or short, leads now."""
        return self.host.resolve(reference)

    def remove(self, *names: str) -> None:
        """Take names away, and the images that are left without one."""
        self.host.discard(*names)
