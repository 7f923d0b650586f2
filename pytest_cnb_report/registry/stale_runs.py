"""What runs that were killed have left in a registry that belongs to someone else."""

from __future__ import annotations

from pytest_cnb_report.image_name_prefix import BEGINNING, is_dead, prefix_of, started
from pytest_cnb_report.registry.client import RegistryClient

MOST_RUNS = 20
"""Runs that are looked at. A registry still lists the repositories of those that tidied up."""


def sweep_dead_runs(client: RegistryClient) -> None:
    """Delete what killed runs left, of the latest ones; those that may be alive are left alone.

    What the registry does not list or not delete stays; nothing is raised.
    """
    prefixes = set(map(prefix_of, client.repositories_after(BEGINNING)))
    dead = [prefix for prefix in prefixes if prefix is not None and is_dead(prefix)]
    for prefix in sorted(dead, key=started, reverse=True)[:MOST_RUNS]:
        client.cleanup(prefix)
