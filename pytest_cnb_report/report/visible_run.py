"""A run whose every text can be shown as it is, in any form of a report.

`expected` and `actual` are left alone: they are data, which `difference.display` writes out.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from pytest_cnb_report.values import Level, Outcome, Phase, Target
from pytest_cnb_report.visible_text import visible

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Result, Run

_DATA = frozenset({"expected", "actual"})
_KEPT = "_visible_run"
_NO_TEXT = frozenset({bool, int, float, type(None), Level, Outcome, Phase, Target})
_T = TypeVar("_T")


def visible_run(run: Run) -> Run:
    """Write out what cannot be seen in each text of `run`.

    It is kept with the run, of which every form of a report asks for it.
    """
    kept = vars(run)
    if _KEPT not in kept:
        kept[_KEPT] = _shown(run)
    return cast("Run", kept[_KEPT])


def visible_result(result: Result) -> Result:
    """Write out what cannot be seen in each text of `result`."""
    return _shown(result)


def _shown(value: _T) -> _T:
    kind: type = type(value)
    found: object = value
    if kind is str:
        text = cast("str", value)
        found = text if text.isascii() and text.isprintable() else visible(text)
    elif kind in _NO_TEXT:
        pass
    elif kind is tuple:
        found = tuple(map(_shown, cast("tuple[object, ...]", value)))
    elif names := _texts_of(kind):
        found = _shown_fields(value, names)
    elif isinstance(value, Mapping):
        found = {_shown(key): _shown(each) for key, each in value.items()}
    return cast("_T", found)


@functools.cache
def _texts_of(kind: type) -> tuple[str, ...]:
    """Return the fields of a dataclass in which there may be text to show; none of another type."""
    if not dataclasses.is_dataclass(kind):
        return ()
    return tuple(f.name for f in dataclasses.fields(kind) if f.init and f.name not in _DATA)


def _shown_fields(value: object, names: tuple[str, ...]) -> object:
    """Replace the fields that change; most values have none, and stay what they are."""
    changed = {}
    for name in names:
        before = getattr(value, name)
        after = _shown(before)
        if after is not before and after != before:
            changed[name] = after
    return dataclasses.replace(value, **changed) if changed else value  # type: ignore[type-var]
