"""A Docker daemon as a target that images are put at and read from."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Collection, Mapping

from pytest_cnb_report.daemon.engine import Daemon
from pytest_cnb_report.daemon.errors import DaemonError
from pytest_cnb_report.daemon.image_reference import Ambiguous, Identified
from pytest_cnb_report.drive.blame import complaint
from pytest_cnb_report.drive.hosts import Resolution, StoredImage
from pytest_cnb_report.drive.inventory import Done, Inventory, Watched, told_apart
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.images.build import build_image, build_layer
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.registry.protocol import Request
from pytest_cnb_report.registry.try_out import REPOSITORY
from pytest_cnb_report.values import Target

_SOUND_FOR = 10.0
"""Seconds after an image was loaded and read in which it is enough that the daemon answers."""


class DaemonHost:
    """A daemon as a target; everything is put under the prefix that the daemon was opened with.

    `part` keeps apart what several workers put at the same daemon.
    """

    target = Target.DAEMON

    without_tls = None

    refuses_on_request = False

    def __init__(self, daemon: Daemon, part: str) -> None:
        self._daemon = daemon
        self._part = part
        self._loaded: set[str] = set()
        self._sound_until = 0.0

    def name(self, repository: str, tag: str = "latest") -> str:
        """Return `prefix/part/repository:tag`."""
        return self._daemon.name(f"{self._part}/{repository}", tag)

    def put(self, image: Image | Index, *names: str) -> None:
        """Make these names lead to the image; of an index, to the image for this machine.

        An image that the daemon has already is only named anew, which is much cheaper.
        """
        one = image.images[-1] if isinstance(image, Index) else image
        if one.image_id in self._loaded and self._daemon.inspect(one.image_id) is not None:
            for name in names:
                self._daemon.tag(one.image_id, name)
            return
        self._daemon.load(one.config, [layer.tar for layer in one.layers], names)
        self._loaded.add(one.image_id)

    def discard(self, *names: str) -> None:
        """Remove the names, and images that have no other: a full daemon is a slow one."""
        self._daemon.remove(*names)

    def empty(self) -> None:
        """Keep them: to be removed they have to be found first."""

    def fetch(self, name: str) -> StoredImage | None:
        """Fetch the config and the layers, as the daemon gives them out."""
        found = self._daemon.read(name, contents=True)
        if found is None:
            return None
        return StoredImage(
            name,
            None,
            found.config,
            tuple((layer.digest, layer.content) for layer in found.layers),
        )

    def resolve(self, reference: str) -> Resolution:
        """Ask the daemon which image a name or an image ID, whole or short, leads to now."""
        return resolve_at(self._daemon, reference)

    def requests(self, since: int) -> tuple[Request, ...]:
        """Return nothing: a daemon does not tell what it was asked."""
        del since
        return ()

    def mark(self) -> int:
        """Return the only mark there is."""
        return 0

    def watched(self, names: Collection[str], do: Callable[[], Done]) -> Watched[Done]:
        """Do something, and tell what stands here before and after it.

        Every name under the own part of the prefix is looked at; others are other people's.
        """
        before = self._inventory()
        done = do()
        return told_apart(done, before, self._inventory(), names)

    def _inventory(self) -> Inventory:
        part = self._daemon.name(f"{self._part}/", "").removesuffix(":")
        named = self._daemon.named().items()
        return Inventory({name: image_id for name, image_id in named if name.startswith(part)})

    def require_sound(
        self, call: Invocation, placed: Mapping[str, Image | Index], timeout: float
    ) -> None:
        """Ask for an image, or now and then load and read one; then see what the call said."""
        del placed, timeout
        try:
            self._try_out()
        except DaemonError as problem:
            asked = f"the suite's own {problem.asked}, beside a call that {call.ending}"
            raise type(problem)(
                problem.daemon, asked, problem.answered, problem.remedy
            ) from problem
        told = complaint(call)
        if told is not None:
            raise DaemonError(
                self._daemon.address,
                "the lifecycle says of its requests",
                told,
                "the suite's own were answered: run it again, or with another daemon, to tell which"
                " of the two is at fault",
            )

    def _try_out(self) -> None:
        name = self.name(REPOSITORY, f"build-{secrets.token_hex(4)}")
        if time.monotonic() < self._sound_until:
            self._daemon.inspect(name)
            return
        self.put(build_image([build_layer({"etc/build-id": secrets.token_bytes(16)})]), name)
        self.fetch(name)
        self.discard(name)
        self._sound_until = time.monotonic() + _SOUND_FOR

    def refusing(self, name: str, status: int) -> contextlib.AbstractContextManager[None]:
        """Raise ValueError: a daemon cannot be told to refuse anything."""
        raise ValueError(f"a daemon cannot be told to answer {status} for {name}")


def resolve_at(daemon: Daemon, reference: str) -> Resolution:
    """Ask a daemon which image a name or an image ID, whole or short, leads to now."""
    match daemon.identify(reference):
        case Identified(image_id=image_id):
            return Resolution("image", image_id=image_id)
        case Ambiguous(matches=matches):
            return Resolution("ambiguous", why=f"{matches} image IDs begin with it")
        case unknown:
            return Resolution("nothing", why=unknown.why)
