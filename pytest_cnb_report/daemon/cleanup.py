"""Removing what a run put into a daemon that belongs to someone else, and nothing more."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_cnb_report.image_name_prefix import is_prefix, prefix_of, prefixes_in
from pytest_cnb_report.run_journal import left_behind

if TYPE_CHECKING:
    from pytest_cnb_report.daemon.client import Engine

_METADATA = "io.buildpacks.lifecycle.metadata"


def remove_run(engine: Engine, prefix: str) -> None:
    """Remove every image that bears a name under this prefix, or that was exported onto one.

    An image that bears other names too only loses ours. Raises DaemonError, once all was tried.
    """
    _remove(engine, _images_of_runs(engine)[prefix])


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
        for prefix in filter(is_prefix, note.names):
            _remove(engine, found.pop(prefix, []))
        if note.where == engine.address:
            note.done()


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
