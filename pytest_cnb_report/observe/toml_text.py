"""Read TOML that anybody may have written: the same verdict with every version of the parser.

TOML sets no limit to how deep tables and arrays stand one in another. Parsers give up at different
depths, some of them only after minutes or gigabytes, since what a dotted key costs grows with the
square of its length. So the text is measured first, in time that grows with its length alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import tomli

DEEPEST_BRACKETS = 100
"""Arrays and inline tables that may stand one in another."""

LONGEST_KEY = 400
"""Parts that a dotted key or the name of a table may have."""

MOST_WORK = 4_000_000
"""Steps that a parser may need for all dotted keys together; ordinary reports take some ten."""

TOO_DEEP = "nested too deeply to read"

_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"(?:\\.|[^"\\\n])*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*",
    re.DOTALL,
)
_PART = r'(?:[A-Za-z0-9_-]+|"")'
_KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART}){{0,{LONGEST_KEY}}}")
"""Of a key that is too long, the first parts that show it."""

_BRACKET = re.compile(r"[\[\]{}]")


def parse_toml(content: bytes) -> Mapping[str, Any] | str:
    """Read UTF-8 TOML 1.1, or say what is wrong with it and where."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        return f"not UTF-8: byte {content[problem.start]:#04x} at offset {problem.start}"
    excess = _excess(text)
    if excess is not None:
        return excess
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as problem:
        return f"not TOML: {problem}"
    except RecursionError:
        return TOO_DEEP
    except (ValueError, OverflowError) as problem:
        return f"not TOML: {problem}"


def _excess(text: str) -> str | None:
    """Say why the text is too much to be parsed; None where it is not."""
    bare = _QUOTED.sub(lambda found: "" if found[0][0] == "#" else '""', text)
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth = depth + 1 if bracket[0] in "[{" else max(0, depth - 1)
        if depth > DEEPEST_BRACKETS:
            return f"{TOO_DEEP}: more than {DEEPEST_BRACKETS} arrays or tables one in another"
    lengths = [key[0].count(".") + 1 for key in _KEY.finditer(bare) if "." in key[0]]
    longest = max(lengths, default=0)
    if longest > LONGEST_KEY:
        return f"{TOO_DEEP}: a key of more than {LONGEST_KEY} parts"
    # a dotted key is looked up part by part, each time below the name of its table
    if sum(length * (length + longest) for length in lengths) > MOST_WORK:
        return f"{TOO_DEEP}: {len(lengths)} dotted keys of up to {longest} parts"
    return None
