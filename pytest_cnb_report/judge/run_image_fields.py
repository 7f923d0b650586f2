"""Where the run image's fields are in a report, and where a text wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cnb_report.judge.text import FIELDS, FieldLayout, FieldName, Text

_ANYWHERE = (FieldLayout("run-image", "either"), FieldLayout("image.run-image", "either"))
"""Every place and spelling that some text has given the fields."""


@dataclass(frozen=True)
class Place:
    """A field in the report: the path to it and the value there."""

    path: tuple[str, ...]
    value: Any

    @property
    def dotted(self) -> str:
        """The path as a dotted key."""
        return ".".join(self.path)

    def is_in(self, layout: FieldLayout) -> bool:
        """Whether a layout has a field at this path."""
        *holder, table, key = self.path
        return (
            tuple(holder) == layout.holder
            and table in layout.tables
            and any(key in layout.keys(name) for name in FIELDS)
        )


@dataclass(frozen=True)
class Fields:
    """Every place where a field of the run image was found, by field.

    `layout` is the accepted one by which the report is judged.
    """

    layout: FieldLayout
    places: Mapping[FieldName, tuple[Place, ...]]
    blocked: str | None = None
    """Why the place that the text wants cannot hold fields at all."""

    def right(self, name: FieldName) -> Place | None:
        """The field where the text wants it."""
        return next((place for place in self.places[name] if place.is_in(self.layout)), None)

    def misplaced(self, name: FieldName) -> Place | None:
        """The field where the text does not want it, if it is nowhere else."""
        if self.right(name) is not None or not self.places[name]:
            return None
        return self.places[name][0]

    @property
    def any(self) -> bool:
        """Whether any field was found anywhere."""
        return any(self.places.values())


def find_fields(report: Mapping[str, Any], text: Text) -> Fields:
    """Look for every field at every place and in every spelling that some text has given it.

    Where several layouts are accepted, the report is judged by the one that has most of its fields:
    one report follows one layout.
    """
    layouts = tuple(dict.fromkeys((*_ANYWHERE, *text.layouts)))
    found: dict[FieldName, tuple[Place, ...]] = {}
    for name in FIELDS:
        each = (place for layout in layouts for place in _places(report, name, layout))
        found[name] = tuple({place.path: place for place in each}.values())
    judged_by = max(
        text.layouts,
        key=lambda layout: sum(any(p.is_in(layout) for p in found[name]) for name in FIELDS),
    )
    return Fields(judged_by, found, _blocked(report, text.layouts))


def accepting(place: Place, text: Text) -> tuple[str, ...]:
    """Name the profiles in which a field is right at this place."""
    return tuple(
        name
        for name, fields in text.others.items()
        if any(place.is_in(layout) for layout in fields.layouts(text.readings))
    )


def _places(report: Mapping[str, Any], name: FieldName, layout: FieldLayout) -> Iterator[Place]:
    holder: object = report
    for part in layout.holder:
        holder = holder.get(part) if isinstance(holder, Mapping) else None
    for table in layout.tables:
        fields = holder.get(table) if isinstance(holder, Mapping) else None
        if not isinstance(fields, Mapping):
            continue
        for key in layout.keys(name):
            if key in fields:
                yield Place((*layout.holder, table, key), fields[key])


def _blocked(report: Mapping[str, Any], layouts: tuple[FieldLayout, ...]) -> str | None:
    """Say why none of the layouts can have fields in this report; None where one can."""
    why = [_blocked_by(report, layout) for layout in layouts]
    if any(_has_table(report, layout) for layout in layouts):
        return None
    return next(filter(None, why), None)


def _has_table(report: Mapping[str, Any], layout: FieldLayout) -> bool:
    holder: object = report
    for part in layout.holder:
        holder = holder.get(part) if isinstance(holder, Mapping) else None
    return isinstance(holder, Mapping) and isinstance(holder.get(layout.tables[0]), Mapping)


def _blocked_by(report: Mapping[str, Any], layout: FieldLayout) -> str | None:
    holder: object = report
    for part in layout.holder:
        holder = holder.get(part, {}) if isinstance(holder, Mapping) else None
        if not isinstance(holder, Mapping):
            return f"`{part}` is not a table"
    value = holder.get(layout.tables[0], {}) if isinstance(holder, Mapping) else {}
    dotted = ".".join((*layout.holder, layout.tables[0]))
    return None if isinstance(value, Mapping) else f"`{dotted}` is not a table"
