"""Values that others' test output shows: as they are, not as they came about."""

from __future__ import annotations

from typing import Protocol


class Printer(Protocol):
    """What Hypothesis and IPython write a value with."""

    def text(self, obj: str, /) -> None:
        """Write some text."""


class ReprForHypothesis:
    """A value that Hypothesis shows by its `repr`.

    Left to itself it shows every field of a dataclass, however deep, and of a drawn value the call
    that made it.
    """

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        del cycle
        printer.text(repr(self))
