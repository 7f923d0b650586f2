"""Name recorded lifecycles together: one with its platform APIs, where all say the same."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.platform_apis import PLATFORM_APIS
from pytest_cnb_report.report.whatif import Answer
from pytest_cnb_report.report.whatif_words import cell_words, with_phases

if TYPE_CHECKING:
    from pytest_cnb_report.report.whatif import Cell, Column, Row, WhatIf
    from pytest_cnb_report.values import PlatformApi

_RANGE = 3
"""From so many neighbours on, the first and the last stand for all."""


@dataclass(frozen=True)
class Group:
    """Columns of one lifecycle at one destination that are told together."""

    columns: tuple[Column, ...]
    numbers: tuple[int, ...]
    """Their places among all columns."""
    parts: tuple[str, ...]
    """Their common name: lifecycle, platform APIs, destination, and what is special about it."""


def groups(found: WhatIf, said: Sequence[Hashable]) -> tuple[Group, ...]:
    """Put columns of one lifecycle and destination together of which the same is said.

    `said` has what is said of each column.
    """
    several = len({column.profile for column in found.columns}) > 1
    together: dict[Hashable, list[int]] = {}
    for number, column in enumerate(found.columns):
        lifecycle, _, *rest = column.parts(with_profile=several)
        together.setdefault((lifecycle, *rest, said[number]), []).append(number)
    return tuple(_group(found, numbers, several=several) for numbers in together.values())


def told_together(row: Row, found: WhatIf) -> Iterator[tuple[tuple[str, ...], Cell]]:
    """Yield what is told of one requirement: names, and the cell that all of them have.

    Of a requirement that only follows others, what does not flip is not told.
    """
    phases = with_phases(row)
    said = [cell_words(cell, with_phase=phases) for cell in row.cells]
    for each in groups(found, said):
        cell = row.cells[each.numbers[0]]
        if not row.follows or cell.answer is Answer.FLIPS:
            yield each.parts, cell


def _group(found: WhatIf, numbers: Sequence[int], *, several: bool) -> Group:
    columns = tuple(found.columns[number] for number in numbers)
    lifecycle, _, *rest = columns[0].parts(with_profile=several)
    apis = f"API {api_words(column.platform_api for column in columns)}"
    return Group(columns, tuple(numbers), (lifecycle, apis, *rest))


def api_words(apis: Iterable[PlatformApi]) -> str:
    """List platform APIs, those that follow each other by the first and the last of them."""
    every = sorted(set(apis))
    runs: list[list[PlatformApi]] = []
    for api in every:
        if runs and _follows(runs[-1][-1], api):
            runs[-1].append(api)
        else:
            runs.append([api])
    return ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) >= _RANGE else ", ".join(map(str, run)) for run in runs
    )


def _follows(before: PlatformApi, api: PlatformApi) -> bool:
    return (before, api) in itertools.pairwise(PLATFORM_APIS)
