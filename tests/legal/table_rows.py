"""Scenarios of the committed tables, chosen by where they are in the space and never by name.

So a table can be made anew without a change here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_cnb_report.drive.cases import Build, Case, Expect
from pytest_cnb_report.planning.plan import all_cases
from pytest_cnb_report.scenarios.space import Combination, where
from pytest_cnb_report.scenarios.tables import table_cases
from pytest_cnb_report.values import PLATFORM_APIS, Phase, Target

_FEW_LAYERS = frozenset({"1", "2", "5"})
_ROWS = table_cases(Target.REGISTRY, PLATFORM_APIS[-1])

LAUNCH_CACHE = tuple(
    Case("launch-cache", "a folder for a launch cache", phase, Build(launch_cache=True))
    for phase in (Phase.EXPORTER, Phase.CREATOR)
)
"""At a registry, for which no table has it."""


def key_of(case: Case) -> str:
    """Return how variations call a case."""
    return f"{case.phase.value} {case.name}"


CASES: Mapping[str, Case] = {key_of(case): case for case in (*all_cases(), *_ROWS, *LAUNCH_CACHE)}


def rows(
    phase: str, *, count: int = 1, expect: str = "success", **values: str | Iterable[str]
) -> tuple[str, ...]:
    """Return the first rows that have these values, those of few layers before others.

    Ask for no more than two values at once: a table has every pair, and not every three. Raises
    LookupError where there are none.
    """
    wanted = where(**values)
    found = _found(Phase(phase), Expect(expect), wanted, count)
    if not found:
        raise LookupError(f"no row of the {phase} ends in {expect} with {wanted}")
    return found


def builds(*, count: int = 1, **values: str | Iterable[str]) -> tuple[str, ...]:
    """Return such rows of the exporter and the creator; one of them may have none."""
    wanted = where(**values)
    found = tuple(
        row
        for phase in (Phase.EXPORTER, Phase.CREATOR)
        for row in _found(phase, Expect.SUCCESS, wanted, count)
    )
    if not found:
        raise LookupError(f"no row of a build ends in success with {wanted}")
    return found


def _found(phase: Phase, expect: Expect, wanted: Combination, count: int) -> tuple[str, ...]:
    found = [
        case
        for case in _ROWS
        if case.phase is phase and case.expect is expect and wanted.holds(case.point)
    ]
    found.sort(key=lambda case: not _is_small(case.point))
    return tuple(map(key_of, found[:count]))


def _is_small(point: Mapping[str, str]) -> bool:
    layers = (point.get(f"{which}-layers", "1") for which in ("run", "old", "new"))
    return _FEW_LAYERS.issuperset(layers)
