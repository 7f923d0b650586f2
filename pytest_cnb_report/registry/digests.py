"""Digests as registries write them: `<algorithm>:<hex>` (OCI image specification, descriptor)."""

from __future__ import annotations

import hashlib
import re

_HEX_LENGTH = {"sha256": 64, "sha512": 128}


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of `content`; `algorithm` is one that `is_algorithm` knows."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def is_algorithm(name: str) -> bool:
    """Tell whether `name` is an algorithm that content is verified with here."""
    return name in _HEX_LENGTH


def is_digest(text: str) -> bool:
    """Tell whether `text` is a whole digest of such an algorithm."""
    algorithm, _, encoded = text.partition(":")
    return len(encoded) == _HEX_LENGTH.get(algorithm) and bool(re.fullmatch("[0-9a-f]+", encoded))


def matches(digest: str, content: bytes) -> bool:
    """Tell whether `digest`, a whole one, is that of `content`."""
    return digest_of(content, digest.partition(":")[0]) == digest
