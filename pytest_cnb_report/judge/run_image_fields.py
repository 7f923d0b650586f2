"""Where the run image's fields stand in a report, and where a profile wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pytest_cnb_report.observe.references import RUN_IMAGE_TABLES
from pytest_cnb_report.values import Profile

FieldName = Literal["image", "reference", "top-layer", "mirrors"]
FIELDS: tuple[FieldName, ...] = ("image", "reference", "top-layer", "mirrors")

_CAMEL = {"top-layer": "topLayer"}

_TABLES: Mapping[Profile, tuple[str, ...]] = {
    Profile.RFC_0129_DRAFT: ("run-image",),
    Profile.RFC_0129: ("image", "run-image"),
}
"""The table that each profile wants the fields in; the other profile has no such fields."""


@dataclass(frozen=True)
class Place:
    """A field in the report: the path to it, the value there, and who would take it from there."""

    path: tuple[str, ...]
    value: Any
    profiles: tuple[Profile, ...]

    @property
    def dotted(self) -> str:
        """The path as a dotted key."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Fields:
    """Every place where a field of the run image was found, by field."""

    profile: Profile
    places: Mapping[FieldName, tuple[Place, ...]]
    blocked: str | None = None
    """Why the place that the profile wants cannot hold fields at all."""

    def right(self, name: FieldName) -> Place | None:
        """The field where the profile wants it."""
        return next((p for p in self.places[name] if self.profile in p.profiles), None)

    def misplaced(self, name: FieldName) -> Place | None:
        """The field where the profile does not want it, if it is nowhere else."""
        if self.right(name) is not None or not self.places[name]:
            return None
        return self.places[name][0]

    @property
    def any(self) -> bool:
        """Whether any field was found anywhere."""
        return any(self.places.values())


def wanted_path(profile: Profile, name: FieldName) -> str:
    """Return the dotted key under which a profile wants a field.

    Raises KeyError for a profile that has no such fields.
    """
    return ".".join((*_TABLES[profile], name))


def find_fields(report: Mapping[str, Any], profile: Profile) -> Fields:
    """Look for every field at every place and in every spelling that some text has given it.

    Raises KeyError for a profile that has no such fields.
    """
    places: dict[FieldName, tuple[Place, ...]] = {}
    for name in FIELDS:
        places[name] = tuple(_places(report, name))
    return Fields(profile, places, _blocked(report, profile))


def _places(report: Mapping[str, Any], name: FieldName) -> Iterator[Place]:
    image = report.get("image")
    holders: list[tuple[tuple[str, ...], object]] = [((), report)]
    if isinstance(image, Mapping):
        holders.append((("image",), image))
    for prefix, holder in holders:
        for table in RUN_IMAGE_TABLES:
            fields = holder.get(table) if isinstance(holder, Mapping) else None
            if not isinstance(fields, Mapping):
                continue
            for key in dict.fromkeys((name, _CAMEL.get(name, name))):
                if key in fields:
                    path = (*prefix, table, key)
                    yield Place(path, fields[key], _takers(prefix, table, key))


def _takers(prefix: tuple[str, ...], table: str, key: str) -> tuple[Profile, ...]:
    """Say which profiles take a field from a place.

    The approved RFC spells the keys in kebab-case in its examples and in camelCase in its normative
    paragraph, so both are taken there.
    """
    if prefix == ("image",):
        return (Profile.RFC_0129,)
    if table == "run-image" and key in FIELDS:
        return (Profile.RFC_0129_DRAFT,)
    return ()


def _blocked(report: Mapping[str, Any], profile: Profile) -> str | None:
    holder: Mapping[str, Any] = report
    path: list[str] = []
    for key in _TABLES[profile]:
        path.append(key)
        value = holder.get(key, {})
        if not isinstance(value, Mapping):
            return f"`{'.'.join(path)}` is not a table"
        holder = value
    return None
