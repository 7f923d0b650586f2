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
    _known: dict[tuple[str, int], tuple[Observation, Judgement]] = field(default_factory=dict)

    def judge(self, requirement: Requirement, observation: Observation) -> Judgement:
        """Judge a requirement on what was observed."""
        key = (requirement.id, id(observation))
        if key not in self._known:
            # the observation is kept, so that no other can have its identity meanwhile
            self._known[key] = (observation, judge(requirement, observation, self.text))
        return self._known[key][1]

    def judge_drawn(self, requirement: Requirement, observation: Observation) -> Judgement:
        """Judge a requirement on what was observed of a generated scenario.

        It may be about something that this one does not ask for.
        """
        key = (requirement.id, id(observation))
        if key not in self._known:
            reason = why_not(requirement, observation.situation, self.text)
            if reason is not None:
                nothing = Judgement(requirement, Outcome.NOT_APPLICABLE, not_applicable(reason))
                self._known[key] = (observation, nothing)
        return self.judge(requirement, observation)

    def adopt(self, others: Judgements) -> None:
        """Remember what was judged elsewhere, by the same text."""
        self._known.update(others._known)

    def forget(self) -> None:
        """Let go of everything that was judged."""
        self._known.clear()
