"""Where images live: one way to put them and to fetch them, for a registry and for a daemon."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from pytest_cnb_report.drive.blame import require_sound_registry
from pytest_cnb_report.drive.inventory import Done, Inventory, Watched, told_apart
from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.images.model import Image, Index
from pytest_cnb_report.registry.protocol import (
    Manifest,
    Registry,
    RegistryError,
    RegistryInProcess,
    Request,
    TooLongError,
)
from pytest_cnb_report.registry.try_out import REPOSITORY
from pytest_cnb_report.values import Target


@dataclass(frozen=True)
class Resolution:
    """What a reference leads to at a target at one moment.

    `image`: to the image with these digests (`digest` is None at a daemon, `image_id` None where
    the config cannot be told); `nothing`, `ambiguous` and `elsewhere` have `why`.
    """

    status: Literal["image", "nothing", "ambiguous", "elsewhere"]
    digest: str | None = None
    image_id: str | None = None
    why: str = ""


@dataclass(frozen=True)
class StoredImage:
    """An image as it stands at a target, unparsed.

    At a registry `manifest` is what the name leads to and `blobs` what was asked of it by digest
    (None where the registry does not have it). At a daemon there is no manifest, `config` is the
    daemon's own, and `blobs` holds uncompressed layers in order under their number.
    """

    name: str
    manifest: Manifest | None
    config: bytes | None
    blobs: tuple[tuple[str, bytes | None], ...]


class ImageHost(Protocol):
    """A target that images are put at and read from."""

    @property
    def target(self) -> Target:
        """Which target this is."""

    @property
    def without_tls(self) -> str | None:
        """Return the registry (`HOST:PORT`) that a lifecycle is to reach in plain HTTP, if any."""

    def name(self, repository: str, tag: str = "latest") -> str:
        """Return a tag reference at this target, under the run's own prefix."""

    def put(self, image: Image | Index, *names: str) -> None:
        """Make these names lead to the image."""

    def discard(self, *names: str) -> None:
        """Let go of images that nobody will ask for again, where keeping them costs something."""

    def empty(self) -> None:
        """Forget every image, also those of a lifecycle, where that can be done at no cost.

        For a target that nobody else uses.
        """

    def fetch(self, name: str) -> StoredImage | None:
        """Return what the name leads to; None where it leads nowhere."""

    def resolve(self, reference: str) -> Resolution:
        """Say what a reference (a name, a digest reference, an image ID) leads to."""

    def requests(self, since: int) -> tuple[Request, ...]:
        """Return what the target was asked after that mark, where it can tell."""

    def mark(self) -> int:
        """Return the mark to ask `requests` with later."""

    def watched(self, names: Collection[str], do: Callable[[], Done]) -> Watched[Done]:
        """Do something, and tell what stands here before and after it.

        `names` are tag references that are told about in any case; of everything else, what is
        different. How much else is looked at depends on what the target tells.
        """

    def require_sound(
        self, call: Invocation, placed: Mapping[str, Image | Index], timeout: float
    ) -> None:
        """Raise RegistryError or DaemonError where it may be at fault for how a call ended.

        `placed` is what was put under which name for the call, and `timeout` the seconds that it
        had. Control requests tell, and what the call said.
        """

    @property
    def refuses_on_request(self) -> bool:
        """Whether `refusing` can be used."""

    def refusing(self, name: str, status: int) -> contextlib.AbstractContextManager[None]:
        """Answer every push to a tag reference with an HTTP status for the length of a block.

        The image's blobs are taken all the same. Raises ValueError where the target cannot be told
        to refuse anything.
        """


class RegistryHost:
    """A registry as a target; everything is put under `prefix`.

    `announce` is called with each repository before anybody writes to it. Of an image that is
    fetched, blobs of at most `most` bytes together are; further ones seem to be missing.
    """

    target = Target.REGISTRY

    def __init__(
        self,
        registry: Registry,
        prefix: str,
        announce: Callable[[str], None] = lambda _: None,
        *,
        most: int = sys.maxsize,
    ) -> None:
        self._most = most
        self.registry = registry
        self._announce = announce
        self._prefix = prefix
        self._last = 0
        self._layers: set[tuple[str, str]] = set()

    @property
    def without_tls(self) -> str | None:
        """Return the registry, unless it is spoken to over TLS."""
        return None if self.registry.has_tls else self.registry.address

    def name(self, repository: str, tag: str = "latest") -> str:
        """Return `HOST:PORT/prefix/repository:tag`."""
        self._announce(f"{self._prefix}/{repository}")
        return f"{self.registry.address}/{self._prefix}/{repository}:{tag}"

    def put(self, image: Image | Index, *names: str) -> None:
        """Push the blobs that are missing, then the manifests, under each name."""
        for name in names:
            parsed = self._own(name)
            if parsed is None or parsed.tag is None:
                raise ValueError(f"{name} is not a tag reference at {self.registry.address}")
            try:
                self._put(parsed.repository, parsed.tag, image)
            except RegistryError as problem:
                if problem.transient:  # it was asked again already
                    raise
                # a lifecycle may have deleted what was pushed before
                self._layers = {each for each in self._layers if each[0] != parsed.repository}
                self._put(parsed.repository, parsed.tag, image)

    def _put(self, repository: str, tag: str, image: Image | Index) -> None:
        if isinstance(image, Index):
            for part in image.images:
                self._push_blobs(repository, part)
                self._push(repository, part.digest, part)
        else:
            self._push_blobs(repository, image)
        self._push(repository, tag, image)

    def discard(self, *names: str) -> None:
        """Keep them: a registry is no slower for it, and a reader may want to look."""

    def empty(self) -> None:
        """Forget what a registry in this process has."""
        if isinstance(self.registry, RegistryInProcess):
            self.registry.empty()
            self._layers.clear()

    def _push_blobs(self, repository: str, image: Image) -> None:
        for layer in image.layers:
            if (repository, layer.digest) not in self._layers:
                self.registry.put_blob(repository, layer.blob)
                self._layers.add((repository, layer.digest))
        self.registry.put_blob(repository, image.config)

    def _push(self, repository: str, reference: str, image: Image | Index) -> None:
        self.registry.put_manifest(repository, reference, image.manifest, image.media_type)

    def _own(self, name: str) -> ImageName | None:
        parsed = ImageName.parse(name)
        return parsed if parsed and parsed.registry == self.registry.address else None

    def fetch(self, name: str) -> StoredImage | None:
        """Fetch the manifest and every blob that it names."""
        parsed = self._own(name)
        manifest = parsed and self.registry.get_manifest(
            parsed.repository, parsed.digest or parsed.tag or "latest"
        )
        if parsed is None or not manifest:
            return None
        blobs: dict[str, bytes | None] = {}
        room = self._most
        for digest in _digests_in(manifest.content):
            if digest not in blobs:
                blobs[digest] = self._blob(parsed.repository, digest, room)
                room -= len(blobs[digest] or b"")
        return StoredImage(name, manifest, None, tuple(blobs.items()))

    def _blob(self, repository: str, digest: str, room: int) -> bytes | None:
        try:
            blob = self.registry.get_blob(repository, digest) if room > 0 else None
        except TooLongError:
            return None
        return blob if blob is None or len(blob) <= room else None

    def resolve(self, reference: str) -> Resolution:
        """Ask the registry which manifest a name or digest reference leads to now."""
        parsed = ImageName.parse(reference)
        if parsed is None:
            return Resolution("nothing", why=f"{reference!r} is not an image name")
        if parsed.registry != self.registry.address:
            return Resolution("elsewhere", why=f"it names the registry {parsed.registry}")
        manifest = self.registry.get_manifest(
            parsed.repository, parsed.digest or parsed.tag or "latest"
        )
        if manifest is None:
            return Resolution("nothing", why=f"{parsed} is not in the registry")
        return Resolution("image", manifest.digest, _config_digest(manifest.content))

    def requests(self, since: int) -> tuple[Request, ...]:
        """Return the requests after the mark; none where the registry does not record them."""
        return self.registry.requests(since)

    def mark(self) -> int:
        """Return the number of the last request."""
        new = self.registry.requests(self._last)
        self._last = new[-1].number if new else self._last
        return self._last

    def watched(self, names: Collection[str], do: Callable[[], Done]) -> Watched[Done]:
        """Do something, and tell what stands here before and after it.

        A registry in this process tells of every tag and manifest in it, and of the blobs that are
        missed. In any other, the tags are looked at that the repositories of `names` have, and
        where `names` themselves lead.
        """
        own = {name: parsed for name in names if (parsed := self._own(name)) is not None}
        if isinstance(self.registry, RegistryInProcess):
            was = self._looked_up(own)
            done, changes = self.registry.changes_during(do)
            is_now = self._looked_up(own)
            written = [each for each in changes if not each.blob]
            missing = [each for each in changes if each.blob]
            before = self._inventory({(c.repository, c.reference): c.before for c in written}, was)
            after = self._inventory({(c.repository, c.reference): c.after for c in written}, is_now)
            blobs = (f"{self.registry.address}/{c.repository}@{c.reference}" for c in missing)
            before = replace(before, blobs=tuple(blobs))
        else:
            before = Inventory({**self._listed(own), **self._looked_up(own)})
            done = do()
            after = Inventory({**self._listed(own), **self._looked_up(own)})
        return told_apart(done, before, after, names)

    def _looked_up(self, names: Mapping[str, ImageName]) -> dict[str, str]:
        """Find where names lead, without those that lead nowhere."""
        found = {
            name: self.registry.get_manifest(parsed.repository, parsed.tag or "latest")
            for name, parsed in names.items()
        }
        return {name: manifest.digest for name, manifest in found.items() if manifest is not None}

    def _listed(self, names: Mapping[str, ImageName]) -> dict[str, str | None]:
        """List every tag in the repositories of these names."""
        repositories = dict.fromkeys(parsed.repository for parsed in names.values())
        return {
            f"{self.registry.address}/{repository}:{tag}": None
            for repository in repositories
            for tag in self.registry.tags(repository)
        }

    def _inventory(
        self, changed: Mapping[tuple[str, str], str | None], names: Mapping[str, str]
    ) -> Inventory:
        """Put together what names lead to and what changed references do."""
        there = {key: digest for key, digest in changed.items() if digest is not None}
        address = self.registry.address
        tags = {
            f"{address}/{r}:{tag}": digest for (r, tag), digest in there.items() if ":" not in tag
        }
        manifests = (f"{address}/{r}@{digest}" for r, digest in there if ":" in digest)
        return Inventory({**names, **tags}, tuple(manifests))

    def require_sound(
        self, call: Invocation, placed: Mapping[str, Image | Index], timeout: float
    ) -> None:
        """Try out the registry, unless it is in this process."""
        if isinstance(self.registry, RegistryInProcess):
            return
        require_sound_registry(
            self.registry,
            call,
            timeout,
            repository=f"{self._prefix}/{REPOSITORY}",
            pull=lambda: self._pull(placed),
        )

    def _pull(self, placed: Mapping[str, Image | Index]) -> None:
        """Pull each image that was put, from the repository that it was put into last."""
        last = {
            part.digest: parsed.repository
            for name, image in placed.items()
            if (parsed := self._own(name)) is not None
            for part in (image.images if isinstance(image, Index) else (image,))
        }
        for digest, repository in last.items():
            self.fetch(f"{self.registry.address}/{repository}@{digest}")

    @property
    def refuses_on_request(self) -> bool:
        """Whether it is in this process."""
        return isinstance(self.registry, RegistryInProcess)

    def refusing(self, name: str, status: int) -> contextlib.AbstractContextManager[None]:
        """Answer every push to a tag reference with an HTTP status for the length of a block."""
        parsed = self._own(name)
        if parsed is None or parsed.tag is None or not isinstance(self.registry, RegistryInProcess):
            raise ValueError(f"{self.registry.address} cannot be told to refuse {name}")
        return self.registry.refusing(parsed.repository, parsed.tag, status)


@functools.lru_cache(maxsize=16)
def _digests_in(manifest: bytes) -> tuple[str, ...]:
    """Name every blob of a manifest, for as far as it can be read; judging it is not done here."""
    try:
        document = json.loads(manifest)
        descriptors = [document["config"], *document["layers"]]
        return tuple(str(descriptor["digest"]) for descriptor in descriptors)
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()


def _config_digest(manifest: bytes) -> str | None:
    digests = _digests_in(manifest)
    return digests[0] if digests else None
