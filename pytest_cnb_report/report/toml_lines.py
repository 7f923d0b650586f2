"""On which line an entry of a TOML array of tables stands; the parser itself does not say.

The beginning of a file up to and including the header of its n-th entry is itself a document with n
entries. So the lines that look like a header are tried in turn, and one inside a string is none.
"""

from __future__ import annotations

import re
from typing import Any

import tomli


def entry_lines(text: str, name: str, count: int) -> list[int]:
    """Give the line, counted from 1, of each of the `count` tables `[[name]]` in `text`.

    Tables that are written inline stand on the line of the key, or as near to it as is known.
    """
    lines = _lines(text)
    header = re.compile(rf"\s*\[\[\s*[\"']?{re.escape(name)}[\"']?\s*\]\]")
    found: list[int] = []
    for number, line in enumerate(lines, 1):
        if header.match(line) and len(_tables("".join(lines[:number]), name)) > len(found):
            found.append(number)
    if len(found) == count:
        return found
    key = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
    start = next((n for n, line in enumerate(lines, 1) if key.match(line)), 1)
    return [start] * count


def key_line(text: str, name: str, entries: list[int], index: int, key: str) -> int:
    """Give the line of `key` in the table that starts at `entries[index]`, else that line."""
    lines = _lines(text)
    first = entries[index]
    last = next((line for line in entries[index + 1 :] if line > first), len(lines) + 1)
    assignment = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
    for number in range(first, last):
        if not assignment.match(lines[number - 1]):
            continue
        before = _tables("".join(lines[: number - 1]), name)
        if len(before) == index + 1 and key not in before[index]:
            return number
    return first


def _lines(text: str) -> list[str]:
    """Split at line feeds alone: what else Python takes for the end of a line is none in TOML."""
    return [f"{line}\n" for line in text.split("\n")]


def _tables(text: str, name: str) -> list[dict[str, Any]]:
    """Read the tables `[[name]]` of a document that may end in the middle."""
    try:
        found = tomli.loads(text).get(name)
    except tomli.TOMLDecodeError:
        return []
    return found if isinstance(found, list) else []
