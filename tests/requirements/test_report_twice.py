"""The report of a second rebase, judged like that of the first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.judge.second_call import on_each_call
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict, broken, met
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rules import RULES

from .examples import DRAFT, Example, right, wrong
from .observations import (
    NO_DIGEST,
    Edit,
    again,
    asked_of,
    call,
    no_app,
    no_report,
    recorded,
    report_bytes,
    report_key,
)

TWICE = "draft/rebaser-twice"
REPEATED = "draft/rebaser-repeated"
AGAIN = "after the same rebase again, "


def changes_nothing(seen: Observation) -> Observation:
    """Have the second rebase write the image that is there already."""
    assert seen.again is not None
    name = asked_of(seen).images[0]
    same = replace(seen.again, before=seen.after, after={**seen.again.after, name: seen.app})
    return replace(seen, again=same)


def after_two(requirement: str, what: str, edit: Edit, words: str) -> tuple[Example, ...]:
    """The second report is wrong; it is not judged where there was no second success."""
    return (
        wrong(requirement, f"{what} of the second rebase", TWICE, again(edit), words=AGAIN + words),
        wrong(requirement, f"{what} of another rebase", REPEATED, again(edit), words=AGAIN + words),
        right(
            requirement,
            f"{what} of a second that failed",
            TWICE,
            again(edit),
            again(call(exit_code=1)),
        ),
        right(
            requirement, f"{what} of a second without an image", TWICE, again(edit), again(no_app())
        ),
    )


EXAMPLES: tuple[Example, ...] = (
    *(
        right(requirement, "of a second rebase that changes nothing", TWICE, changes_nothing)
        for requirement in (
            "report.written",
            "report.valid-toml",
            "report.image.tags",
            "report.image.digest",
            "report.image.manifest-size",
            "report.run-image.image",
            "report.run-image.reference",
            "report.run-image.top-layer",
            "report.run-image.after-rebase",
            "report.run-image.matches-label",
        )
    ),
    *after_two("report.written", "none", no_report, "the run succeeded, but there is no report"),
    *after_two("report.valid-toml", "no TOML", report_bytes(lambda _: b"="), "the report cannot"),
    *after_two(
        "report.image.digest",
        "the digest",
        report_key("image/digest", NO_DIGEST),
        "image.digest is",
    ),
    *after_two(
        "report.run-image.top-layer",
        "the top layer",
        report_key("run-image/top-layer", NO_DIGEST),
        "",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_report_of_a_second_rebase(example: Example) -> None:
    example.check()


def test_a_rule_is_asked_about_each_call_in_turn() -> None:
    """Made anew here: those of the catalogue are made before a mutant is."""
    asked: list[Observation] = []

    def judge(seen: Observation, _: Text) -> Verdict:
        asked.append(seen)
        return met() if len(asked) == 1 else broken("it is wrong", expected=1, actual=2)

    rule = RULES["report.image.digest"]
    (made,) = on_each_call({"one": replace(rule, judge=judge)}).values()
    assert (made.when, made.needs) == (rule.when, rule.needs)
    twice = recorded("draft", "rebaser-twice")
    verdict = made.judge(twice, DRAFT)
    assert verdict == broken(f"{AGAIN}it is wrong", expected=1, actual=2)
    first, second = asked
    assert first is twice
    assert twice.again is not None
    assert second == replace(twice.again, before={})
