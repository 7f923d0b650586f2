"""Whether part of a point can be completed: decided by search, without the table's own library."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.scenarios.space import Cause, Combination, Dimension, Point, Space


def completed(space: Space, part: Point, expect: Expect) -> Point | None:
    """Return a point of the space with these values that has to end so; None where there is none.

    The values that are tried first are the plain ones.
    """
    if space.excluded(part) is not None:
        return None
    causes = [each for each in space.causes if each.expect is expect]
    if expect is Expect.SUCCESS:
        return _search(space, dict(part), _order(space, part), expect)
    for cause in causes:
        found = _with_cause(space, part, cause, expect)
        if found is not None:
            return found
    return None


def _with_cause(space: Space, part: Point, cause: Cause, expect: Expect) -> Point | None:
    """Complete a point in which this cause holds."""
    involved = [space.dimension(name) for name in cause.combination.values]
    return _assign(space, dict(part), involved, cause, expect)


def _assign(
    space: Space, point: dict[str, str], involved: Sequence[Dimension], cause: Cause, expect: Expect
) -> Point | None:
    if not involved:
        return _search(space, point, _order(space, point), expect)
    first, *rest = involved
    wanted = cause.combination.values[first.name]
    for value in first.values:
        if value.name not in wanted or point.get(first.name, value.name) != value.name:
            continue
        tried = {**point, first.name: value.name}
        if space.excluded(tried) is None:
            found = _assign(space, tried, rest, cause, expect)
            if found is not None:
                return found
    return None


def _order(space: Space, part: Point) -> list[Dimension]:
    """The dimensions that are open, those that most is said about before the others."""
    said = [each.combination for each in space.nevers]
    for cause in space.causes:
        said.append(cause.combination)
        if cause.lifted is not None:
            said.append(cause.lifted)
    open_ = [each for each in space.dimensions if each.name not in part]
    return sorted(open_, key=lambda each: -sum(each.name in c.values for c in said))


def _search(
    space: Space, point: dict[str, str], left: Sequence[Dimension], expect: Expect
) -> Point | None:
    if not left:
        return dict(point) if space.expects(point) is expect else None
    first, *rest = left
    for value in first.values:
        point[first.name] = value.name
        if space.excluded(point) is None and not _hopeless(space, point, expect):
            found = _search(space, point, rest, expect)
            if found is not None:
                return found
        del point[first.name]
    return None


def _hopeless(space: Space, point: Point, expect: Expect) -> bool:
    """Whether no completion can end so.

    A cause of another end holds and cannot be lifted, or none of this end can hold any more.
    """
    own = [each for each in space.causes if each.expect is expect]
    if own and all(
        _cannot_hold(each.combination, point)
        or (each.lifted is not None and each.lifted.holds(point))
        for each in own
    ):
        return True
    return any(
        each.expect is not expect
        and each.combination.holds(point)
        and (each.lifted is None or _cannot_hold(each.lifted, point))
        for each in space.causes
    )


def _cannot_hold(combination: Combination, point: Point) -> bool:
    return any(name in point and point[name] not in w for name, w in combination.values.items())
