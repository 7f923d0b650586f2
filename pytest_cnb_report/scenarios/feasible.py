"""Whether part of a point can be completed: decided by search, independently of the table maker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios.space import Cause, Combination, Dimension, Point, Space


def completed(space: Space, part: Point, expect: Expect) -> Point | None:
    """Return a point of the space with these values that has to end so; None where there is none.

    The values that are tried first are the plain ones.
    """
    return Completion(space, expect).of(part)


class Completion:
    """Completes parts of points of one space that all have to end alike.

    What is said about a dimension is looked up once, for the many parts of a table.
    """

    def __init__(self, space: Space, expect: Expect) -> None:
        self._space, self._expect = space, expect
        self._own = [each for each in space.causes if each.expect is expect]
        self._foreign = [each for each in space.causes if each.expect is not expect]
        self._nevers: dict[str, list[Combination]] = defaultdict(list)
        for never in space.nevers:
            for name in never.combination.values:
                self._nevers[name].append(never.combination)
        said = [each.combination for each in space.nevers]
        said += [each.combination for each in space.causes]
        said += [each.lifted for each in space.causes if each.lifted is not None]
        counts = {d.name: sum(d.name in each.values for each in said) for d in space.dimensions}
        self._order = sorted(space.dimensions, key=lambda each: -counts[each.name])

    def of(self, part: Point) -> Point | None:
        """Return a point with these values; None where there is none."""
        if self._space.excluded(part) is not None:
            return None
        for held in self._with_a_cause(part):
            found = self._search(held, [d for d in self._order if d.name not in held])
            if found is not None:
                return found
        return None

    def _with_a_cause(self, part: Point) -> Iterator[dict[str, str]]:
        """Return the part as it is for a success, else with each way in which a cause can hold."""
        if self._expect is Expect.SUCCESS:
            yield dict(part)
            return
        for cause in self._own:
            involved = [self._space.dimension(name) for name in cause.combination.values]
            yield from self._assign(dict(part), involved, cause)

    def _assign(
        self, point: dict[str, str], involved: Sequence[Dimension], cause: Cause
    ) -> Iterator[dict[str, str]]:
        if not involved:
            if not self._hopeless(point):
                yield point
            return
        first, *rest = involved
        for value in first.values:
            wanted = value.name in cause.combination.values[first.name]
            if wanted and point.get(first.name, value.name) == value.name:
                tried = {**point, first.name: value.name}
                if not self._excluded_by(tried, first.name):
                    yield from self._assign(tried, rest, cause)

    def _search(self, point: dict[str, str], left: Sequence[Dimension]) -> Point | None:
        if not left:
            return dict(point) if self._space.expects(point) is self._expect else None
        first, *rest = left
        for value in first.values:
            point[first.name] = value.name
            if not self._excluded_by(point, first.name) and not self._hopeless(point):
                found = self._search(point, rest)
                if found is not None:
                    return found
            del point[first.name]
        return None

    def _excluded_by(self, point: Point, name: str) -> bool:
        """Whether a value that was just given to a dimension excludes the point."""
        return any(each.holds(point) for each in self._nevers[name])

    def _hopeless(self, point: Point) -> bool:
        """Whether no completion can end so.

        A cause of another end holds and cannot be lifted, or none of this end can hold any more.
        """
        if self._own and all(
            _cannot_hold(each.combination, point)
            or (each.lifted is not None and each.lifted.holds(point))
            for each in self._own
        ):
            return True
        return any(
            each.combination.holds(point)
            and (each.lifted is None or _cannot_hold(each.lifted, point))
            for each in self._foreign
        )


def _cannot_hold(combination: Combination, point: Point) -> bool:
    return any(name in point and point[name] not in w for name, w in combination.values.items())
