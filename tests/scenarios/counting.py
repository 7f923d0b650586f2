"""Count what tables show, with none of the code that makes them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios.feasible import Completion
from pytest_cnb_report.scenarios.space import Point, Space


def sets_of(space: Space, strength: int) -> Iterator[Point]:
    """Every value of that many dimensions, feasible or not; rare ones only by themselves."""
    for several in itertools.combinations(space.dimensions, strength):
        for values in itertools.product(*(each.values for each in several)):
            if strength > 1 and any(value.rare for value in values):
                continue
            yield {each.name: value.name for each, value in zip(several, values, strict=True)}


class Shown:
    """In which points each value is, as bits."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._points: dict[tuple[str, str], int] = {}
        for number, point in enumerate(points):
            for value in point.items():
                self._points[value] = self._points.get(value, 0) | 1 << number

    def has(self, part: Point) -> bool:
        """Whether one of the points has all of these values."""
        points = -1
        for value in part.items():
            points &= self._points.get(value, 0)
        return points != 0


def not_shown(space: Space, expect: Expect, points: Sequence[Point], strength: int) -> list[Point]:
    """The feasible sets of two values, or of three, that no point shows; and single rare values.

    A set with values that exclude each other already is not searched again.
    """
    shown, completion = Shown(points), Completion(space, expect)
    missing: list[Point] = []
    impossible: set[frozenset[tuple[str, str]]] = set()
    for size in range(1, strength + 1):
        for part in sets_of(space, size):
            if shown.has(part):
                continue
            smaller = itertools.combinations(part.items(), size - 1)
            if (
                any(frozenset(each) in impossible for each in smaller)
                or completion.of(part) is None
            ):
                impossible.add(frozenset(part.items()))
            elif size == strength or part.items() <= space.rare:
                missing.append(part)
    return missing
