"""Tables in a short form: a line of values for each dimension, then a character for each value.

A table of triples has hundreds of rows of a few dozen values; so written it is a sixth as long. The
file says itself what its characters stand for, so that a value may be added to the space later.
"""

from __future__ import annotations

import string
from collections.abc import Iterable

from pytest_cnb_report.scenarios.space import Point

_CHARACTERS = string.digits + string.ascii_lowercase


def write_compact(rows: Iterable[Point]) -> str:
    """Return rows that have the same dimensions as text."""
    table = tuple(rows)
    values = {name: tuple(dict.fromkeys(row[name] for row in table)) for name in table[0]}
    head = ("\t".join((name, *several)) for name, several in values.items())
    lines = (
        "".join(_CHARACTERS[several.index(row[name])] for name, several in values.items())
        for row in table
    )
    return "\n".join((*head, "", *lines)) + "\n"


def read_compact(text: str) -> tuple[Point, ...]:
    """Read what `write_compact` wrote."""
    head, _, lines = text.partition("\n\n")
    values = [line.split("\t") for line in head.splitlines()]
    return tuple(
        {
            name: several[_CHARACTERS.index(character)]
            for (name, *several), character in zip(values, line, strict=True)
        }
        for line in lines.splitlines()
    )
