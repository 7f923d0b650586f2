"""What stands at a target at one moment, by name, so that what a call changed can be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Done = TypeVar("Done")


@dataclass(frozen=True)
class Inventory:
    """What stands at a target at one moment.

    `tags` has the manifest digest (at a daemon the image ID) that each tag reference leads to, None
    where it is only known to be there. `manifests` are a registry's own, as digest references, and
    so are `blobs`: those of its blobs that are gone afterwards, although a manifest needs them.
    """

    tags: Mapping[str, str | None] = field(default_factory=dict)
    manifests: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Watched(Generic[Done]):
    """What came of something that was done, and what stood at the target before and after it.

    Of what is the same in both inventories, only the names are there that were asked about.
    """

    done: Done
    before: Inventory
    after: Inventory


def told_apart(
    done: Done, before: Inventory, after: Inventory, names: Collection[str]
) -> Watched[Done]:
    """Leave out what is the same before and after, apart from these names."""
    same = before.tags.items() & after.tags.items()
    left_out = {name for name, _ in same}.difference(names)
    both = {*before.manifests} & {*after.manifests}
    return Watched(done, _without(before, left_out, both), _without(after, left_out, both))


def _without(inventory: Inventory, tags: set[str], manifests: set[str]) -> Inventory:
    return Inventory(
        {name: digest for name, digest in inventory.tags.items() if name not in tags},
        tuple(each for each in inventory.manifests if each not in manifests),
        inventory.blobs,
    )
