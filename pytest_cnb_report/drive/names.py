"""Image names as Docker reads them, so that two spellings of one name compare equal."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_REGISTRY = "index.docker.io"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


@dataclass(frozen=True)
class ImageName:
    """A tag reference, a digest reference, or both in one (`repo:tag@sha256:…`)."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> ImageName | None:
        """Read a name, filling in Docker's defaults; None where it is not an image name."""
        rest, at, digest = text.partition("@")
        if at and not _DIGEST.fullmatch(digest):
            return None
        head, slash, tail = rest.partition("/")
        if slash and ("." in head or ":" in head or head == "localhost"):
            registry, path = head, tail
        else:
            registry, path = DEFAULT_REGISTRY, rest
        path, colon, tag = path.partition(":")
        if not _PATH.fullmatch(path) or (colon and not _TAG.fullmatch(tag)):
            return None
        if registry in {"docker.io", "registry-1.docker.io"}:
            registry = DEFAULT_REGISTRY
        if registry == DEFAULT_REGISTRY and "/" not in path:
            path = f"library/{path}"
        if not colon and not at:
            tag = "latest"
        return cls(registry, path, tag or None, digest or None)

    @property
    def without_digest(self) -> ImageName:
        """The same name by its tag alone; `latest` where it has none."""
        return ImageName(self.registry, self.repository, self.tag or "latest", None)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"


def normalised(text: str) -> str:
    """Return the full spelling of an image name; text that is none comes back as it is."""
    name = ImageName.parse(text)
    return text if name is None else str(name)
