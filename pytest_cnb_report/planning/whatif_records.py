"""Ask every record what a change of the text would change, several records at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pytest_cnb_report.planning.over_records import over_records
from pytest_cnb_report.planning.text_comparison import Change
from pytest_cnb_report.planning.whatif import RecordAnswers, answers_of, rows_of
from pytest_cnb_report.record.codec import RecordError
from pytest_cnb_report.record.file import read_record, read_run
from pytest_cnb_report.report.record import SUITE
from pytest_cnb_report.report.whatif import WhatIf
from pytest_cnb_report.requirements.amendment import amended, misfits
from pytest_cnb_report.requirements.amendment_file import Amendment, AmendmentError
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile
from pytest_cnb_report.version import VERSION


def what_if(
    records: Sequence[Path], amendment: Amendment, profile: Profile | None, *, workers: int = 1
) -> WhatIf:
    """Compare a text with the changed one on records, `workers` of them at a time.

    Each record is judged by the profile that its run was judged by, where none is given. Raises
    AmendmentError where the amendment fits none of the profiles, and RecordError for a file that is
    no record or cannot be read.
    """
    profiles = list(dict.fromkeys(profile or _profile_of(path) for path in records))
    change = _change(_fitting(profiles, amendment), amendment)
    ask = partial(_answers, amendment=amendment, profile=profile)
    answers = over_records(ask, records, workers)
    rows = rows_of(answers, change)
    assert change.after.amended is not None  # noqa: S101 - `amended` says what it did
    return WhatIf(
        suite=f"{SUITE} {VERSION}",
        amendment=change.after.amended,
        columns=tuple(column for each in answers for column in each.columns),
        rows=rows,
        untouched=len(load_catalogue()) - len(rows),
    )


def _profile_of(path: Path) -> Profile:
    try:
        return read_run(path).profile
    except OSError as problem:
        raise RecordError(f"{path}: cannot be read: {problem.strerror}") from problem


def _fitting(profiles: Sequence[Profile], amendment: Amendment) -> Profile:
    """Return the first profile that an amendment fits; raises AmendmentError where it fits none."""
    problems = {each: misfits(load_text(each), amendment) for each in profiles}
    for profile, found in problems.items():
        if not found:
            return profile
    raise AmendmentError(problems[profiles[0]])


def _change(profile: Profile, amendment: Amendment) -> Change:
    text = load_text(profile)
    return Change(text, amended(text, amendment))


def _answers(path: Path, amendment: Amendment, profile: Profile | None) -> RecordAnswers:
    change = _change(profile or _profile_of(path), amendment)
    phases = {phase for each in change.catalogue for phase in each.phases}
    try:
        return answers_of(str(path), read_record(path, phases), change)
    except OSError as problem:
        raise RecordError(f"{path}: cannot be read: {problem.strerror}") from problem
    except RecordError as problem:
        told = str(problem)
        raise RecordError(told if told.startswith(f"{path}: ") else f"{path}: {told}") from problem
