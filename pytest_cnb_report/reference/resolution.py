"""Run image resolution (platform specification, section of that name)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pytest_cnb_report.reference.names import registry_of, same_tag


class Entry(NamedTuple):
    """A run image as a platform lists it: its name, and mirrors that hold the same image."""

    image: str
    mirrors: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Mapping[str, Any] | None) -> Entry | None:
        """Read an entry of `run.toml` or of a metadata label; None where it names no image."""
        image = (table or {}).get("image")
        return cls(image, tuple((table or {}).get("mirrors") or ())) if image else None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the run image, its first one first."""
        return (self.image, *self.mirrors)

    def as_json(self) -> dict[str, Any]:
        """Spell the entry as the lifecycle metadata does: no mirrors, no key."""
        return {"image": self.image, **({"mirrors": list(self.mirrors)} if self.mirrors else {})}


class Resolution:
    """Chooses among the names that a platform lists."""

    def entry_for(self, entries: Sequence[Entry], run_image: str) -> Entry | None:
        """Choose the entry that lists a given run image, else the first one."""
        for entry in entries:
            if self.lists(entry, run_image):
                return entry
        return entries[0] if entries else None

    def lists(self, entry: Entry | None, run_image: str) -> bool:
        """Whether a run image is called by the entry's name or by one of its mirrors."""
        return entry is not None and any(same_tag(name, run_image) for name in entry.names)

    def run_image_for(
        self, entry: Entry, app_image: str, can_read: Callable[[str], bool]
    ) -> str | None:
        """Choose the run image for an app image: at its registry, else any that can be had."""
        return next((name for name in self.candidates(entry, app_image) if can_read(name)), None)

    def candidates(self, entry: Entry, app_image: str) -> list[str]:
        """Order the names of an entry by how well they suit an app image."""
        return sorted(entry.names, key=lambda name: registry_of(name) != registry_of(app_image))
