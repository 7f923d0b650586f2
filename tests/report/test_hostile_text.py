"""What a lifecycle says of itself is shown, and neither moves a cursor nor gives an order to CI."""

from __future__ import annotations

import json
import os
import subprocess
import unicodedata
from collections.abc import Callable
from typing import Any

import made_up
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cnb_report.planning.outputs import Written, run_lines
from pytest_cnb_report.report import badge, html, junit, record
from pytest_cnb_report.report.compare import compare
from pytest_cnb_report.report.compare_text import lines, markdown
from pytest_cnb_report.report.layout import columns
from pytest_cnb_report.report.markdown import markdown as summary
from pytest_cnb_report.report.matrix import page as matrix
from pytest_cnb_report.report.matrix_columns import Compared
from pytest_cnb_report.report.results import KnownFailureFacts, LifecycleFacts, Run, TargetFacts
from pytest_cnb_report.values import Outcome, Target
from pytest_cnb_report.visible_text import for_log, shell_line, shell_word, visible

ESCAPES = "\x1b[2J\x1b]8;;https://a.example\x07"
BIDI = "\u202egnp.\u2066"
BLANK = "\u200b\u3164\ufe0f\u2028\u0085\u00a0\U000e0041"
ORDERS = "::error title=a::b", "##vso[task.complete result=Succeeded;]", "##[error]c"
HOSTILE = f"1.2.3 {ESCAPES} {BIDI} {BLANK}\r\b\n{' '.join(ORDERS)}\n" + "\n".join(ORDERS)


def hostile(reproduce: str | None = HOSTILE) -> Run:
    """Make a run in which every text that comes from outside is hostile."""
    words: dict[str, Any] = {"message": HOSTILE, "reproduce": reproduce, "reason": HOSTILE}
    return made_up.run(
        made_up.failure("report.run-image.image", **words),
        made_up.result("report.written", outcome=Outcome.ERROR, case="gzip", **words),
        made_up.result("report.replaced", outcome=Outcome.UNTESTABLE, **words),
        made_up.result("report.valid-toml", outcome=Outcome.KNOWN_FAILURE, **words),
        lifecycle=LifecycleFacts(HOSTILE, "directory", HOSTILE, "0" * 64),
        targets={Target.REGISTRY: TargetFacts(judged=False, why=HOSTILE)},
        cut_short=HOSTILE,
        known_failures=KnownFailureFacts(HOSTILE, 1, (HOSTILE,)),
        command=HOSTILE,
    )


def other() -> Run:
    return made_up.run(made_up.result("report.run-image.image"))


def unseen(text: str) -> set[str]:
    """The characters that a reader does not see, or that do something to others."""
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
    return {c for c in text if unicodedata.category(c) in hidden or c in BLANK} - {*"\n\t "}


def orders(text: str) -> list[str]:
    """The lines that GitHub, Azure Pipelines or TeamCity would obey."""
    every = text.splitlines()
    return [x for x in every if x.lstrip().startswith("::") or "##vso[" in x or "##[" in x]


def _link(line: str) -> int:
    """Return the columns that a line may have for a link in it."""
    return columns(line) if line.strip().startswith("https://") else 0


@pytest.mark.parametrize("width", [20, 21, 22, 23, 40, 80, 200])
def test_on_a_terminal_of_any_width(width: int) -> None:
    text = made_up.unstyled(run_lines(hostile(), Written(), width=width, verbosity=1))
    assert unseen(text) == set()
    assert orders(text) == []
    assert "\\x1b[2J" in text.replace("\n", "")


@pytest.mark.parametrize("width", [20, 21, 22, 23, 40, 80])
def test_no_line_becomes_wider_for_it(width: int) -> None:
    shown = run_lines(hostile(reproduce=None), Written(), width=width, verbosity=1)
    lines = made_up.unstyled(shown).splitlines()
    assert [x for x in lines if columns(x) > max(width, _link(x))] == []


@pytest.mark.parametrize(
    "form",
    [summary, junit.dumps, badge.dumps, lambda run: markdown(compare(other(), run))],
    ids=["report.md", "junit.xml", "badge.json", "compare"],
)
def test_in_text_files(form: Callable[[Run], str]) -> None:
    text = form(hostile())
    assert unseen(text) == set()
    if form is not junit.dumps:  # which nobody prints
        assert orders(text) == []


def test_in_a_comparison() -> None:
    text = made_up.unstyled(lines(compare(other(), hostile())))
    assert unseen(text) == set()


@pytest.mark.parametrize(
    "page", [html.page, lambda run: matrix([Compared(run)])], ids=["report", "matrix"]
)
def test_on_a_page(page: Callable[[Run], str]) -> None:
    assert unseen(page(hostile())) - unseen(page(other())) == set()


def test_the_results_for_programs_have_it_byte_for_byte() -> None:
    text = record.dumps(hostile())
    assert text.isascii()
    assert json.loads(text)["lifecycle"]["version"] == HOSTILE


@given(st.text(max_size=40))
def test_what_is_visible_stays(text: str) -> None:
    once = for_log(text)
    assert unseen(once) == set()
    assert visible(once) == once
    assert for_log(once) == once
    assert [line for line in once.split("\n") if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize("text", ["caf\u00e9 \u2713 \u6f22", "[::1]:5000/app", "a ## b", "# [x]"])
def test_what_is_harmless_is_left_alone(text: str) -> None:
    assert for_log(text) == text


def test_a_path_that_is_no_text_is_quoted_by_its_bytes() -> None:
    assert shell_word(os.fsdecode(b"/a\xff/b")) == "$'/a\\xff/b'"
    assert shell_word("\ud800") == "$'\\xed\\xa0\\x80'"


NOT_NUL = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


@given(st.lists(st.text(NOT_NUL, max_size=12), max_size=3))
def test_a_command_is_the_same_for_a_shell(words: list[str]) -> None:
    line = shell_line(["printf", "%s\\0", "", *words])
    assert unseen(line) == set()
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert done.stdout == b"".join(w.encode() + b"\0" for w in ["", *words])
