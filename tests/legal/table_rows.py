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
    return _found((Phase(phase),), Expect(expect), where(**values), count)


def builds(*, count: int = 1, **values: str | Iterable[str]) -> tuple[str, ...]:
    """Return such rows of the exporter and the creator; one of them may have none."""
    return _found((Phase.EXPORTER, Phase.CREATOR), Expect.SUCCESS, where(**values), count)


def _found(
    phases: tuple[Phase, ...], expect: Expect, wanted: Combination, count: int
) -> tuple[str, ...]:
    found = [case for case in _ROWS if case.expect is expect and wanted.holds(case.point)]
    found.sort(key=lambda case: not _is_small(case.point))
    by_phase = [[key_of(case) for case in found if case.phase is phase] for phase in phases]
    if not any(by_phase):
        named = " or ".join(phase.value for phase in phases)
        raise LookupError(f"no row of the {named} ends in {expect.value} with {wanted}")
    return tuple(key for keys in by_phase for key in keys[:count])


def _is_small(point: Mapping[str, str]) -> bool:
    layers = (point.get(f"{which}-layers", "1") for which in ("run", "old", "new"))
    return _FEW_LAYERS.issuperset(layers)
