"""What a reference names at a daemon: an image by its ID, whole or abbreviated, or by a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_NAME = re.compile(
    rf"(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?P<digest>@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
)
_ID = re.compile(r"(?:sha256:)?(?P<digits>[0-9a-f]{1,64})")


@dataclass(frozen=True)
class Identified:
    """A reference names exactly one image at the daemon."""

    image_id: str
    """`sha256:` and 64 lower-case hex digits."""
    by: Literal["id", "short-id", "name", "digest"]


@dataclass(frozen=True)
class Ambiguous:
    """An abbreviated image ID fits more than one image, so that it identifies none."""

    matches: int


@dataclass(frozen=True)
class Unknown:
    """A reference names no image at the daemon."""

    why: str


Identification: TypeAlias = Identified | Ambiguous | Unknown


def is_name(reference: str) -> bool:
    """Tell whether this is an image name with or without tag and digest, as Docker writes them."""
    return _NAME.fullmatch(reference) is not None


def names_digest(reference: str) -> bool:
    """Tell whether this is an image name that ends in a digest."""
    match = _NAME.fullmatch(reference)
    return match is not None and match["digest"] is not None


def id_digits(reference: str) -> str | None:
    """Return the hex digits of what may be an image ID; None for anything else."""
    match = _ID.fullmatch(reference)
    return None if match is None else match["digits"]


def with_tag(name: str) -> str:
    """Return an image name with its tag, which is `latest` where none is given."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
