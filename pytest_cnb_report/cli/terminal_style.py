"""Styled lines for a terminal or a file, with colour as pytest decides it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from pytest_cnb_report.report.layout import ENDLESS, shown

if TYPE_CHECKING:
    from pytest_cnb_report.report.layout import Line

_STYLES = {
    "bold": 1,
    "light": 2,
    "red": 31,
    "green": 32,
    "yellow": 33,
    "blue": 34,
    "purple": 35,
    "cyan": 36,
}
"""SGR parameters (ECMA-48, 8.3.117) by the names that lines are styled with."""


def wants_colour(stream: TextIO, environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether to write in colour: PY_COLORS, NO_COLOR and FORCE_COLOR as pytest has them."""
    environment = os.environ if environment is None else environment
    if environment.get("PY_COLORS") in {"0", "1"}:
        return environment["PY_COLORS"] == "1"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def width() -> int:
    """Return the columns of the terminal; without one, what COLUMNS says, or no end."""
    if "COLUMNS" not in os.environ and not sys.stdout.isatty():
        return ENDLESS
    return max(shutil.get_terminal_size().columns, 20)


def height() -> int:
    """Return the lines of the terminal, at least 24; without one, what LINES says, or no end."""
    if "LINES" not in os.environ and not sys.stdout.isatty():
        return ENDLESS
    return max(shutil.get_terminal_size((80, 24)).lines, 24)


def write(lines: Iterable[Line], stream: TextIO) -> None:
    """Write lines, each segment in its style where the stream is to be coloured."""
    coloured = wants_colour(stream)
    for line in shown(lines, width()):
        text = (_styled(each.text, each.markup) if coloured else each.text for each in line)
        stream.write("".join(text) + "\n")


def _styled(text: str, markup: Sequence[str]) -> str:
    if not markup or not text:
        return text
    return f"\x1b[{';'.join(str(_STYLES[name]) for name in markup)}m{text}\x1b[0m"
