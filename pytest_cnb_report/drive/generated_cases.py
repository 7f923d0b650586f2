"""The cases whose label sets are drawn; `planning.generated` draws them."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_cnb_report.drive.cases import Case, Generated, Rebase
from pytest_cnb_report.values import Phase

PARTS = (1, 2)
"""Each strategy has two cases, with a seed of its own and half of the examples each."""

_WORDS: Mapping[str, str] = {
    "wide": "up to 300 labels of every kind",
    "small": "a few labels of any text",
}

GENERATED = (
    *(Generated("wide", part) for part in PARTS),
    *(Generated("small", part) for part in PARTS),
)


def generated_cases() -> tuple[Case, ...]:
    """Return the generated cases as cases that can be listed and selected."""
    return tuple(
        Case(
            f"generated-{each.strategy}-{each.part}",
            f"generated label sets: {_WORDS[each.strategy]}",
            Phase.REBASER,
            Rebase(),
            generated=each,
        )
        for each in GENERATED
    )
