"""Read JSON that anybody may have written: nothing in it makes reading or comparing it fail."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

DEEPEST = 100
"""Objects and arrays that may stand one in another; a metadata label needs some eight."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def read_object(content: bytes | str) -> Mapping[str, Any]:
    """Read a JSON object, as UTF-8 where it is bytes.

    Raises ValueError, with what it is instead, in words that go on from "it is".
    """
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
    except UnicodeDecodeError as problem:
        raise ValueError(f"not UTF-8: byte {problem.object[problem.start]:#04x}") from problem
    # counting is much cheaper than measuring, and nearly always enough
    if text.count("{") + text.count("[") > DEEPEST and _depth(text) > DEEPEST:
        raise ValueError(f"nested too deeply: more than {DEEPEST} objects or arrays")
    try:
        document = json.loads(text, parse_constant=_refuse)
    except ValueError as problem:
        raise ValueError(f"not JSON: {problem}") from problem
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document


def _depth(text: str) -> int:
    deepest = depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
