"""Requests of a registry in columns: they differ from the one before in little, and are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from pytest_cnb_report.registry.protocol import Request

_NAMES = tuple(each.name for each in fields(Request))
_NUMBERED = "number"


def in_columns(requests: Sequence[Request]) -> dict[str, Any]:
    """Return requests as JSON values by field: a list, or the one value that all of them have.

    Numbers that follow upon each other are given as the first one.
    """
    columns: dict[str, Any] = {"count": len(requests)}
    for name in _NAMES if requests else ():
        values = [getattr(each, name) for each in requests]
        follow = range(values[0], values[0] + len(values)) if name == _NUMBERED else ()
        same = values == list(follow) or values.count(values[0]) == len(values)
        columns[name] = values[0] if same else values
    return columns


def rows_of(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what `in_columns` wrote as the fields of each request; raises ValueError for else."""
    count = columns.get("count")
    if type(count) is not int or not 0 <= count < 1_000_000 or not {*columns} <= {"count", *_NAMES}:
        raise ValueError("requests have no count, or a column that is unknown")
    whole: dict[str, Sequence[Any]] = {}
    for name, value in columns.items():
        if name == "count":
            continue
        if isinstance(value, list):
            whole[name] = value
        elif name == _NUMBERED and type(value) is int:
            whole[name] = range(value, value + count)
        else:
            whole[name] = [value] * count
        if len(whole[name]) != count:
            raise ValueError(f"{name} of requests is not {count} values")
    return [dict(zip(whole, row, strict=True)) for row in zip(*whole.values(), strict=True)]
