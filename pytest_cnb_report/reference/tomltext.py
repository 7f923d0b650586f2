"""TOML in and out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Table = dict[str, Any]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def read(path: Path, *, missing_ok: bool = False) -> Table:
    """Read a file; where `missing_ok`, one that is not there reads as an empty one.

    Raises OSError, and ValueError naming the file where it is not TOML.
    """
    import tomli  # noqa: PLC0415 - a rebase reads no TOML and starts without it

    try:
        with path.open("rb") as file:
            return tomli.load(file)
    except FileNotFoundError:
        if missing_ok:
            return {}
        raise
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def write(table: Mapping[str, Any]) -> str:
    """Spell a document; a key whose value is None is left out."""
    return "".join(_tables((), table)).lstrip("\n")


def _tables(path: tuple[str, ...], table: Mapping[str, Any]) -> list[str]:
    present = {key: value for key, value in table.items() if value is not None}
    lines = [
        f"{_key(key)} = {_value(value)}\n"
        for key, value in present.items()
        if not isinstance(value, Mapping) and not _is_table_array(value)
    ]
    for key, value in present.items():
        below = (*path, key)
        header = ".".join(map(_key, below))
        if isinstance(value, Mapping):
            lines += [f"\n[{header}]\n", *_tables(below, value)]
        elif _is_table_array(value):
            for entry in value:
                lines += [f"\n[[{header}]]\n", *_tables(below, entry)]
    return lines


def _is_table_array(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        present = (
            f"{_key(key)} = {_value(item)}" for key, item in value.items() if item is not None
        )
        return f"{{{', '.join(present)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value if item is not None)}]"
    return str(value)  # dates and times, which Python spells as TOML does


def _text(text: str) -> str:
    # JSON's escapes are all TOML's too; what TOML escapes besides is DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
