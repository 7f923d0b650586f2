"""Values as readers see them, and where two of them differ."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeGuard

from pytest_cnb_report.visible_text import is_visible

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import JSON

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BEFORE = 16
_SHORT = 60


@dataclass(frozen=True)
class Difference:
    """One place at which two values differ."""

    path: str
    """Such as `labels["io.buildpacks.stack.id"]` or `layers[2]`; empty for the whole value."""
    expected: str
    """As `display` writes it; `MISSING` where there is nothing."""
    found: str


MISSING = "(missing)"
"""How it is shown that something is not there, in every report."""
_SUSPECT = re.compile(r"[^\n -~]")


def display(value: JSON, indent: int | None = None) -> str:
    """Write a value as JSON in which every character can be seen and told from any other.

    White space beyond a plain space, controls, joiners and direction marks are written as escapes.
    """
    written = json.dumps(value, ensure_ascii=False, indent=indent)
    return _SUSPECT.sub(lambda found: _visible(found[0]), written)


def differences(expected: JSON, found: JSON) -> tuple[Difference, ...]:
    """List where `found` differs from `expected`, from the outside in, each as small as it gets."""
    return tuple(_differences("", expected, found))


def displayed(expected: JSON, found: JSON, indent: int | None = None) -> tuple[str, str]:
    """Write two values as `display` does, in ASCII where they differ and would look alike."""
    one, other = display(expected, indent), display(found, indent)
    if one != other and _look(one) == _look(other):
        return json.dumps(expected, indent=indent), json.dumps(found, indent=indent)
    return one, other


def _look(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def shown(value: JSON) -> str:
    """Write a value as `display` does, and what is not there as such."""
    return MISSING if value is None else display(value)


def expected_and_found(expected: JSON, found: JSON, most: int = 5) -> tuple[str, str]:
    """Write two values in a line each: the places at which they differ, at most so many."""
    differ = differences(expected, found)
    if not differ:
        return shown(expected), shown(found)
    more = [f"and {len(differ) - most} more"] if len(differ) > most else []
    places = [f"{each.path}: " if each.path else "" for each in differ[:most]]
    sides = ([each.expected for each in differ], [each.found for each in differ])
    one, other = (
        "; ".join([*map("".join, zip(places, side, strict=False)), *more]) for side in sides
    )
    return one, other


def window(one: str, other: str, room: int) -> tuple[str, str]:
    """Cut two texts to `room` characters such that the first difference between them shows."""
    if max(len(one), len(other)) <= room:
        return one, other
    same = next(
        (i for i, (a, b) in enumerate(zip(one, other)) if a != b),  # noqa: B905 - lengths differ
        min(len(one), len(other)),
    )
    return _cut(one, same, room), _cut(other, same, room)


def _differences(path: str, expected: JSON, found: JSON) -> list[Difference]:
    if _alike(expected) == _alike(found):
        return []
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return [
            difference
            for key in dict.fromkeys((*expected, *found))
            for difference in _member(f"{path}{_step(key, first=not path)}", key, expected, found)
        ]
    if _is_list(expected) and _is_list(found) and not _toldshown(expected, found):
        return [
            difference
            for index, one, other in _aligned(expected, found)
            for difference in (
                _differences(f"{path}[{index}]", one[0], other[0])
                if one and other
                else [Difference(f"{path}[{index}]", _item(one), _item(other))]
            )
        ]
    if expected is None or found is None:
        return [Difference(path, shown(expected), shown(found))]
    return [Difference(path, *displayed(expected, found))]


def _alike(value: JSON) -> str:
    """Write a value so that equal ones, and no others, are written alike."""
    return json.dumps(value, sort_keys=True)


def _toldshown(expected: Sequence[JSON], found: Sequence[JSON]) -> bool:
    """Whether two lists are short enough to see at once what one of them has more."""
    return len(expected) != len(found) and max(map(len, map(display, (expected, found)))) <= _SHORT


def _aligned(
    expected: Sequence[JSON], found: Sequence[JSON]
) -> Iterator[tuple[int, Sequence[JSON], Sequence[JSON]]]:
    """Give what stands at each place at which two lists differ: one item of each, or of one alone.

    Items that both lists have in the same order are left out, so that one that is missing does not
    make all that come after it differ. Places are counted in the list that has an item there, in
    the expected one where both have.
    """
    one, other = ([_alike(item) for item in items] for items in (expected, found))
    matched = SequenceMatcher(a=one, b=other, autojunk=False)
    for what, start, end, start_found, end_found in matched.get_opcodes():
        if what == "equal":
            continue
        both = min(end - start, end_found - start_found)
        for n in range(both):
            yield start + n, expected[start + n : start + n + 1], found[start_found + n :][:1]
        for index in range(start + both, end):
            yield index, expected[index : index + 1], ()
        for index in range(start_found + both, end_found):
            yield index, (), found[index : index + 1]


def _item(items: Sequence[JSON]) -> str:
    return shown(items[0]) if items else MISSING


def _member(
    path: str, key: str, expected: Mapping[str, JSON], found: Mapping[str, JSON]
) -> list[Difference]:
    if key not in found:
        return [Difference(path, display(expected[key]), MISSING)]
    if key not in expected:
        return [Difference(path, MISSING, display(found[key]))]
    return _differences(path, expected[key], found[key])


def _is_list(value: JSON) -> TypeGuard[Sequence[JSON]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _step(key: str, *, first: bool) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return key if first else f".{key}"
    return f"[{display(key)}]"


def _cut(text: str, same: int, room: int) -> str:
    start = min(max(0, same - _BEFORE), max(0, len(text) - room))
    end = start + room
    return f"{'…' if start else ''}{text[start + bool(start) : end - (end < len(text))]}" + (
        "…" if end < len(text) else ""
    )


def _visible(character: str) -> str:
    if is_visible(character):
        return character
    return json.dumps(character)[1:-1]
