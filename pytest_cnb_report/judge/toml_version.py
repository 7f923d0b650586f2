"""Tell TOML 1.0 from TOML 1.1: name what a text uses that the newer version added."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*",
    re.DOTALL,
)
"""A string or a comment."""

_NEW_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\[ex]")
_NO_SECONDS = re.compile(r"(?<![\d:+-])\d\d:\d\d(?![:\d])")
_MARK = re.compile(r"[\[\]{}\n]|,\s*\}")


def newer_than_toml_1_0(text: str) -> str | None:
    """Name what a text that is TOML 1.1 uses of it; None where it is TOML 1.0 as well."""
    strings = (token[0] for token in _TOKEN.finditer(text) if token[0][0] == '"')
    if any(_NEW_ESCAPE.search(string) for string in strings):
        return r"an escape of TOML 1.1 (\e or \x)"
    bare = _TOKEN.sub("", text)
    if _NO_SECONDS.search(bare):
        return "a time without seconds"
    opened: list[str] = []
    for mark in (found[0] for found in _MARK.finditer(bare)):
        if mark[0] == ",":
            return "a comma at the end of an inline table"
        if mark in "[{":
            opened.append(mark)
        elif mark in "]}":
            opened = opened[:-1]
        elif opened and opened[-1] == "{":
            return "an inline table on several lines"
    return None
