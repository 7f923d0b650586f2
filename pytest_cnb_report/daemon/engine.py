"""A Docker daemon as the suite uses it: images of its own under a prefix of its own."""

from __future__ import annotations

import contextlib
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.daemon.archive import ArchivedLayer, pack
from pytest_cnb_report.daemon.connection import connected
from pytest_cnb_report.daemon.errors import DaemonError
from pytest_cnb_report.daemon.image_reference import (
    Ambiguous,
    Identification,
    Identified,
    Unknown,
    id_digits,
    is_name,
    names_digest,
    with_tag,
)
from pytest_cnb_report.image_name_prefix import is_prefix, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_cnb_report.daemon.client import Engine, ImageFacts

HELD = "held"
"""The repository below a prefix whose tags keep images findable."""


@dataclass(frozen=True)
class DaemonSummary:
    """What a daemon tells of an image without giving it out: cheap, but not byte for byte."""

    image_id: str
    """`sha256:` and 64 lower-case hex digits."""
    labels: dict[str, str]
    diff_ids: tuple[str, ...]
    """As the config says, from the bottom up."""
    names: tuple[str, ...]
    """The names under the run's prefix that it bears, tags included, sorted; no others."""


@dataclass(frozen=True)
class DaemonImage:
    """An image as a daemon holds it."""

    image_id: str
    """`sha256:` and 64 lower-case hex digits."""
    config: bytes
    """Exactly as the daemon gives it out."""
    diff_ids: tuple[str, ...]
    """As the config says, from the bottom up."""
    layers: tuple[ArchivedLayer, ...]
    """As the daemon gives them out, from the bottom up."""
    names: tuple[str, ...]
    """As in `DaemonSummary`."""


class Daemon:
    """A Docker daemon, and the prefix under which the suite may write to it.

    Made by `connect` or `open_daemon`. Any image can be read that is asked for by name or ID;
    writing outside the prefix is refused (ValueError), and nothing outside it is ever listed. Every
    method raises DaemonError where the daemon fails and DaemonTimeout where it does not answer. To
    be used from one thread at a time.

    An image that is loaded, or looked at while it bears a name of ours, gets a second name below
    `<prefix>/held`, by which it is found and removed after a lifecycle has moved its first one.
    """

    def __init__(self, engine: Engine, prefix: str) -> None:
        if not is_prefix(prefix):
            raise ValueError(f"{prefix!r} is not the prefix of a run")
        self._engine = engine
        self._bearers: defaultdict[str, set[str]] = defaultdict(set)
        self.prefix = prefix

    @property
    def address(self) -> str:
        """Where it listens, as `DOCKER_HOST` has it."""
        return self._engine.address

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a lifecycle reaches it: `DOCKER_HOST`, and those of TLS."""
        return dict(self._engine.environment)

    @property
    def version(self) -> str:
        """Version of the daemon, as `20.10.24`."""
        return self._engine.version

    @property
    def api_version(self) -> str:
        """Version of its Engine API, as `1.41`."""
        return self._engine.api_version

    def name(self, repository: str, tag: str = "latest") -> str:
        """Return `<prefix>/<repository>:<tag>`."""
        return f"{self.prefix}/{repository}:{tag}"

    def load(self, config: bytes, layers: Sequence[bytes], names: Sequence[str]) -> str:
        """Load an image and return its ID.

        `layers` are uncompressed tars from the bottom up; `names` lie under the prefix, and images
        that bore them lose them. A daemon refuses with DaemonError a config that does not fit the
        layers or is for another operating system.
        """
        held = self.name(HELD, hashlib.sha256(config).hexdigest())
        own = [self._own(name) for name in names]
        self._engine.load(pack(config, layers, [held, *own]), " ".join(own) or "an image")
        facts = self._engine.inspect(held)
        if facts is None:
            raise DaemonError(
                self.address, f"load {own}", "it accepted the image, but does not have it"
            )
        self._hold(facts)
        return facts.image_id

    def inspect(self, reference: str) -> DaemonSummary | None:
        """Return what is cheaply told of an image; None where the reference names none."""
        facts = self._engine.inspect(reference) if _is_reference(reference) else None
        if facts is None:
            return None
        self._hold(facts)
        return DaemonSummary(facts.image_id, facts.labels, facts.diff_ids, self._ours(facts.names))

    def labels(self, reference: str) -> dict[str, str] | None:
        """Return the labels of an image; None where the reference names none."""
        summary = self.inspect(reference)
        return None if summary is None else summary.labels

    def read(self, reference: str, *, contents: bool = False) -> DaemonImage | None:
        """Return an image with the bytes of its config and the true digests of its layers.

        None where the reference names no image. The layers' bytes come along where `contents` is
        set; the whole image is transferred in either case, so that `inspect` is better where it
        suffices.
        """
        summary = self.inspect(reference)
        if summary is None:
            return None
        archived = self._engine.save(summary.image_id, contents=contents)
        if archived is None:
            return None
        return DaemonImage(
            summary.image_id, archived.config, summary.diff_ids, archived.layers, summary.names
        )

    def identify(self, reference: str) -> Identification:
        """Say which image a reference names, as the daemon itself resolves it.

        A reference is a name, or a whole or abbreviated image ID with or without `sha256:`. A name
        takes precedence over an abbreviated ID that is spelled the same, as everywhere in Docker.
        """
        if not _is_reference(reference):
            return Unknown(f"{reference!r} is neither an image ID nor an image name")
        facts = self._engine.inspect(reference)
        digits = id_digits(reference)
        if digits is not None:
            matches = self._matches(digits, facts)
            if facts is None or facts.image_id in matches:
                return _identified_by_id(digits, matches)
        elif facts is None:
            return Unknown(f"the daemon has no image of the name {reference}")
        return Identified(facts.image_id, "digest" if names_digest(reference) else "name")

    def _matches(self, digits: str, found: ImageFacts | None) -> set[str]:
        """Return the images whose IDs begin so; `found` is what the daemon itself takes it for.

        Nothing but that can have a whole ID, and a list of all images takes long.
        """
        whole = len(digits) == 64
        images = filter(None, [found]) if whole else self._engine.images(intermediate=True)
        return {i.image_id for i in images if i.image_id.startswith(f"sha256:{digits}")}

    def tag(self, reference: str, name: str) -> None:
        """Give an image of ours another name; whichever image bore it loses it.

        Raises ValueError where the image bears no name under the prefix.
        """
        facts = self._engine.inspect(reference) if _is_reference(reference) else None
        if facts is None:
            raise DaemonError(self.address, f"tag {reference}", "there is no such image")
        if not any(self._is_own(owned) for owned in facts.names):
            raise ValueError(f"{reference} bears no name under {self.prefix}")
        bearer = self._engine.inspect(self._own(name))
        if bearer is not None:
            self._hold(bearer)
        self._engine.tag(facts.image_id, self._own(name))
        self._bearers[self._own(name)].add(facts.image_id)

    def remove(self, *names: str) -> None:
        """Take these names away, and every image that is left with no other name of ours.

        That goes for images too that were seen under one of these names before it was moved. Names
        that lead nowhere are passed over.
        """
        for name in map(self._own, names):
            facts = self._engine.inspect(name)
            if facts is not None:
                self._bearers[name].add(facts.image_id)
                self._engine.remove(name)
            for image_id in self._bearers.pop(name, ()):
                self._let_go(image_id)

    def names(self) -> tuple[str, ...]:
        """List the names under the prefix, sorted."""
        return tuple(sorted(self.named()))

    def named(self) -> dict[str, str]:
        """Return the image ID of every name under the prefix."""
        images = self._engine.images()
        return {name: image.image_id for image in images for name in self._ours(image.names)}

    def _hold(self, facts: ImageFacts) -> None:
        ours = self._ours(facts.names)
        for name in ours:
            self._bearers[name].add(facts.image_id)
        if ours and not any(self._is_held(name) for name in facts.names):
            digits = facts.image_id.removeprefix("sha256:")
            self._engine.tag(facts.image_id, self.name(HELD, digits))

    def _let_go(self, image_id: str) -> None:
        facts = self._engine.inspect(image_id)
        if facts is not None and not self._ours(facts.names):
            for name in filter(self._is_held, facts.names):
                self._engine.remove(name)

    def _own(self, name: str) -> str:
        """Return a name with its tag; raise ValueError where it is not below the prefix."""
        tagged = with_tag(name)
        if not (is_name(tagged) and self._is_own(tagged)) or names_digest(name):
            raise ValueError(f"{name!r} is not a tagged name below {self.prefix}")
        return tagged

    def _is_own(self, name: str) -> bool:
        return prefix_of(name) == self.prefix

    def _is_held(self, name: str) -> bool:
        return name.startswith(f"{self.prefix}/{HELD}:")

    def _ours(self, names: Iterable[str]) -> tuple[str, ...]:
        ours = {name for name in names if self._is_own(name) and not self._is_held(name)}
        return tuple(sorted(ours))


@contextlib.contextmanager
def connect(
    address: str, prefix: str, *, timeout: float = 60, environment: Mapping[str, str] | None = None
) -> Iterator[Daemon]:
    """Connect to a daemon that somebody else opened and will clean up, under their prefix.

    The arguments are those of `connected`. Raises DaemonUnavailable.
    """
    with connected(address, timeout=timeout, environment=environment) as engine:
        yield Daemon(engine, prefix)


def _identified_by_id(digits: str, matches: set[str]) -> Identification:
    match sorted(matches):
        case []:
            return Unknown(f"the daemon has no image whose ID begins with {digits}")
        case [image_id]:
            return Identified(image_id, "id" if len(digits) == 64 else "short-id")
        case several:
            return Ambiguous(len(several))


def _is_reference(text: str) -> bool:
    return id_digits(text) is not None or is_name(text)
