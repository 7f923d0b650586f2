"""Judge what was observed once, although it is asked for more than once."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import not_applicable
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.catalogue import Requirement
from pytest_cnb_report.requirements.judging import Judgement, judge, why_not
from pytest_cnb_report.values import Outcome


@dataclass
class Judgements:
    """Judges by a text, and remembers the answers until it is told to forget them.

    Generated scenarios are judged while they are drawn, to know what to shrink, and again for the
    results.
    """

    text: Text
    _known: dict[int, tuple[Observation, dict[str, Judgement]]] = field(default_factory=dict)
    """By the identity of an observation, which is kept, so that no other can have it meanwhile."""

    def judge(self, requirement: Requirement, observation: Observation) -> Judgement:
        """Judge a requirement on what was observed."""
        known = self._of(observation)
        if requirement.id not in known:
            known[requirement.id] = judge(requirement, observation, self.text)
        return known[requirement.id]

    def judge_drawn(self, requirement: Requirement, observation: Observation) -> Judgement:
        """Judge a requirement on what was observed of a generated scenario.

        It may be about something that this one does not ask for.
        """
        known = self._of(observation)
        if requirement.id not in known:
            reason = why_not(requirement, observation.situation, self.text)
            if reason is not None:
                nothing = Judgement(requirement, Outcome.NOT_APPLICABLE, not_applicable(reason))
                known[requirement.id] = nothing
        return self.judge(requirement, observation)

    def _of(self, observation: Observation) -> dict[str, Judgement]:
        return self._known.setdefault(id(observation), (observation, {}))[1]

    def adopt(self, others: Judgements) -> None:
        """Remember what was judged elsewhere, by the same text."""
        self._known.update(others._known)

    def forget(self, observation: Observation | None = None) -> None:
        """Let go of what was judged on an observation, or of everything."""
        if observation is None:
            self._known.clear()
        else:
            self._known.pop(id(observation), None)
