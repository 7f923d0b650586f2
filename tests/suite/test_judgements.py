"""What is asked for twice is judged once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.planning import judgements as module
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile
from requirements.observations import recorded

TEXT = load_text(Profile.RFC_0129_DRAFT)


def test_an_observation_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Observation]] = []

    def noted(*arguments: object) -> object:
        requirement, observation, _ = arguments
        asked.append((requirement.id, observation))  # type: ignore[attr-defined, arg-type]
        return judge(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "judge", noted)
    one = recorded("draft", "rebaser-plain")
    equal = replace(one)
    requirements = [load_catalogue()[name] for name in ("report.written", "rebase.layers")]
    judgements = Judgements(TEXT)
    for _ in range(2):
        for observation in (one, equal):
            for requirement in requirements:
                found = judgements.judge(requirement, observation)
                assert found == judge(requirement, observation, TEXT)
    assert len(asked) == 4
    judgements.forget(one)
    judgements.judge(requirements[0], equal)
    assert len(asked) == 4
    judgements.judge(requirements[0], one)
    assert len(asked) == 5
    judgements.forget()
    judgements.judge(requirements[0], equal)
    assert len(asked) == 6
