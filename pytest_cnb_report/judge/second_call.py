"""Rules of the report on the second call too, where a rebase is made twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from pytest_cnb_report.judge.preconditions import NotTestableError
from pytest_cnb_report.judge.rule import Judge, Rule
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation


def on_each_call(rules: Mapping[str, Rule]) -> Mapping[str, Rule]:
    """Return the same rules, which what the first call met is broken by the second as well.

    Whether the second call succeeds is for the requirements about two calls.
    """
    return {
        key: replace(rule, judge=partial(_judge_each_call, rule.judge))
        for key, rule in rules.items()
    }


def _judge_each_call(judge: Judge, observation: Observation, text: Text) -> Verdict:
    first = judge(observation, text)
    again = observation.again
    if first.answer is not Answer.MET or again is None or not _succeeded(again):
        return first
    try:
        # the second rebase may well write the image that is there
        second = judge(replace(again, before={}), text)
    except NotTestableError:
        return first
    if second.answer is not Answer.BROKEN:
        return first
    return replace(second, message=f"after the same rebase again, {second.message}")


def _succeeded(again: Observation) -> bool:
    return again.call is not None and again.call.exit_code == 0 and isinstance(again.app, AppImage)
