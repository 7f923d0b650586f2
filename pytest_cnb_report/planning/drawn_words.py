"""A generated scenario in words, and how small it is."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cnb_report.drive.generated_cases import DrawnScenario
from pytest_cnb_report.drive.label_sets import LabelSet
from pytest_cnb_report.report.difference import display
from pytest_cnb_report.scenarios.in_words import differences_in_words
from pytest_cnb_report.scenarios.rebase_space import REBASES
from pytest_cnb_report.values import Phase

_MOST_LABELS = 3
_LONGEST = 60
"""Characters of a value that are written out."""


def weight(drawn: DrawnScenario) -> tuple[int, int]:
    """Return how large a scenario is: differences from a plain one and labels, and characters."""
    labels = (*drawn.labels.app.items(), *drawn.labels.run_image.items())
    return (
        len(REBASES.differences(drawn.point)) + drawn.labels.size,
        sum(len(key) + len(value) for key, value in labels),
    )


def in_words(drawn: DrawnScenario) -> str:
    """Say what is special about a scenario: its differences from a plain rebase, and its labels."""
    differences = differences_in_words(Phase.REBASER, drawn.point)
    rebase = f"a rebase ({differences})" if differences else "a plain rebase"
    labels = list(_transitions(drawn.labels))
    if not labels:
        return f"{rebase}, without labels"
    more = len(labels) - _MOST_LABELS
    shown = [*labels[:_MOST_LABELS], *([f"{more} more"] if more > 0 else [])]
    return f"{rebase}, with labels {'; '.join(shown)}"


def _transitions(labels: LabelSet) -> Iterator[str]:
    for key in dict.fromkeys((*labels.app, *labels.run_image)):
        old, new = labels.app.get(key), labels.run_image.get(key)
        if new is None:
            yield f"{_short(key)} only on the app image"
        elif old is None:
            yield f"{_short(key)} = {_short(new)} only on the new run image"
        elif old == new:
            yield f"{_short(key)} = {_short(new)} on both"
        else:
            yield f"{_short(key)} = {_short(new)} on the new run image, {_short(old)} on the app"


def _short(text: str) -> str:
    return display(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
