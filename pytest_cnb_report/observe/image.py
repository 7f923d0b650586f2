"""Images as a lifecycle left them: read once, with every flaw as a plain value."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import zstandard

from pytest_cnb_report.drive.hosts import StoredImage
from pytest_cnb_report.images.model import Image, Layer, encode, sha256
from pytest_cnb_report.observe.json_text import read_object
from pytest_cnb_report.observe.zstd_frames import begins_frame, is_whole
from pytest_cnb_report.registry.digests import digest_of, is_algorithm, is_digest, matches

LIFECYCLE_METADATA = "io.buildpacks.lifecycle.metadata"
INFLATED_BOUND = 4 * 1024**3
"""Bytes of all layers of an image together, decompressed, that are read for their digests."""

_CONFIG_BOUND = 2 * 1024 * 1024
"""Bytes of a config that are read; what was read takes some ten times as much memory."""

_TAR_BOUND = 16 * 1024 * 1024
"""Bytes of the largest tar that is taken over into another image, all of it in memory.

The layers of the suite's own images, and those that real lifecycles put on them, have some ten
thousand.
"""

_CHUNK = 1024 * 1024
_GZIP = b"\x1f\x8b"
"""How gzip begins (RFC 1952)."""

_DAMAGED = (OSError, EOFError, zlib.error, zstandard.ZstdError)
_REMEMBERED = 16 * 1024
"""Bytes of the largest layer that is remembered with its digests."""

_REMEMBERED_BOUND = 16 * 1024 * 1024
"""Bytes of its tar; a larger one is read each time."""


Form = Literal["tar", "gzip", "zstd"]
"""How the blob of a layer is stored."""


@dataclass(frozen=True)
class LayerFacts:
    """A layer as it is stored.

    `digest` is what the manifest says (None at a daemon); `diff_id` is computed from the content,
    and None where that is missing or cannot be decompressed. `size` is in bytes of the blob, and
    `form` says how it is stored; both are None where there is no blob, and in a record of a version
    that did not look.
    """

    digest: str | None
    media_type: str | None
    diff_id: str | None
    size: int | None = None
    form: Form | None = None


@dataclass(frozen=True)
class AppImage:
    """An image as it stands at a target, all of it read.

    `digest`, `manifest` and `media_type` are None at a daemon, which has no manifests.
    """

    digest: str | None
    media_type: str | None
    manifest: bytes | None
    image_id: str
    config: bytes
    layers: tuple[LayerFacts, ...]

    @property
    def document(self) -> Mapping[str, Any]:
        """The config as a JSON object; raises ValueError where it is none.

        An image that was read from a target has one.
        """
        return _parsed(self.config).document

    @property
    def settings(self) -> Mapping[str, Any]:
        """The `config` object of the config: Env, Labels and what else a container starts with."""
        return _parsed(self.config).settings

    @property
    def env(self) -> tuple[str, ...]:
        """The environment, as `NAME=value`; empty where it is no list."""
        entries = self.settings.get("Env")
        return tuple(map(str, entries)) if isinstance(entries, list) else ()

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels; one that is no string comes as its JSON."""
        return _parsed(self.config).labels

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Diff IDs that the config states, bottom first."""
        return _parsed(self.config).diff_ids

    @property
    def metadata(self) -> Mapping[str, Any] | str:
        """The lifecycle metadata label as a JSON object or, where there is none, why."""
        return _parsed(self.config).metadata


class _Parsed:
    """What the bytes of a config mean."""

    def __init__(self, config: bytes) -> None:
        self.document = read_object(config)

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        settings = self.document.get("config")
        return settings if isinstance(settings, dict) else {}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        labels = self.settings.get("Labels")
        if not isinstance(labels, dict):
            return {}
        return {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in labels.items()
        }

    @cached_property
    def diff_ids(self) -> tuple[str, ...]:
        rootfs = self.document.get("rootfs")
        diff_ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
        return tuple(str(diff_id) for diff_id in diff_ids) if isinstance(diff_ids, list) else ()

    @cached_property
    def metadata(self) -> Mapping[str, Any] | str:
        label = self.labels.get(LIFECYCLE_METADATA)
        if label is None:
            return f"the app image has no {LIFECYCLE_METADATA} label"
        try:
            return read_object(label)
        except ValueError as problem:
            return f"the {LIFECYCLE_METADATA} label is {problem}"


@functools.lru_cache(maxsize=8)
def _parsed(config: bytes) -> _Parsed:
    """Parse a config once while it is judged; what is parsed takes far more memory than the bytes.

    A scenario has some four. Raises ValueError where it is no JSON object.
    """
    return _Parsed(config)


@dataclass(frozen=True)
class NoImage:
    """Nothing is under the name, or something that is not an image; `why` says which.

    Where something is `there`, `what` names its kind, the same for every one of that kind.
    """

    why: str
    there: bool = False
    what: str = ""


ImageState = AppImage | NoImage


def read_image(stored: StoredImage | None, *, inflated: int = INFLATED_BOUND) -> ImageState:
    """Make sense of what a target holds under a name.

    The layers are decompressed up to so many bytes together; one that goes beyond counts as one
    that cannot be decompressed.
    """
    if stored is None:
        return NoImage("there is no image of that name")
    try:
        if stored.manifest is None:
            return _read_daemon_image(stored)
        return _read_registry_image(stored, stored.manifest.content, inflated)
    except _FlawError as flaw:
        why = f"that name refers to something that is not an image: {flaw}"
        return NoImage(why, there=True, what=flaw.what)


class _FlawError(Exception):
    """What is wrong with an image; `what` names the kind of thing that it is instead."""

    def __init__(self, flaw: str, what: str = "something that is not an image") -> None:
        super().__init__(flaw)
        self.what = what


def _read_registry_image(stored: StoredImage, content: bytes, inflated: int) -> AppImage:
    manifest = _object(lambda: read_object(content), "its manifest")
    if "manifests" in manifest:
        raise _FlawError("it is an index", "an index")
    descriptors = [_descriptor(manifest.get("config"), "config")]
    layers = manifest.get("layers")
    if not isinstance(layers, list):
        raise _FlawError("its manifest has no list of layers")
    descriptors += [_descriptor(layer, f"layer {n}") for n, layer in enumerate(layers)]
    blobs = dict(stored.blobs)
    config = _config(descriptors[0][0], blobs)
    diff_ids: dict[str, str | None] = {}
    for digest in dict.fromkeys(digest for digest, _ in descriptors[1:]):
        diff_ids[digest], size = _diff_id(digest, blobs.get(digest), inflated)
        inflated -= size
    return _readable(
        AppImage(
            digest=stored.manifest.digest if stored.manifest else None,
            media_type=stored.manifest.media_type if stored.manifest else None,
            manifest=content,
            image_id=descriptors[0][0],
            config=config,
            layers=tuple(
                LayerFacts(digest, media_type, diff_ids[digest], *_size_and_form(blobs.get(digest)))
                for digest, media_type in descriptors[1:]
            ),
        )
    )


def _config(digest: str, blobs: Mapping[str, bytes | None]) -> bytes:
    """Return the config under a digest, of whichever algorithm; it is believed once checked."""
    algorithm = digest.partition(":")[0]
    content = blobs.get(digest)
    if ":" in digest and not is_algorithm(algorithm):
        what = f"an image whose config has a {algorithm} digest"
        raise _FlawError(f"its config {digest} has a digest that the suite cannot check", what)
    if content is None:
        what = "an image without its config"
        raise _FlawError(f"its config {digest} is not in the registry", what)
    _bound(content)
    if digest_of(content, algorithm) != digest:
        what = "an image whose config does not match its digest"
        raise _FlawError(
            f"its config has the digest {digest_of(content, algorithm)}, not {digest}", what
        )
    return content


def _bound(config: bytes) -> None:
    if len(config) > _CONFIG_BOUND:
        what = "an image whose config is too long to read"
        flaw = f"its config has {len(config)} bytes; the suite reads up to {_CONFIG_BOUND}"
        raise _FlawError(flaw, what)


def _read_daemon_image(stored: StoredImage) -> AppImage:
    if stored.config is None:
        raise _FlawError("the daemon has no config for it")
    _bound(stored.config)
    return _readable(
        AppImage(
            digest=None,
            media_type=None,
            manifest=None,
            image_id=sha256(stored.config),
            config=stored.config,
            layers=tuple(
                LayerFacts(None, None, None if content is None else sha256(content))
                for _, content in stored.blobs
            ),
        )
    )


def _readable(image: AppImage) -> AppImage:
    """Refuse an image whose config is no JSON object; what was read of it stays with the image."""
    _object(lambda: image.document, "its config")
    return image


def _object(read: Callable[[], Mapping[str, Any]], what: str) -> Mapping[str, Any]:
    try:
        return read()
    except ValueError as problem:
        raise _FlawError(f"{what} is {problem}") from problem


def _descriptor(value: object, what: str) -> tuple[str, str | None]:
    if not isinstance(value, dict) or not isinstance(value.get("digest"), str):
        raise _FlawError(f"its manifest has no digest for its {what}")
    media_type = value.get("mediaType")
    return value["digest"], media_type if isinstance(media_type, str) else None


def _diff_id(digest: str, blob: bytes | None, most: int) -> tuple[str | None, int]:
    """Return the diff ID of a layer, where it has one, and how many bytes were read for it."""
    if blob is None or most < 0:
        return None, 0
    if len(blob) <= _REMEMBERED:
        stored, diff_id, size = _remembered_digests(blob, _REMEMBERED_BOUND)
    if len(blob) > _REMEMBERED or size > _REMEMBERED_BOUND:
        stored, diff_id, size = _digests(blob, most)
    by_another = not digest.startswith("sha256:") and is_digest(digest)
    believed = matches(digest, blob) if by_another else stored == digest
    return (diff_id if believed and size <= most else None), size


def _size_and_form(blob: bytes | None) -> tuple[int | None, Form | None]:
    if blob is None:
        return None, None
    if blob[:2] == _GZIP:
        return len(blob), "gzip"
    return len(blob), "zstd" if begins_frame(blob) else "tar"


def _digests(blob: bytes, most: int) -> tuple[str, str | None, int]:
    """Return the digest of a layer as it is stored, that of its tar, and the size of its tar."""
    digest, size = hashlib.sha256(), 0
    try:
        with _tar_of(blob) as tar:
            while size <= most and (chunk := tar.read(_CHUNK)):
                size += len(chunk)
                digest.update(chunk)
    except _DAMAGED:
        return sha256(blob), None, size
    return sha256(blob), f"sha256:{digest.hexdigest()}" if size <= most else None, size


_remembered_digests = functools.lru_cache(maxsize=2048)(_digests)
"""The same for small layers, which come back in one image after another, in some by the hundred."""


def decompress(blob: bytes) -> bytes | None:
    """Return a layer's tar, however the blob is compressed; None where it is damaged or huge."""
    try:
        with _tar_of(blob) as stream:
            tar = stream.read(_TAR_BOUND + 1)
    except _DAMAGED:
        return None
    return tar if len(tar) <= _TAR_BOUND else None


def _tar_of(
    blob: bytes,
) -> gzip.GzipFile | zstandard.ZstdDecompressionReader | io.BytesIO:
    """Open a layer's tar for reading; what is neither gzip nor zstd is the tar itself."""
    if blob[:2] == _GZIP:
        return gzip.open(io.BytesIO(blob))
    if begins_frame(blob):
        if not is_whole(blob):
            raise EOFError("a zstd frame is cut short, or something else follows it")
        # zstd:chunked layers consist of many frames
        decompressor = zstandard.ZstdDecompressor()
        return decompressor.stream_reader(io.BytesIO(blob), read_across_frames=True)
    return io.BytesIO(blob)


def as_image(stored: StoredImage, state: AppImage) -> Image:
    """Return an image that was read as one that can be put again, at any target."""
    blobs = dict(stored.blobs)
    layers = []
    for number, facts in enumerate(state.layers):
        blob = stored.blobs[number][1] if facts.digest is None else blobs.get(facts.digest)
        tar = None if blob is None else decompress(blob)
        if blob is None or tar is None:
            raise ValueError(f"layer {number} is missing, or its content does not match its digest")
        layers.append(Layer(tar, blob, facts.media_type or ""))
    image = Image(state.manifest or b"", state.media_type or "", state.config, tuple(layers))
    return image if state.manifest is None else _by_sha256(image)


def _by_sha256(image: Image) -> Image:
    """Name config and layers by the digests that they are put under; most images do already."""
    manifest = json.loads(image.manifest)
    descriptors = [manifest["config"], *manifest["layers"]]
    digests = [image.image_id, *(layer.digest for layer in image.layers)]
    if [descriptor["digest"] for descriptor in descriptors] == digests:
        return image
    for descriptor, digest in zip(descriptors, digests, strict=True):
        descriptor["digest"] = digest
    return replace(image, manifest=encode(manifest))
