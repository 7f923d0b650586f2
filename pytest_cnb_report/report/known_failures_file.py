"""Write a known failures file from a run."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import TYPE_CHECKING

from pytest_cnb_report.report.aggregate import distinct, place
from pytest_cnb_report.report.known_failures import TABLE, Entry
from pytest_cnb_report.values import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_cnb_report.report.aggregate import Distinct
    from pytest_cnb_report.report.known_failures import KnownFailures, Scope
    from pytest_cnb_report.report.results import Result, Run

_NOT_MET = {Outcome.FAIL, Outcome.KNOWN_FAILURE}


def known_failures_toml(
    run: Run,
    today: datetime.date,
    previous: KnownFailures | None = None,
    left_out: Sequence[Scope] = (),
) -> str:
    """Write the file that excuses what failed in `run`: an entry for each distinct failure.

    Entries of `previous` stay as they are where they excuse something still, or where what they
    cover was not judged; an expired or stale one goes. Read with the file it makes green, `run` has
    no failure left.
    """
    kept = _kept(previous, run.results, today, left_out)
    fresh = [
        _entry(told, run, today)
        for told in distinct(
            (r for r in run.results if not any(entry.covers(r) for entry in kept)),
            {Outcome.FAIL, Outcome.KNOWN_FAILURE},
            key=lambda result: (result.requirement, place(result), result.message),
        )
    ]
    heading = (
        "# Known failures, accepted for now. The file fails the run when an entry is\n"
        "# stale, so that none outlives its cause. Replace each reason by your own.\n"
    )
    return "\n".join([heading, *(_table(entry) for entry in (*kept, *fresh))])


def _kept(
    previous: KnownFailures | None,
    results: Sequence[Result],
    today: datetime.date,
    left_out: Sequence[Scope],
) -> list[Entry]:
    if previous is None:
        return []
    return [
        entry
        for entry in previous.entries
        if not entry.expired(today) and _needed(entry, results, left_out)
    ]


def _needed(entry: Entry, results: Sequence[Result], left_out: Sequence[Scope]) -> bool:
    covered = [result for result in results if entry.covers(result)]
    judged = {Outcome.PASS, Outcome.OBSERVED, Outcome.WARN}
    return (
        any(result.outcome in _NOT_MET for result in covered)
        or any(entry.covers(scope) for scope in left_out)
        or not any(result.outcome in judged for result in covered)
    )


def _entry(told: Distinct, run: Run, today: datetime.date) -> Entry:
    """Make the narrowest entry: cases are named unless every case of the place failed alike."""
    first = told.first
    here = {
        result.case
        for result in run.results
        if result.requirement == first.requirement and place(result) == place(first)
    }
    lifecycle = run.lifecycle.version or run.lifecycle.given
    return Entry(
        requirement=first.requirement,
        reason=f"{first.message} (lifecycle {lifecycle}, seen on {today.isoformat()})",
        phase=first.phase,
        target=first.target,
        case=() if here == set(told.cases) else tuple(map(_literally, told.cases)),
    )


def _literally(case: str) -> str:
    """Write a case such that the glob matches it alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in case)


def _table(entry: Entry) -> str:
    return "\n".join([f"[[{TABLE}]]", *_pairs(entry)]) + "\n"


def _pairs(entry: Entry) -> Iterator[str]:
    values = {
        "requirement": entry.requirement,
        "phase": entry.phase and entry.phase.value,
        "target": entry.target and entry.target.value,
        "case": entry.case[0] if len(entry.case) == 1 else entry.case,
        "reason": entry.reason,
        "until": entry.until,
        "issue": entry.issue,
    }
    assert set(values) == {f.name for f in dataclasses.fields(entry)} - {"line", "until_line"}  # noqa: S101
    for key, value in values.items():
        if isinstance(value, str):
            yield f"{key} = {_quoted(value)}"
        elif isinstance(value, datetime.date):
            yield f"{key} = {value.isoformat()}"
        elif value:
            yield f"{key} = [{', '.join(map(_quoted, value))}]"


def _quoted(text: str) -> str:
    """Write a TOML basic string: JSON's escapes are TOML's, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
