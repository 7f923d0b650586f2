"""`lifecycle.toml`, in which a release says its version and which APIs it supports (RFC 0011)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from pytest_cnb_report.platform_apis import PlatformApi

_LONGEST = 64 * 1024
"""Bytes that are read; a descriptor has some hundred."""


class DescriptorError(ValueError):
    """A descriptor cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True)
class Descriptor:
    """What a release says of itself; `platform_apis` has the deprecated ones too."""

    version: str | None
    platform_apis: tuple[PlatformApi, ...]


def read_descriptor(path: Path) -> Descriptor:
    """Read a `lifecycle.toml`; raises DescriptorError, and OSError where it cannot be opened."""
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise DescriptorError(f"it is larger than {_LONGEST // 1024} KB")
    try:
        document = tomli.loads(content.decode())
    except (ValueError, RecursionError) as problem:
        raise DescriptorError(f"not TOML: {problem}") from problem
    listed = _table(_table(document, "apis"), "platform")
    texts = [*_texts(listed, "supported"), *_texts(listed, "deprecated")]
    if not texts:
        raise DescriptorError(
            "apis.platform.supported is missing, so its platform APIs are not known"
        )
    try:
        apis = {PlatformApi.parse(text) for text in texts}
    except ValueError as problem:
        raise DescriptorError(f"apis.platform has an invalid API version: {problem}") from problem
    version = _table(document, "lifecycle").get("version")
    return Descriptor(version if isinstance(version, str) else None, tuple(sorted(apis)))


def _table(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = holder.get(key, {})
    if not isinstance(found, dict):
        raise DescriptorError(f"{key} is not a table")
    return found


def _texts(holder: Mapping[str, Any], key: str) -> list[str]:
    found = holder.get(key, [])
    if not (isinstance(found, list) and all(isinstance(each, str) for each in found)):
        raise DescriptorError(f"apis.platform.{key} is not a list of strings")
    return found
