"""Judge what was observed by every requirement that applies to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.public.lab import Lab
from pytest_cnb_report.public.observed import Observed
from pytest_cnb_report.report.difference import MISSING, differences, window
from pytest_cnb_report.report.page_data import OPEN_QUESTIONS
from pytest_cnb_report.report.truncate import bounded
from pytest_cnb_report.requirements.amendment import judged_text
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.judging import (
    Judgement,
    applicable,
    deciding_readings,
    judge,
)
from pytest_cnb_report.values import Level, Outcome, Profile

if TYPE_CHECKING:
    from pytest_cnb_report.record.model import RepeatCommand

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show

SHOWN = 3
"""How many differences between what was expected and what was found a message shows."""

_ROOM = 160


class NotConformantError(AssertionError):
    """Requirements are not met, or could not be tested; the message says which and why.

    `broken` are those that are not met and `untestable` those that could not be tested.
    """

    def __init__(
        self, message: str, broken: Sequence[Judgement], untestable: Sequence[Judgement]
    ) -> None:
        super().__init__(message)
        self.broken = tuple(broken)
        self.untestable = tuple(untestable)


@dataclass(frozen=True, eq=False, repr=False)
class CheckFixture(ReprForHypothesis):
    """`cnb_check`: asserts every requirement that applies to what was observed."""

    lab: Lab

    def __repr__(self) -> str:
        return f"<check by {self.lab.settings.profile.value}>"

    def __call__(
        self,
        observed: Observed,
        *,
        include: str | Iterable[str] = (),
        exclude: str | Iterable[str] = (),
        profile: Profile | str | None = None,
        strict: bool | None = None,
    ) -> tuple[Judgement, ...]:
        """Judge an observation, and return the judgements in the catalogue's order.

        `include` and `exclude` are identifiers of requirements or globs over whole ones; without
        `include` it is what `--cnb-requirement` says, else all of them. `profile` and `strict` are
        what `--cnb-profile` and `--cnb-strict` say, unless they are given. What `--cnb-amend` names
        is laid over either profile.

        For a result of `cnb_observe`, there is also a judgement for each requirement that cannot be
        tested without the invocation: `not-applicable`, with the reason in `verdict.message` and
        what is missing in `verdict.missing`, as in `check-report`.

        Raises NotConformantError, an AssertionError, if a MUST (with `strict` also a SHOULD) is not
        met or could not be tested; ValueError if none of the selected requirements applies;
        UnknownRequirementError for a pattern that matches no requirement. The test is skipped if an
        adapter declined the invocation.
        """
        if observed.observation.declined is not None:
            pytest.skip(f"the adapter declined: {observed.observation.declined}")
        settings = self.lab.settings
        by = settings.profile if profile is None else Profile(profile)
        firm = settings.strict if strict is None else strict
        asked = _selected(_patterns(include) or settings.requirements, _patterns(exclude))
        text = judged_text(by, settings.amend)
        judgements = _judgements(asked, observed, text)
        broken = [j for j in judgements if _fails(j, firm)]
        binding = (Level.MUST, Level.SHOULD) if firm else (Level.MUST,)
        untestable = [
            j
            for j in judgements
            if j.outcome is Outcome.UNTESTABLE and j.requirement.level_in(text) in binding
        ]
        if broken or untestable:
            message = "\n".join(self._told(observed, text, judgements, broken, untestable))
            raise NotConformantError(message, broken, untestable)
        return judgements

    def _told(
        self,
        observed: Observed,
        text: Text,
        judgements: Sequence[Judgement],
        broken: Sequence[Judgement],
        untestable: Sequence[Judgement],
    ) -> Iterator[str]:
        counted = f"{len(broken)} not met" if broken else f"{len(untestable)} could not be tested"
        amended = f", amended: {text.amended.text}" if text.amended is not None else ""
        yield (
            f"{counted}: {_what(observed)} of {observed.lifecycle},"
            f" {observed.target.value}, platform API {observed.platform_api}, profile"
            f" {text.profile.value}{amended}"
        )
        for judgement in broken:
            yield from _told_of(judgement, observed.observation, text)
        for why in dict.fromkeys(judgement.verdict.message for judgement in untestable):
            named = [j.requirement.id for j in untestable if j.verdict.message == why]
            more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
            yield f"\ncould not be tested: {', '.join(named[:SHOWN])}{more}: {why}"
        call = observed.observation.call
        if call is not None:
            yield f"\ninvocation: {call.shell}"
        if observed.repeat is not None:
            yield from _told_elsewhere(observed, observed.repeat, text, judgements, broken)


def _judgements(
    asked: Sequence[Requirement], observed: Observed, text: Text
) -> tuple[Judgement, ...]:
    """Judge by those that apply; raises ValueError where nothing can be judged."""
    observation = observed.observation
    if observed.standing is None:
        from pytest_cnb_report.public.elsewhere import judge_elsewhere  # noqa: PLC0415

        found = judge_elsewhere(asked, observation, text)
        why = next((each.verdict.message for each in found), "")
        if any(each.outcome is not Outcome.NOT_APPLICABLE for each in found):
            return found
    else:
        why = f"the invocation is expected to end in {observed.case.expect.value}"
        requirements = applicable(asked, observation.situation, text)
        if requirements:
            return tuple(judge(each, observation, text) for each in requirements)
    raise ValueError(
        f"none of the selected requirements applies: {_what(observed)},"
        f" {observed.target.value}, platform API {observed.platform_api}, profile"
        f" {text.profile.value}{'; ' * bool(why)}{why}"
    )


def _what(observed: Observed) -> str:
    """Return what was done, in words."""
    known = observed.observation.situation.known
    return observed.phase.value if Evidence.BUILD_OR_REBASE in known else "build or rebase"


def _told_elsewhere(
    observed: Observed,
    repeat: RepeatCommand,
    text: Text,
    judgements: Sequence[Judgement],
    broken: Sequence[Judgement],
) -> Iterator[str]:
    """Yield what could not be judged of what was made elsewhere, and how to judge it again."""
    from pytest_cnb_report.public.elsewhere import not_judged  # noqa: PLC0415 - the Docker SDK

    counted = not_judged(judgements)
    if counted is not None:
        yield f"\n{counted}"
    first = broken[0].requirement.id if broken else "*"
    amendment = None if text.amended is None else text.amended.file
    line = repeat.line(
        first, observed.target, "", profile=text.profile, amendment=amendment, generated=False
    )
    yield f"\nreproduce: {line}"


def _patterns(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _selected(include: Sequence[str], exclude: Sequence[str]) -> tuple[Requirement, ...]:
    catalogue = load_catalogue()
    left_out = {requirement.id for requirement in catalogue.select(exclude)}
    return tuple(r for r in catalogue.select(include or ("*",)) if r.id not in left_out)


def _fails(judgement: Judgement, strict: bool) -> bool:
    return judgement.outcome is Outcome.FAIL or (strict and judgement.outcome is Outcome.WARN)


def _told_of(judgement: Judgement, observation: Observation, text: Text) -> Iterator[str]:
    requirement, verdict = judgement.requirement, judgement.verdict
    yield f"\n{requirement.id} ({requirement.level.value}): {verdict.message}"
    found = differences(bounded(verdict.expected), bounded(verdict.actual))
    for each in found[:SHOWN]:
        expected, actual = window(each.expected, each.found, _ROOM)
        if each.path:
            yield f"  at        {each.path}"
        if expected != MISSING or each.path:
            yield f"  expected  {expected}"
        yield f"  found     {actual}"
    if len(found) > SHOWN:
        left = len(found) - SHOWN
        yield f"  … and {left} more difference{'s' * (left > 1)}"
    for source in requirement.sources_at(observation.platform_api, text)[:1]:
        yield f"  source    {source}, {source.link}"
    for question in deciding_readings(requirement, observation, text):
        yield f"  question  {OPEN_QUESTIONS}#{question}"
