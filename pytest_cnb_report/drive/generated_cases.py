"""The cases that stand for scenarios that are drawn; `planning.generated` draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_cnb_report.drive.cases import Case, Generated, Rebase
from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.drive.label_sets import LabelSet
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


@dataclass(frozen=True)
class DrawnScenario(ReprForHypothesis):
    """One rebase that was drawn.

    `point` is where it is in the space of rebases, all dimensions but that of the labels: it has
    `labels` of its own, and no others but those that a rebase is decided by.
    """

    point: Mapping[str, str] = field(default_factory=dict)
    labels: LabelSet = field(default_factory=LabelSet)


def generated_cases() -> tuple[Case, ...]:
    """Return the generated cases as cases that can be listed and selected."""
    return tuple(
        Case(
            f"generated-{each.strategy}-{each.part}",
            f"generated scenarios with {_WORDS[each.strategy]}",
            Phase.REBASER,
            Rebase(),
            generated=each,
        )
        for each in GENERATED
    )
