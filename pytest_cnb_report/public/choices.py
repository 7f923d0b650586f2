"""Arguments that are one of a few words, checked where a caller gives them."""

from __future__ import annotations

from typing import get_args

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show


def check_choices(**given: tuple[object, object]) -> None:
    """Raise ValueError for the first argument whose value is none that its Literal has.

    Each is given by name, as a pair of value and Literal; None is an argument that is left out.
    """
    for name, (value, literal) in given.items():
        words = get_args(literal)
        if value is not None and value not in words:
            *most, last = map(repr, words)
            raise ValueError(f"{name}={value!r}: give {', '.join(most)} or {last}")
