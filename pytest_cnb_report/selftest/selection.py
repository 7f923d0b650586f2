"""Choose faults and effects by globs over their names."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence


class UnknownFaultError(LookupError):
    """No fault, or no effect, has this name, or matches this pattern."""


def matching(globs: Sequence[str], names: Iterable[str], what: str, listed_by: str) -> set[str]:
    """Return the names that any of the globs matches as a whole; all of them without a glob.

    Raises UnknownFaultError for a glob that matches none; it says `what` was looked for, and which
    options of the command list what there is.
    """
    every = tuple(names)
    chosen: set[str] = set()
    for glob in globs:
        found = fnmatch.filter(every, glob)
        if not found:
            raise UnknownFaultError(
                f"no {what} matches {glob!r} (`cnb-conformance self-test {listed_by}` lists them)"
            )
        chosen.update(found)
    return chosen if globs else set(every)
