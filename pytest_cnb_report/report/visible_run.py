"""A run whose every text can be shown as it is, in any form of a report.

`expected` and `actual` are left alone: they are data, which `difference.display` writes out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from pytest_cnb_report.visible_text import visible

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Result, Run

_DATA = frozenset({"expected", "actual"})
_T = TypeVar("_T")


def visible_run(run: Run) -> Run:
    """Write out what cannot be seen in each text of `run`."""
    return _shown(run)


def visible_result(result: Result) -> Result:
    """Write out what cannot be seen in each text of `result`."""
    return _shown(result)


def _shown(value: _T) -> _T:
    found: object = value
    if isinstance(value, str) and type(value) is str:
        found = visible(value)
    elif isinstance(value, tuple) and type(value) is tuple:
        found = tuple(map(_shown, value))
    elif isinstance(value, Mapping):
        found = {_shown(key): _shown(each) for key, each in value.items()}
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = _shown_fields(value)
    return cast("_T", found)


def _shown_fields(value: object) -> object:
    """Replace the fields that change; most values have none, and stay what they are."""
    changed = {}
    for field in dataclasses.fields(value):  # type: ignore[arg-type]  # one, as the caller knows
        if field.init and field.name not in _DATA:
            before = getattr(value, field.name)
            after = _shown(before)
            if after != before:
                changed[field.name] = after
    return dataclasses.replace(value, **changed) if changed else value  # type: ignore[type-var]
