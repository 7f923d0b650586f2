"""Removing what a run put into a daemon that belongs to someone else, and nothing more."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_cnb_report.image_name_prefix import is_prefix, prefix_of, prefixes_in
from pytest_cnb_report.run_journal import left_behind

if TYPE_CHECKING:
    from pytest_cnb_report.daemon.client import Engine

_METADATA = "io.buildpacks.lifecycle.metadata"
_SETTLED = 0.25
"""Seconds after which a daemon shows an image that it was still loading for a killed client."""
_LOOKS = 8


def remove_run(engine: Engine, prefix: str) -> None:
    """Remove every image that bears a name under this prefix, or that was exported onto one.

    An image that bears other names too only loses ours. Raises DaemonError, once all was tried.
    """
    _remove(engine, _images_of_runs(engine)[prefix])
    _remove_late(engine, {prefix})


def sweep_dead_runs(engine: Engine) -> None:
    """Remove what runs left that were killed; those that may still be alive are left alone.

    Their prefixes are looked for whatever address they were noted with, since a daemon may have
    several; they stay noted until the daemon was asked by the same one. Raises DaemonError.
    """
    notes = left_behind("images")
    if not notes:
        return
    found = _images_of_runs(engine)
    for note in notes:
        prefixes = set(filter(is_prefix, note.names))
        left = [each for prefix in prefixes for each in found.pop(prefix, [])]
        _remove(engine, left)
        if left:
            _remove_late(engine, prefixes)
        if note.where == engine.address:
            note.done()


def _remove_late(engine: Engine, prefixes: set[str]) -> None:
    """Remove what appears after a client was killed whose images the daemon had all of already."""
    for _ in range(_LOOKS):
        time.sleep(_SETTLED)
        found = _images_of_runs(engine)
        late = [each for prefix in prefixes for each in found[prefix]]
        if not late:
            return
        _remove(engine, late)


def _images_of_runs(engine: Engine) -> defaultdict[str, list[str]]:
    """List what runs may have put into a daemon, by prefix: names, and IDs of the nameless.

    A dangling image is a run's own where its lifecycle metadata label names a run image under the
    run's prefix: a lifecycle that writes one name twice leaves such an image, which nobody had the
    time to look at in between.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for image in engine.images():
        for name in image.names:
            prefix = prefix_of(name)
            if prefix is not None:
                found[prefix].append(name)
    for image in engine.images(dangling_with_label=_METADATA):
        prefixes = set() if image.names else prefixes_in(image.labels.get(_METADATA, ""))
        if len(prefixes) == 1:
            found[prefixes.pop()].append(image.image_id)
    return found


def _remove(engine: Engine, references: list[str]) -> None:
    with contextlib.ExitStack() as everything:  # goes on after a failure, and raises it at the end
        for reference in references:
            everything.callback(engine.remove, reference)
