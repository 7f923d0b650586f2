"""The text that is judged by, as a value: profile, interpretations, levels, field places, since.

Rules receive it and decide nothing about a text themselves. The profiles are data files
(`requirements/profiles/`), and an amendment is one more file laid over one of them.

An open question is read as "a", "b" or "either". Under "either" a requirement is broken only where
both readings say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pytest_cnb_report.values import Level, PlatformApi, Profile, Target

FieldName = Literal["image", "reference", "top-layer", "mirrors"]
FIELDS: tuple[FieldName, ...] = ("image", "reference", "top-layer", "mirrors")
Spelling = Literal["kebab-case", "camelCase", "either"]
Choice = Literal["a", "b", "either"]
READINGS: tuple[Choice, Choice] = ("a", "b")
ReferenceForm = Literal["digest-reference", "image-id", "short-image-id", "manifest-digest", "tag"]
REFERENCE_FORMS: tuple[ReferenceForm, ...] = (
    "digest-reference",
    "image-id",
    "short-image-id",
    "manifest-digest",
    "tag",
)
"""What a `reference` can be, as an amendment names it."""
ReferenceHolder = Literal["report", "label"]
"""Where a `reference` stands: in the report, or in the lifecycle metadata label."""

_CAMEL: Mapping[str, str] = {"top-layer": "topLayer", "run-image": "runImage"}


@dataclass(frozen=True)
class FieldLayout:
    """Where the report has the run image's fields, and how they are spelled.

    `table` is the dotted path of their table in kebab-case, such as `image.run-image`.
    """

    table: str
    spelling: Spelling = "kebab-case"

    @property
    def holder(self) -> tuple[str, ...]:
        """The path of the table that holds the fields' table; empty for the document itself."""
        return tuple(self.table.split(".")[:-1])

    @property
    def tables(self) -> tuple[str, ...]:
        """The names under which the holder may have the table, the one to write first."""
        return self._spelled(self.table.rpartition(".")[2])

    def keys(self, name: str) -> tuple[str, ...]:
        """Return the keys under which the table may have a field, the one to write first."""
        return self._spelled(name)

    def path(self, name: str) -> str:
        """Return the dotted key of a field, as a message names it."""
        return ".".join((*self.holder, self.tables[0], self.keys(name)[0]))

    def _spelled(self, name: str) -> tuple[str, ...]:
        camel = _CAMEL.get(name, name)
        if self.spelling == "camelCase":
            return (camel,)
        return (name,) if self.spelling == "kebab-case" or camel == name else (name, camel)


@dataclass(frozen=True)
class ByReading:
    """A value that an open question decides: one for each of its readings."""

    reading: str
    a: str
    b: str

    def values(self, readings: Mapping[str, Choice]) -> tuple[str, ...]:
        """Return the values of the readings that are accepted."""
        choice = readings[self.reading]
        return (self.a, self.b) if choice == "either" else (self.a if choice == "a" else self.b,)


@dataclass(frozen=True)
class FieldPlaces:
    """Where a text has the run image's fields; an open question may decide table and spelling."""

    table: str | ByReading
    spelling: str | ByReading = "kebab-case"

    def layouts(self, readings: Mapping[str, Choice]) -> tuple[FieldLayout, ...]:
        """Return every accepted layout, the one to write first."""
        spellings = set(_values(self.spelling, readings))
        both = "either" in spellings or spellings == {"kebab-case", "camelCase"}
        spelling: Spelling = "camelCase" if spellings == {"camelCase"} else "kebab-case"
        return tuple(
            FieldLayout(table, "either" if both else spelling)
            for table in _values(self.table, readings)
        )


def _values(value: str | ByReading, readings: Mapping[str, Choice]) -> tuple[str, ...]:
    return value.values(readings) if isinstance(value, ByReading) else (value,)


@dataclass(frozen=True)
class Change:
    """One thing that an amendment changes, and what it was and becomes, in words.

    `key` is table and key of the file, such as `reading stale-labels`; `line` is counted from 1.
    """

    key: str
    was: str
    becomes: str
    line: int

    @property
    def changes(self) -> bool:
        """Whether it is another text at all with the change."""
        return self.was != self.becomes


@dataclass(frozen=True)
class Amended:
    """How a text differs from its profile: what the change is, its file, and each part of it."""

    text: str
    file: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Text:
    """One text to judge by.

    `readings` says for each open question how it is read. `fields` is where the report has the run
    image's fields, and `others` where every profile has them, by its name, for messages about a
    field that another text would accept. `resolved_name` is whether the report's `image` is the
    name that the run image resolves to (RFC 0129 as approved). `levels` and `since` replace those
    of the catalogue, by identifier. `reference_forms` are the only forms that a `reference` may
    have there and at that target; where it has no entry, the open questions decide. `amended` says
    how the text differs from its profile.
    """

    profile: Profile
    title: str
    readings: Mapping[str, Choice]
    fields: FieldPlaces
    others: Mapping[str, FieldPlaces]
    resolved_name: bool = False
    levels: Mapping[str, Level] = field(default_factory=dict)
    since: Mapping[str, PlatformApi] = field(default_factory=dict)
    reference_forms: Mapping[tuple[ReferenceHolder, Target], frozenset[ReferenceForm]] = field(
        default_factory=dict
    )
    amended: Amended | None = None

    @property
    def field_names(self) -> tuple[FieldName, ...]:
        """The fields that the text gives the run image: mirrors only where names are resolved."""
        return FIELDS if self.resolved_name else tuple(name for name in FIELDS if name != "mirrors")

    @property
    def layouts(self) -> tuple[FieldLayout, ...]:
        """Every layout of the run image's fields that passes, the one to write first."""
        return self.fields.layouts(self.readings)

    @property
    def layout(self) -> FieldLayout:
        """The layout that messages name."""
        return self.layouts[0]

    def reading(self, question: str) -> Choice:
        """Return how an open question is read; raises KeyError where there is no such question."""
        return self.readings[question]

    def read_otherwise(self, question: str) -> tuple[Text, ...]:
        """Return the texts in which an open question is decided by the one or the other reading."""
        now = self.readings[question]
        return tuple(
            replace(self, readings={**self.readings, question: choice})
            for choice in READINGS
            if choice != now
        )

    def accepts(self, question: str, reading: Literal["a", "b"]) -> bool:
        """Whether what satisfies this reading of an open question passes."""
        return self.readings[question] in {reading, "either"}
