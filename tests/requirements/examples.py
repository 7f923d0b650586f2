"""An example: an observation, the requirement that it is judged by, and what has to come out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from pytest_cnb_report.judge.preconditions import NotTestableError
from pytest_cnb_report.judge.rule import Judge
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import judge, why_not
from pytest_cnb_report.requirements.rebase_image.image import CONFIG_FIELDS
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile

from .observations import Edit, chain, recorded

Expected: TypeAlias = object
"""A value, or a function that says how it follows from the observation."""

UNSAID: Expected = "whatever it is"
"""An example that leaves a value open."""

DRAFT = load_text(Profile.RFC_0129_DRAFT)
APPROVED = load_text(Profile.RFC_0129)
PUBLISHED = load_text(Profile.PLATFORM_SPEC)

_BEGINS = re.compile(rf"[a-z0-9`]|(?:{'|'.join(CONFIG_FIELDS)})\b")
_ENDS = re.compile(r"[a-z0-9)*'`-]$|-ID$|\bID$|SIG[A-Z]+$|JSON$")
_TEXTS = {"draft": DRAFT, "approved": APPROVED, "published": PUBLISHED}


@dataclass(frozen=True)
class Example:
    """What a rule says of one observation.

    `words` are the essential ones of the message. `where` names the record and the case.
    """

    requirement: str
    what: str
    where: str
    edit: Edit
    answer: Answer
    words: str = ""
    expected: Expected = UNSAID
    actual: Expected = UNSAID
    cause: str | None = None
    text: Text = field(default=DRAFT, repr=False)

    def __str__(self) -> str:
        return f"{self.requirement}-{self.what}".replace(" ", "-")

    @property
    def observation(self) -> Observation:
        return self.edit(recorded(*self.where.split("/")))

    def check(self) -> None:
        seen = self.observation
        requirement = load_catalogue()[self.requirement]
        # whatever is judged here is judged in a run too
        assert why_not(requirement, seen.situation, self.text) is None
        self._check(judge(requirement, seen, self.text).verdict, seen)

    def check_rule(self, rule: Judge) -> None:
        """Check what a rule says that was made for the example's requirement."""
        seen = self.observation
        try:
            verdict = rule(seen, self.text)
        except NotTestableError as not_testable:
            verdict = not_testable.verdict
        self._check(verdict, seen)

    def _check(self, verdict: Verdict, seen: Observation) -> None:
        assert verdict.answer is self.answer, verdict
        assert self.words in verdict.message
        assert verdict.cause == self.cause
        _check_wording(verdict)
        for wanted, actual in ((self.expected, verdict.expected), (self.actual, verdict.actual)):
            if wanted is not UNSAID:
                assert actual == (wanted(seen) if callable(wanted) else wanted)


def _check_wording(verdict: Verdict) -> None:
    """A message is one clause: it begins small or with a name, and ends without a full stop."""
    message = verdict.message
    assert message or verdict.answer is Answer.MET
    if message:
        assert _BEGINS.match(message), message
        assert _ENDS.search(message), message


def right(
    requirement: str, what: str, where: str, *edits: Edit, words: str = "", text: Text | None = None
) -> Example:
    """An observation that meets the requirement."""
    return _example(requirement, what, where, edits, Answer.MET, words, text)


def wrong(
    requirement: str,
    what: str,
    where: str,
    *edits: Edit,
    words: str,
    expected: Expected = UNSAID,
    actual: Expected = UNSAID,
    text: Text | None = None,
) -> Example:
    """An observation that breaks the requirement."""
    return _example(
        requirement,
        what,
        where,
        edits,
        Answer.BROKEN,
        words,
        text,
        expected=expected,
        actual=actual,
    )


def untestable(
    requirement: str,
    what: str,
    where: str,
    *edits: Edit,
    words: str,
    cause: str | None = None,
    text: Text | None = None,
) -> Example:
    """An observation on which something else has to hold first."""
    return _example(
        requirement, what, where, edits, Answer.UNTESTABLE, words, text, cause=cause, expected=None,
        actual=None,
    )  # fmt: skip


def nothing_to_judge(
    requirement: str, what: str, where: str, *edits: Edit, words: str, text: Text | None = None
) -> Example:
    """An observation on which there is nothing to judge."""
    return _example(requirement, what, where, edits, Answer.NOT_APPLICABLE, words, text)


def observes(
    requirement: str,
    what: str,
    where: str,
    *edits: Edit,
    words: str,
    actual: Expected = UNSAID,
    text: Text | None = None,
) -> Example:
    """An observation of what the lifecycle was free to choose."""
    return _example(
        requirement, what, where, edits, Answer.OBSERVED, words, text, expected=None, actual=actual
    )


def _example(  # noqa: PLR0917 - what every kind of example has
    requirement: str,
    what: str,
    where: str,
    edits: tuple[Edit, ...],
    answer: Answer,
    words: str,
    text: Text | None,
    *,
    expected: Expected = UNSAID,
    actual: Expected = UNSAID,
    cause: str | None = None,
) -> Example:
    name = where.partition("/")[0]
    return Example(
        requirement,
        what,
        where,
        chain(*edits),
        answer,
        words,
        expected,
        actual,
        cause,
        text or _TEXTS.get(name, DRAFT),
    )
