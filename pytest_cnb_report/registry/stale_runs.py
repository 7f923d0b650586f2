"""What runs put into a registry that belongs to someone else: noted, and removed after a kill."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from pytest_cnb_report.image_name_prefix import is_prefix, prefix_of
from pytest_cnb_report.registry.client import RegistryClient
from pytest_cnb_report.run_journal import left_behind, noted


@contextlib.contextmanager
def noted_repositories(client: RegistryClient, prefix: str) -> Iterator[Callable[[str], None]]:
    """Give what is to be called with each repository below a prefix before it is written to.

    Not every registry lists its repositories. At the end of the block everything below the prefix
    is deleted, as far as the registry allows; nothing is raised.
    """
    with noted("repositories", prefix, where=client.url) as note:
        try:
            yield note.add
        finally:
            client.cleanup(prefix, note.names)
            note.done()  # what a registry does not delete now it does not delete later


def sweep_dead_runs(client: RegistryClient) -> None:
    """Delete what killed runs left; those that may be alive are left alone.

    What the registry does not delete stays; nothing is raised.
    """
    for note in left_behind("repositories"):
        if note.where == client.url:
            prefixes = {name.partition("/")[0] for name in note.names}
            for prefix in filter(is_prefix, prefixes):
                client.cleanup(prefix, [name for name in note.names if prefix_of(name) == prefix])
            note.done()
