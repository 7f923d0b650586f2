"""How much an embedded registry takes from its clients."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bytes that are taken; what is more is refused with 413. None of them binds the suite itself.

    `manifest` and `blob` are for one of them; `together` is for all that is there, begun uploads
    included. None is as much as there is memory for.
    """

    manifest: int = 4 * MEGABYTE
    """What a registry should at least take (OCI distribution specification, Pushing Manifests)."""
    blob: int | None = None
    together: int | None = None

    @property
    def body(self) -> int | None:
        """Bytes of the largest body of a request that can be of use."""
        return None if self.blob is None else max(self.blob, self.manifest)


UNLIMITED = Limits()

OF_A_SCENARIO = Limits(blob=32 * MEGABYTE, together=96 * MEGABYTE)
"""For scenarios of the suite, whose images have some hundred kilobytes."""
