"""Find the least that a requirement fails with: a scenario of the tables, made plainer and plainer.

A scenario of the tables differs from a plain call in twenty ways or more, and which of them a
failure needs cannot be seen from it. So each difference is taken back, as long as the requirement
still fails without it. What is left is enough, and none of it can be spared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.situation import planned
from pytest_cnb_report.planning.context import CannotJudgeError
from pytest_cnb_report.planning.plan import Scenario
from pytest_cnb_report.planning.session import JudgingSession
from pytest_cnb_report.requirements.catalogue import Requirement
from pytest_cnb_report.requirements.judging import Judgement, applies, judge
from pytest_cnb_report.scenarios.space import Point, Space
from pytest_cnb_report.scenarios.tables import Row, space_of, table_case
from pytest_cnb_report.values import Outcome, Target

FAILED = frozenset({Outcome.FAIL, Outcome.WARN})
"""What a broken MUST comes to, and a broken SHOULD."""


@dataclass(frozen=True)
class Simplified:
    """What a requirement still fails with.

    `before` and `enough` are points of the same space; `judgement` is that of `enough`, and
    `scenarios` is how many were carried out to find it.
    """

    space: Space
    before: Point
    enough: Point
    judgement: Judgement
    scenarios: int


@dataclass
class _Trials:
    """Carries out points of one phase at one target, and counts them."""

    session: JudgingSession
    requirement: Requirement
    target: Target
    made: int = 0

    def judged(self, case: Case) -> Judgement | None:
        """Judge the requirement on a case; None where it does not apply there.

        Raises CannotJudgeError where the suite could not carry the case out.
        """
        text = self.session.text
        situation = planned(case, self.target, self.session.context.platform_api)
        if not applies(self.requirement, situation, text):
            return None
        self.made += 1
        scenario = Scenario(case, self.target, situation, (self.requirement,))
        recorded = self.session.carry_out(scenario)
        if recorded.error is not None:
            raise CannotJudgeError(recorded.error)
        return judge(self.requirement, recorded.observations[0], text)


def simplify(
    session: JudgingSession,
    scenario: Scenario,
    requirement: Requirement,
    *,
    tell: Callable[[int, int], None],
) -> Simplified | None:
    """Take differences of a scenario back for as long as the requirement fails.

    None where it does not fail in that scenario. `tell` gets how many scenarios were carried out,
    and how many differences are left. Raises CannotJudgeError where the scenario is none of the
    tables, or one could not be carried out.
    """
    case = scenario.case
    if not case.point:
        raise CannotJudgeError(
            f"{scenario.id} differs from a plain call only in what its name says; give a scenario"
            " whose name begins with mix-"
        )
    trials = _Trials(session, requirement, scenario.target)
    first = trials.judged(case)
    if first is None or first.outcome not in FAILED:
        return None
    space = space_of(case.phase).at(scenario.target, session.context.platform_api)
    point, last = case.point, first
    tried: set[frozenset[tuple[str, str]]] = set()

    def taken_back(several: Iterable[tuple[str, ...]]) -> bool:
        """Take back what can be, and return whether anything was."""
        nonlocal point, last
        before = point
        for names in several:
            plainer = _without(space, point, names)
            key = frozenset(plainer.items())
            if plainer == point or key in tried or not _possible(space, case, plainer):
                continue
            tried.add(key)
            tell(trials.made, len(space.differences(point)))
            row = Row(case.expect, plainer)
            found = trials.judged(table_case(case.phase, row, scenario.target))
            if found is not None and found.outcome is first.outcome:
                point, last = plainer, found
        return point != before

    while taken_back(_alone(space, point)) or taken_back(_in_pairs(space, case, point)):
        pass
    return Simplified(space, case.point, point, last, trials.made)


def _alone(space: Space, point: Point) -> list[tuple[str, ...]]:
    return [(dimension.name,) for dimension, _ in space.differences(point)]


def _in_pairs(space: Space, case: Case, point: Point) -> list[tuple[str, ...]]:
    """Return pairs of dimensions of which one alone cannot be taken back."""
    names = [name for (name,) in _alone(space, point)]
    bound = {n for n in names if not _possible(space, case, _without(space, point, (n,)))}
    return [pair for pair in combinations(names, 2) if not bound.isdisjoint(pair)]


def _without(space: Space, point: Point, names: Iterable[str]) -> Point:
    return {**point, **{name: space.dimension(name).plain for name in names}}


def _possible(space: Space, case: Case, point: Point) -> bool:
    """Whether a call of the same phase has to end there as it has to at the case."""
    if point.get("phase", case.phase.value) != case.phase.value:
        return False
    return space.excluded(point) is None and space.expects(point) is case.expect
