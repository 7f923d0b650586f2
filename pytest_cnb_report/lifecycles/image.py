"""`image:REF`: the lifecycle in an image at any registry, in its `/cnb/lifecycle`; no Docker."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.drive.process import Command
from pytest_cnb_report.drive.shapes import HOST_ARCHITECTURE
from pytest_cnb_report.images.model import DOCKER_INDEX, OCI_INDEX
from pytest_cnb_report.lifecycles.executables import phase_commands
from pytest_cnb_report.lifecycles.lifecycle import (
    Lifecycle,
    LifecycleError,
    LifecycleKind,
    OpenOptions,
)
from pytest_cnb_report.lifecycles.tar_entries import Budget, Limits, UnpackError
from pytest_cnb_report.lifecycles.unpacked import Unpacked
from pytest_cnb_report.registry.by_name import RegistriesByName
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.registry.digests import is_digest
from pytest_cnb_report.registry.protocol import Manifest, RegistryError
from pytest_cnb_report.scratch import ScratchError, scratch_folder
from pytest_cnb_report.values import Phase

FOLDER = "/cnb/lifecycle"
"""Where images keep their lifecycle (platform specification, Usage)."""

_PREFIX = "image:"
_MEGABYTE = 1024 * 1024
_LIMITS = Limits(entries=1_000_000, file=512 * _MEGABYTE, total=16 * 1024 * _MEGABYTE)
"""For all layers; those of a large builder have some 100,000 entries and four gigabytes."""
_MOST_LAYERS = 1000
_USUAL_VARIANTS = {"arm64": "v8", "arm": "v7", "amd64": "v1"}


@dataclass(frozen=True)
class _PlatformImage:
    """The image for this machine: its manifest, and where it is."""

    client: RegistryClient
    name: ImageName
    manifest: Manifest


def _takes(given: str) -> bool:
    return given.startswith(_PREFIX)


def _resolve(given: str, *, phases: Sequence[Phase], profile: str) -> Lifecycle:
    del profile
    parse_name(given, _PREFIX)
    # what they are called in the image
    commands = {phase: Command(path, path) for phase, path in phase_paths(phases).items()}
    return Lifecycle(given=given, kind=IMAGE, commands=commands)


def phase_paths(phases: Sequence[Phase]) -> dict[Phase, str]:
    """Return the path of each phase in an image."""
    return {phase: f"{FOLDER}/{phase.value}" for phase in phases}


def parse_name(given: str, prefix: str) -> ImageName:
    """Return the image that a value of `--lifecycle` names; raises LifecycleError for none."""
    name = ImageName.parse(given.removeprefix(prefix))
    if name is None:
        raise LifecycleError(
            f"--lifecycle {given}: not an image name; give {prefix}REGISTRY/REPOSITORY:TAG or"
            f" {prefix}REGISTRY/REPOSITORY@sha256:…"
        )
    return name


@contextlib.contextmanager
def _open(lifecycle: Lifecycle, options: OpenOptions) -> Iterator[Lifecycle]:
    """Lay the image's layers over each other in a scratch folder, as far as it is the lifecycle."""
    given = lifecycle.given
    name = parse_name(given, _PREFIX)
    with scratch_folder("lifecycle") as scratch:
        scratch.chmod(0o711)  # a creator that drops its rights has to pass through
        registries = RegistriesByName(timeout=options.timeout)
        try:
            with contextlib.closing(registries):
                image = _for_this_machine(given, registries.client(name.registry), name)
                folder = _unpacked(given, image, scratch)
        except UnpackError as problem:
            raise LifecycleError(f"--lifecycle {given}: {problem}") from problem
        except RegistryError as problem:
            raise LifecycleError(f"--lifecycle {given}: {problem}") from problem
        except OSError as problem:
            raise ScratchError(f"cannot unpack {given}: {problem.strerror}") from problem
        commands = phase_commands(given, folder, tuple(lifecycle.commands))
        if not commands:
            raise _without_lifecycle(given)
        digest = image.manifest.digest.removeprefix("sha256:")
        yield replace(lifecycle, commands=commands, sha256=digest)


def _for_this_machine(given: str, client: RegistryClient, name: ImageName) -> _PlatformImage:
    """Return the image that a name leads to; of an index, the one for this machine."""
    found = client.get_manifest(name.repository, name.digest or name.tag or "latest")
    if found is None:
        raise LifecycleError(
            f"--lifecycle {given}: {name} is not in the registry; push it, or name another image"
        )
    document = _document(found)
    if found.media_type not in {OCI_INDEX, DOCKER_INDEX} and "manifests" not in document:
        return _PlatformImage(client, name, found)
    listed = [each for each in _list_in(document, "manifests") if isinstance(each, dict)]
    fitting = [each for each in listed if _is_for_here(_platform(each))]
    fitting.sort(key=lambda each: _is_unusual(_platform(each)))
    for each in fitting:
        digest = str(each.get("digest"))
        own = client.get_manifest(name.repository, digest) if _is_digest(digest) else None
        if own is not None:
            return _PlatformImage(client, name, own)
    platforms = dict.fromkeys(_spelt(_platform(each)) for each in listed)
    raise LifecycleError(
        f"--lifecycle {given}: there is no image for linux/{HOST_ARCHITECTURE} in that index; it"
        f" has {', '.join(platforms) or 'none at all'}"
    )


def _unpacked(given: str, image: _PlatformImage, scratch: Path) -> Path:
    document = _document(image.manifest)
    config = document.get("config")
    layers = _list_in(document, "layers")
    digests = [each.get("digest") for each in layers if isinstance(each, dict)]
    if not isinstance(config, dict) or not digests or not all(map(_is_digest, digests)):
        raise LifecycleError(f"--lifecycle {given}: not an image: its manifest names no layers")
    if len(digests) > _MOST_LAYERS:
        raise LifecycleError(f"--lifecycle {given}: {len(digests)} layers, which are not unpacked")
    _require_linux(given, image, config.get("digest"))
    spool, folder = scratch / "contents", scratch / "unpacked"
    spool.mkdir()
    found = Unpacked(FOLDER.lstrip("/"), spool, Budget(_LIMITS), layered=True)
    for digest in digests:
        found.add(io.BytesIO(_blob(given, image, digest)))
    if found.top_link is not None:
        raise UnpackError(
            f"{FOLDER} is a link to {found.top_link}, which the suite does not follow"
        )
    if not found.is_there:
        raise _without_lifecycle(given)
    found.place(folder)
    return folder


def _without_lifecycle(given: str) -> LifecycleError:
    return LifecycleError(
        f"--lifecycle {given}: no phase executable in {FOLDER} of that image; name an image that"
        " has one, such as a builder"
    )


def _require_linux(given: str, image: _PlatformImage, digest: object) -> None:
    try:
        config = json.loads(_blob(given, image, digest))
        system = config.get("os", "linux")
    except (ValueError, AttributeError, RecursionError) as problem:
        raise LifecycleError(
            f"--lifecycle {given}: its config is not that of an image"
        ) from problem
    if system != "linux":
        raise LifecycleError(
            f"--lifecycle {given}: the image is for {system}; name one for"
            f" linux/{HOST_ARCHITECTURE}"
        )


def _blob(given: str, image: _PlatformImage, digest: object) -> bytes:
    found = image.client.get_blob(image.name.repository, str(digest))
    if found is None:
        raise LifecycleError(f"--lifecycle {given}: {digest} is missing in the registry")
    return found


def _document(manifest: Manifest) -> Mapping[str, Any]:
    try:
        found = json.loads(manifest.content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _list_in(document: Mapping[str, Any], key: str) -> list[Any]:
    found = document.get(key)
    return found if isinstance(found, list) else []


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and is_digest(value)


def _platform(child: Mapping[str, Any]) -> Mapping[str, Any]:
    found = child.get("platform")
    return found if isinstance(found, dict) else {}


def _is_for_here(platform: Mapping[str, Any]) -> bool:
    return (platform.get("os"), platform.get("architecture")) == ("linux", HOST_ARCHITECTURE)


def _is_unusual(platform: Mapping[str, Any]) -> bool:
    """Whether an image asks for more than every machine of the architecture has."""
    return platform.get("variant") not in {None, "", _USUAL_VARIANTS.get(HOST_ARCHITECTURE)}


def _spelt(platform: Mapping[str, Any]) -> str:
    parts = (platform.get(key) for key in ("os", "architecture", "variant"))
    return "/".join(str(part) for part in parts if part)


IMAGE = LifecycleKind(
    name="image",
    spelled="image:REF",
    takes=_takes,
    resolve=_resolve,
    open=_open,
)
