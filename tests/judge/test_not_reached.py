"""What an earlier rebase did wrong is the cause of all that could not be tried after it."""

from __future__ import annotations

from pytest_cnb_report.drive.cases import Expect, Rebase
from pytest_cnb_report.drive.situation import planned
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.rebase_phase import by_flags
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import applicable, judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.scenarios.tables import table_cases
from pytest_cnb_report.values import PLATFORM_APIS, Outcome, Profile, Target

API, TEXT = PLATFORM_APIS[-1], load_text(Profile.PLATFORM_SPEC)


def test_it_is_the_cause_of_every_requirement() -> None:
    case = next(
        each
        for each in table_cases(Target.REGISTRY, API)
        if each.expect is Expect.SUCCESS
        and isinstance(each.ask, Rebase)
        and each.ask.rebased_before
        and each.ask == by_flags(each.ask)
    )
    situation = planned(case, Target.REGISTRY, API)
    why = "the earlier rebase of the app image failed: its image is wrong"
    seen = Observation(case.name, situation, blocked=why, blocked_by="rebase.layers")
    found = [judge(each, seen, TEXT) for each in applicable(load_catalogue(), situation, TEXT)]
    told = {(each.outcome, each.verdict.cause) for each in found}
    assert told == {(Outcome.UNTESTABLE, "rebase.layers")}
