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
from pytest_cnb_report.report.whatif_markdown import markdown
from pytest_cnb_report.report.whatif_places import told_together
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
                " no record can tell for 1 of the 2 requirements that depend on the change."
            ),
        ),
        (
            found("ab", (CANNOT, CANNOT)),
            "The records cannot tell: no scenario of 2 recorded lifecycles shows a difference.",
        ),
        (
            found("a"),
            "Nothing flips: no requirement depends on the change (1 recorded lifecycle).",
        ),
    ],
)
def test_it_says_how_much_the_records_tell(answers: WhatIf, said: str) -> None:
    assert summary_words(answers) == said


def recorded(name: str, *apis: str, target: Target = Target.REGISTRY) -> list[Column]:
    """Make the columns of one lifecycle, one for each platform API."""
    profile = Profile.RFC_0129
    return [Column("r.xz", name, name, PlatformApi.parse(a), target, profile, "") for a in apis]


def test_records_of_a_lifecycle_that_say_the_same_are_told_together() -> None:
    columns = [
        *recorded("v1", "0.7", "0.8", "0.9", "0.10"),
        *recorded("v2", "0.12", "0.14"),
        *recorded("v2", "0.14", target=Target.DAEMON),
    ]
    row = Row("r", "", Level.MUST, Level.MUST, (STAYS, STAYS, STAYS, FLIPS, STAYS, STAYS, STAYS))
    answers = WhatIf("suite", Amended("a", "a.toml", ()), tuple(columns), (row,), 0)
    assert [(", ".join(parts), cell) for parts, cell in told_together(row, answers)] == [
        ("v1, API 0.7 to 0.9, registry", STAYS),
        ("v1, API 0.10, registry", FLIPS),
        ("v2, API 0.12, 0.14, registry", STAYS),
        ("v2, API 0.14, daemon", STAYS),
    ]


def test_a_table_of_many_records_has_a_line_for_each() -> None:
    few, many = found("abc", (FLIPS, STAYS, STAYS)), found("abcdefg", (FLIPS, *(STAYS,) * 6))
    assert "| requirement | a<br>API 0.14<br>registry | b<br>" in markdown(few).replace("\\", "")
    lines = markdown(many).replace("\\", "").splitlines()
    assert "| recorded lifecycle | `r0`<br>MUST |" in lines
    assert "| a, API 0.14, registry | **pass → fail, 1 of 1 scenario** |" in lines
    assert "| g, API 0.14, registry | unchanged (pass) |" in lines
