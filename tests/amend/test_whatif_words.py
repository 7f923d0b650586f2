"""The sentence that a what-if begins with: who flips, of what, and what no record can tell."""

from __future__ import annotations

import pytest

from pytest_cnb_report.judge.text import Amended
from pytest_cnb_report.report.whatif import (
    Answer,
    Cell,
    Column,
    Row,
    ScenarioName,
    Transition,
    WhatIf,
)
from pytest_cnb_report.report.whatif_words import summary_words
from pytest_cnb_report.values import Level, Outcome, Phase, PlatformApi, Profile, Target

PLAIN = (ScenarioName(Phase.REBASER, "plain"),)
FLIPS = Cell(Answer.FLIPS, 1, 1, (Transition(Outcome.PASS, Outcome.FAIL, PLAIN),))
FOLLOWS = Cell(Answer.FLIPS, 1, 1, (Transition(Outcome.PASS, Outcome.UNTESTABLE, PLAIN, "a"),))
STAYS = Cell(Answer.STAYS, 1, 1, outcomes={Outcome.PASS: 1})
CANNOT = Cell(Answer.CANNOT_TELL, 1, why="the report has no reference")
ELSEWHERE = Cell(Answer.NOT_APPLICABLE, why="another profile")


def found(lifecycles: str, *rows: tuple[Cell, ...]) -> WhatIf:
    """Make answers: a column for each lifecycle, which is a letter, and rows of cells."""
    columns = tuple(
        Column(f"{n}.xz", each, each, PlatformApi(0, 14), Target.REGISTRY, Profile.RFC_0129, "")
        for n, each in enumerate(lifecycles)
    )
    made = tuple(Row(f"r{n}", "", Level.MUST, Level.MUST, cells) for n, cells in enumerate(rows))
    return WhatIf("suite", Amended("a change", "change.toml", ()), columns, made, 0)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (found("a", (FLIPS,)), "1 requirement flips, in 1 of 1 recorded lifecycle."),
        (found("ab", (FLIPS, STAYS)), "1 requirement flips, in 1 of 2 recorded lifecycles."),
        (
            found("aab", (FLIPS, FLIPS, STAYS), (FOLLOWS, STAYS, STAYS)),
            (
                "1 requirement flips, in 2 of 3 recordings of 2 lifecycles;"
                " 1 more cannot be tested because of it."
            ),
        ),
        (
            found("abc", (FLIPS, CANNOT, ELSEWHERE), (CANNOT, CANNOT, ELSEWHERE)),
            "1 requirement flips, in 1 of 3 recorded lifecycles; 1 cannot tell.",
        ),
        (found("aa", (STAYS, STAYS)), "Nothing flips in 2 recordings of 1 lifecycle."),
        (
            found("ab", (STAYS, STAYS), (CANNOT, CANNOT)),
            (
                "Nothing flips in 2 recorded lifecycles;"
                " no record can tell of 1 of the 2 requirements that it touches."
            ),
        ),
        (
            found("ab", (CANNOT, CANNOT)),
            "The records cannot tell: no scenario of 2 recorded lifecycles shows a difference.",
        ),
        (
            found("a"),
            "Nothing flips: no requirement rests on what changes (1 recorded lifecycle).",
        ),
    ],
)
def test_it_says_how_much_the_records_tell(answers: WhatIf, said: str) -> None:
    assert summary_words(answers) == said
