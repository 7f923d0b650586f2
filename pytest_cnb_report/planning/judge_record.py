"""Judge a recorded run again: the second half of a run, without a lifecycle."""

from __future__ import annotations

import datetime
from dataclasses import replace

from pytest_cnb_report.drive.situation import Evidence, Situation, planned
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.planning.check_report import FinishedBuildSession
from pytest_cnb_report.planning.collector import Collector, Judging
from pytest_cnb_report.planning.plan import Plan, Scenario, plan
from pytest_cnb_report.planning.settings import JUDGED_PHASES, Settings
from pytest_cnb_report.record.codec import RecordError
from pytest_cnb_report.record.file import Record
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.report.known_failures import KnownFailures
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import applicable


def judge_record(
    record: Record,
    text: Text,
    settings: Settings,
    known: KnownFailures | None,
    *,
    planned_before: Plan | None = None,
) -> Collector:
    """Judge everything in a record by a text.

    `planned_before` is the plan that the record was made by, where it is known: just what it says
    is judged, as in the run itself. Otherwise that follows from what was really asked. Raises
    RecordError where what is in it cannot be judged.
    """
    judging = Judging(
        run=record.run,
        text=text,
        known=known,
        strict=settings.strict,
        today=datetime.date.today(),  # noqa: DTZ011 - a file's dates are the reader's own
    )
    recorded = {each.id: each for each in record.scenarios}
    if not recorded:
        raise RecordError("has no scenario in it")
    selection = replace(settings.selection, phases=frozenset(record.run.phases))
    try:
        there = planned_before or _plan(record, recorded, text)
        collector = Collector(judging, lambda: there, selection)
        collector.cut_short = record.run.cut_short
        collector.from_record = planned_before is None
        for scenario in selection.of(there.scenarios):
            if scenario.id in recorded:
                collector.add(judging.judge(scenario, recorded[scenario.id]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        # a record is somebody's file: what no run could have written is not judged
        raise RecordError(f"cannot be judged: {type(problem).__name__}: {problem}") from problem
    return collector


def _plan(record: Record, recorded: dict[str, RecordedScenario], text: Text) -> Plan:
    """Return what there was to judge: what was recorded, and what this version plans beside it."""
    first = next(iter(recorded.values()))
    build = first.observations[0].situation if first.observations else None
    if build is not None and Evidence.CONTROLLED_RUN_IMAGE not in build.known:
        return FinishedBuildSession(text, first.observations[0]).plan()
    catalogue = load_catalogue()
    usual = plan(
        catalogue,
        phases=JUDGED_PHASES,
        targets=tuple(target for target, each in record.run.targets.items() if each.judged),
        platform_api=record.run.platform_api,
        text=text,
        extent=record.run.extent,
        covered=any(each.case.covered for each in recorded.values()),
    )
    known = {scenario.id for scenario in usual.scenarios}
    others = (each for each in recorded.values() if each.id not in known)
    scenarios = (
        *(
            _as_recorded(recorded[each.id], record, text, each) if each.id in recorded else each
            for each in usual.scenarios
        ),
        *(_as_recorded(each, record, text) for each in others),
    )
    return Plan(scenarios, usual.unjudged)


def _as_recorded(
    recorded: RecordedScenario,
    record: Record,
    text: Text,
    planned_here: Scenario | None = None,
) -> Scenario:
    """Return a scenario with the requirements that a run judges on it.

    This version may plan something else under its name: then those that apply to what was really
    asked. For a generated one what applies is looked at for each that was drawn.
    """
    if planned_here is not None and (
        recorded.case.generated is not None or recorded.case == planned_here.case
    ):
        return replace(planned_here, case=recorded.case)
    situation = recorded_situation(recorded, record)
    requirements = applicable(load_catalogue(), situation, text)
    return Scenario(recorded.case, recorded.target, situation, requirements)


def recorded_situation(recorded: RecordedScenario, record: Record) -> Situation:
    """Return what was really asked; what was planned, where nothing was observed."""
    if recorded.observations:
        return recorded.observations[0].situation
    return planned(recorded.case, recorded.target, record.run.platform_api)
