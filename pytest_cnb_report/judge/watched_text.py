"""Which parts of a text a verdict rests on: whatever a rule asked it for while judging.

Rules are pure functions of an observation and a text. One that did not ask for a part of the text
gives the same verdict whatever that part says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pytest_cnb_report.judge.text import Choice, FieldLayout, FieldPlaces, Text

K = TypeVar("K")
V = TypeVar("V")

FIELDS_PART = "fields"
"""Where the report has the run image's fields, and how they are spelled."""


def reading_part(question: str) -> str:
    """Name how an open question is read."""
    return f"reading {question}"


def since_part(requirement: str) -> str:
    """Name from which platform API on a requirement is asked for, where a text says so."""
    return f"since {requirement}"


def forms_part(holder: str) -> str:
    """Name which forms a reference may have in the report or in the label."""
    return f"forms {holder}"


@dataclass
class WatchedText:
    """A text that notes which of its parts it is asked for.

    `text` is given to rules; `asked` is what was asked for since it was last taken.
    """

    text: Text
    asked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, text: Text) -> WatchedText:
        """Watch a text."""
        asked: set[str] = set()
        readings = _Watched(text.readings, asked, reading_part)
        forms = _Watched(text.reference_forms, asked, lambda key: forms_part(key[0]))
        since = _Watched(text.since, asked, since_part)
        places = _WatchedPlaces(text.fields.table, text.fields.spelling, asked)
        watched = replace(
            text, readings=readings, fields=places, since=since, reference_forms=forms
        )
        return cls(watched, asked)

    def take(self) -> frozenset[str]:
        """Return what was asked for, and forget it."""
        taken = frozenset(self.asked)
        self.asked.clear()
        return taken


class _Watched(Mapping[K, V]):
    """A mapping that notes the keys that it is asked for, by the names of the parts they are."""

    def __init__(self, inner: Mapping[K, V], asked: set[str], name: Callable[[K], str]) -> None:
        self._inner = inner
        self._asked = asked
        self._name = name

    def __getitem__(self, key: K) -> V:
        self._asked.add(self._name(key))
        return self._inner[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._inner)

    def __len__(self) -> int:
        return len(self._inner)


@dataclass(frozen=True)
class _WatchedPlaces(FieldPlaces):
    asked: set[str] = field(default_factory=set, compare=False)

    def layouts(self, readings: Mapping[str, Choice]) -> tuple[FieldLayout, ...]:
        self.asked.add(FIELDS_PART)
        return super().layouts(readings)
