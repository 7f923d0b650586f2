"""Open questions as experiments: which recorded lifecycles pass under reading A, and which under B.

Everything in a record is judged once; of each question only what rests on its reading is judged by
both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_cnb_report.drive.situation import Situation
from pytest_cnb_report.judge.text import Choice, Text
from pytest_cnb_report.judge.watched_text import WatchedText, reading_part
from pytest_cnb_report.planning.judge_record import recorded_situation
from pytest_cnb_report.planning.judgements import Judgements
from pytest_cnb_report.planning.over_records import over_records
from pytest_cnb_report.planning.results import judge_recorded
from pytest_cnb_report.planning.text_comparison import Change, Compared, Comparison, applies_to
from pytest_cnb_report.planning.whatif import cell_of, columns_of
from pytest_cnb_report.record.file import Record, read_record
from pytest_cnb_report.record.model import RecordedScenario
from pytest_cnb_report.report.experiments import Experiment, Experiments
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.interpretations import Reading, load_register
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Target

Rests = Mapping[tuple[str, str], frozenset[str]]
"""By requirement and scenario: the parts of the text that the verdict rests on."""


def experiments(records: Sequence[Path], *, workers: int = 1) -> Experiments:
    """Try every open question on records; raises RecordError, and OSError for a file that is none.

    Each record is judged by the profile that its run was judged by.
    """
    found = over_records(experiments_of_record, records, workers)
    return Experiments(tuple(each for several in found for each in several))


def experiments_of_record(path: Path) -> tuple[Experiment, ...]:
    """Try every open question on one record."""
    record = read_record(path)
    text = load_text(record.run.profile)
    rests = _rests(record, text)
    columns = columns_of(path.parent.name, record, text.profile)
    tried = {reading.id: _compared(reading, record, text, rests) for reading in load_register()}
    return tuple(
        Experiment(
            reading.id,
            column,
            {
                requirement.id: cell_of(
                    requirement,
                    tried[reading.id].get((requirement.id, column.target), []),
                    column,
                    record,
                    _change(reading, text),
                )
                for requirement in _named(reading)
            },
        )
        for reading in load_register()
        if reading.no_effect is None
        for column in columns
    )


def _named(reading: Reading) -> tuple[Requirement, ...]:
    catalogue = load_catalogue()
    return tuple(catalogue[identifier] for identifier in reading.requirements)


def _change(reading: Reading, text: Text) -> Change:
    def read_as(choice: Choice) -> Text:
        return replace(text, readings={**text.readings, reading.id: choice})

    return Change(read_as("a"), read_as("b"))


def _scenarios(record: Record) -> Iterator[tuple[RecordedScenario, Situation]]:
    for recorded in record.scenarios:
        yield recorded, recorded_situation(recorded, record)


def _rests(record: Record, text: Text) -> Rests:
    """Judge everything by a text, and say what each verdict rests on."""
    watched = WatchedText.of(text)
    judgements = Judgements(watched.text)
    rests: dict[tuple[str, str], frozenset[str]] = {}
    named = {identifier for reading in load_register() for identifier in reading.requirements}
    for recorded, situation in _scenarios(record):
        if recorded.observations:
            for requirement in load_catalogue():
                if requirement.id in named and applies_to(requirement, recorded, situation, text):
                    watched.take()
                    judge_recorded(requirement, recorded, judgements)
                    rests[requirement.id, recorded.id] = watched.take()
        judgements.forget()
    return rests


def _compared(
    reading: Reading, record: Record, text: Text, rests: Rests
) -> Mapping[tuple[str, Target], list[Compared]]:
    """Judge by both readings what rests on which one it is."""
    compared: dict[tuple[str, Target], list[Compared]] = {}
    if reading.no_effect is not None:
        return compared
    change = _change(reading, text)
    comparison, part = Comparison(change), reading_part(reading.id)
    for recorded, situation in _scenarios(record):
        for requirement in _named(reading):
            if part in rests.get((requirement.id, recorded.id), ()) or change.redefines(
                requirement
            ):
                found = comparison.of(requirement, recorded, situation)
                if found is not None:
                    compared.setdefault((requirement.id, recorded.target), []).append(found)
        comparison.forget()
    return compared
