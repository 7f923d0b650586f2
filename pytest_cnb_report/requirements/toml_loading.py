"""Strict reading of the package's own TOML: an error says which row is wrong, and how."""

from __future__ import annotations

from typing import Any, TypeVar

import cattrs
import tomli

from pytest_cnb_report.values import PlatformApi

T = TypeVar("T")


def read_toml(text: str) -> dict[str, Any]:
    """Parse TOML; raises ValueError where it is none."""
    return tomli.loads(text)


def converter() -> cattrs.Converter:
    """Make a converter that refuses unknown keys and takes no value for another of its type."""
    strict = cattrs.Converter(forbid_extra_keys=True)
    strict.register_structure_hook(str, _string)
    strict.register_structure_hook(bool, _boolean)
    strict.register_structure_hook(PlatformApi, lambda api, _: PlatformApi.parse(_string(api, str)))
    return strict


def structure(strict: cattrs.Converter, row: object, shape: type[T], where: str) -> T:
    """Turn a table into a `shape`; raises ValueError that begins with `where`."""
    try:
        return strict.structure(row, shape)
    except cattrs.BaseValidationError as error:
        problems = "; ".join(cattrs.transform_error(error, format_exception=_describe))
        raise ValueError(f"{where}: {problems}") from None


def refuse_repeated(what: str, names: list[str]) -> None:
    """Raise ValueError where one of `names` occurs twice."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{what}: given twice: {', '.join(repeated)}")


def line_of(text: str, *path: str) -> int:
    """Return the line, counted from 1, on which a key of a document begins; 1 where it has none.

    `path` is the key with those of the tables that it is in. The beginning of a document up to the
    end of a line that closes everything is a document itself, so lines are added until it has the
    key.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    whole = 0
    for number in range(1, len(lines) + 1):
        try:
            found: object = tomli.loads("\n".join(lines[:number]))
        except tomli.TOMLDecodeError:
            continue
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            return whole + 1
        whole = number
    return 1


def _string(value: object, shape: type[str]) -> str:
    """Check a string, or a value of an enumeration of strings."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is not a string with something in it")
    return shape(value.strip())


def _boolean(value: object, _: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _describe(error: BaseException, shape: type | None) -> str:
    if isinstance(error, ValueError):
        return str(error)
    return cattrs.v.format_exception(error, shape)
