"""The step summary and the badge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import made_up
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cnb_report.report.badge import badge
from pytest_cnb_report.report.markdown import code, escaped, markdown
from pytest_cnb_report.report.results import KnownFailureFacts, LifecycleFacts
from pytest_cnb_report.values import Level, Outcome
from pytest_cnb_report.visible_text import visible

if TYPE_CHECKING:
    from pytest_cnb_report.report.results import Result

KNOWN = made_up.failure(outcome=Outcome.KNOWN_FAILURE, reason="later")
PART: dict[str, object] = {"shard": "2/4", "deselected": 9, "deselected_by": "--shard 2/4"}


def test_where_all_is_well_it_is_short() -> None:
    text = markdown(made_up.large(48, faulty=False))
    visible = text[: text.index("<details>")].splitlines()
    assert visible[0] == "## ✓ conformant: lifecycle 0.20.20"
    assert len(visible) < 12


def test_the_reason_stands_in_the_first_lines() -> None:
    lines = markdown(made_up.run(made_up.result(), made_up.failure())).splitlines()
    assert lines[0] == "## ✗ not conformant: lifecycle 0.20.20"
    assert lines[2] == "- **1 MUST requirement failed**"
    assert "### ✗ report.run-image.image" in lines[:10]
    assert "report.toml names no run image  " in lines[:10]


def test_what_stands_between_backticks_in_a_message_is_code() -> None:
    untestable = made_up.result(outcome=Outcome.UNTESTABLE, message="no `run.toml` in a_b_c")
    assert r"- no `run.toml` in a\_b\_c: `report.written`" in markdown(made_up.run(untestable))


def test_a_stale_known_failure_stands_in_the_first_lines() -> None:
    known = KnownFailureFacts("known.toml", 1, ("known.toml:3: the entry is stale",))
    lines = markdown(made_up.run(made_up.result(), known_failures=known)).splitlines()
    assert lines[2] == "- **known.toml:3: the entry is stale**"


def test_a_run_in_part_is_named_beside_the_verdict() -> None:
    passed, failed = (made_up.run(each, **PART) for each in (made_up.result(), made_up.failure()))
    assert markdown(passed).startswith("## ✓ conformant (shard 2/4): lifecycle")
    assert markdown(failed).startswith("## ✗ not conformant (shard 2/4): lifecycle")


def test_it_stays_far_below_what_a_summary_may_have() -> None:
    text = markdown(made_up.large(200))
    assert len(text.encode()) < 100_000
    assert text.count("<details>") == text.count("</details>")


def test_the_reference_is_named_as_such() -> None:
    run = made_up.run(made_up.result(), lifecycle=LifecycleFacts("reference", "reference"))
    assert "the suite's own reference lifecycle, not yours" in markdown(run)


@given(st.text(st.characters(exclude_categories=["C"])))
def test_text_has_no_markup_left(text: str) -> None:
    shown = escaped(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>|~#!&@]", shown)
    assert not re.match(r"[-+=]|\d+[.)]", shown)
    assert re.sub(r"\\([^0-9A-Za-z\s])", r"\1", shown) == " ".join(visible(text).split())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a", "`a`"),
        ("`a`", "`` `a` ``"),
        ("a``b", "```a``b```"),
        (" a ", "`  a  `"),
        ("a|b", "`a\\|b`"),
        ("a\nb", "`a b`"),
        ("<b>", "`<b>`"),
    ],
)
def test_code_shows_as_it_is_also_in_a_table(text: str, written: str) -> None:
    assert code(text) == written


@pytest.mark.parametrize(
    ("results", "changes", "message", "colour"),
    [
        ([made_up.result()], {}, "conformant", "brightgreen"),
        ([made_up.result(), KNOWN], {}, "conformant but for known failures", "yellow"),
        ([made_up.result()], {"deselected": 1}, "conformant (in part)", "yellowgreen"),
        ([made_up.result()], PART, "conformant (shard 2/4)", "yellowgreen"),
        ([made_up.failure()], PART, "1 of 1 MUST not met (shard 2/4)", "red"),
        ([made_up.result(), made_up.failure()], {}, "1 of 2 MUST not met", "red"),
        (
            [made_up.result(level=Level.SHOULD, outcome=Outcome.FAIL)],
            {"strict": True},
            "1 of 1 requirements not met",
            "red",
        ),
        (
            [made_up.result()],
            {"known_failures": KnownFailureFacts("k", 1, ("k:1: stale",))},
            "known failures are out of date",
            "red",
        ),
        ([], {}, "could not judge", "lightgrey"),
        ([made_up.result(outcome=Outcome.ERROR)], {}, "could not judge: 1 error", "lightgrey"),
    ],
)
def test_badges(
    results: list[Result], changes: dict[str, object], message: str, colour: str
) -> None:
    made = badge(made_up.run(*results, **changes))
    assert made == {
        "schemaVersion": 1,
        "label": "CNB rfc-0129-draft, API 0.14",
        "message": message,
        "color": colour,
    }
