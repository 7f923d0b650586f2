"""Failures that a project knows of: a TOML file that excuses them and must not outlive them.

[[known-failure]]
requirement = "report.run-image.*"
reason = "RFC 0129 is not implemented before 0.22"
phase = "exporter"          # optional, as are all that follow
target = "registry"
case = ["plain", "gzip"]    # one or several, globs allowed
until = 2026-06-30
issue = "https://example.com/issues/1"
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import tomli

from pytest_cnb_report.report.results import KnownFailureFacts, Result
from pytest_cnb_report.report.toml_lines import entry_lines, key_line
from pytest_cnb_report.values import Outcome, Phase, Target

TABLE = "known-failure"
_KEYS = ("requirement", "reason", "phase", "target", "case", "until", "issue")
_NOT_MET = {Outcome.FAIL, Outcome.WARN, Outcome.KNOWN_FAILURE}
_OPEN = {Outcome.UNTESTABLE, Outcome.ERROR}


@dataclass
class KnownFailuresError(Exception):
    """A known failures file that cannot be used: every mistake in it, with its line."""

    problems: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.problems)


@dataclass(frozen=True)
class Entry:
    """One `[[known-failure]]` table."""

    requirement: str
    """An identifier, or a glob that matches whole identifiers."""
    reason: str
    phase: Phase | None = None
    target: Target | None = None
    case: tuple[str, ...] = ()
    """Cases, globs allowed; empty for all of them."""
    until: datetime.date | None = None
    """The last day on which it excuses anything."""
    issue: str | None = None
    line: int = 0
    """Where it stands in its file, counted from 1."""
    until_line: int = 0
    """Where its last day stands, if it has one."""

    def covers(self, scope: Result | Scope) -> bool:
        """Whether `scope` may be among what this entry is about."""
        return (
            fnmatchcase(scope.requirement, self.requirement)
            and (self.phase is None or scope.phase in {None, self.phase})
            and (self.target is None or scope.target in {None, self.target})
            and (not self.case or scope.case is None or self._names(scope.case))
        )

    def _names(self, case: str) -> bool:
        return any(case == each or fnmatchcase(case, each) for each in self.case)

    def expired(self, today: datetime.date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and today > self.until


@dataclass(frozen=True)
class Scope:
    """Something that a run did not judge; None stands for every phase, target or case."""

    requirement: str
    phase: Phase | None = None
    target: Target | None = None
    case: str | None = None


@dataclass(frozen=True)
class KnownFailures:
    """A known failures file."""

    file: str
    entries: tuple[Entry, ...]

    def match(self, result: Result, today: datetime.date) -> Entry | None:
        """Find the entry that excuses `result`, if it is not met and one does."""
        if result.outcome not in _NOT_MET:
            return None
        live = (entry for entry in self.entries if not entry.expired(today))
        return next((entry for entry in live if entry.covers(result)), None)


def read(path: Path, known_ids: Collection[str]) -> KnownFailures:
    """Read the file at `path`; raises `KnownFailuresError` with all mistakes that are in it."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise KnownFailuresError((f"{path}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise KnownFailuresError((f"{path}:{line}: not UTF-8: save the file as UTF-8",)) from error
    return loads(text, str(path), known_ids)


def loads(text: str, file: str, known_ids: Collection[str]) -> KnownFailures:
    """Read the text of a known failures file; raises `KnownFailuresError` as `read` does."""
    text = text.replace("\r\n", "\n")
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        problem = f"{file}:{error.lineno}: not TOML: {error.msg} (column {error.colno})"
        raise KnownFailuresError((problem,)) from error
    tables = data.pop(TABLE, [])
    problems = [f"{file}: unknown key {key!r}: write entries as [[{TABLE}]]" for key in data]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problems.append(f"{file}: {TABLE} is not a list of tables: write [[{TABLE}]]")
        raise KnownFailuresError(tuple(problems))
    lines = entry_lines(text, TABLE, len(tables))
    for index, table in enumerate(tables):
        problems += [
            f"{file}:{key_line(text, TABLE, lines, index, key)}: {problem}"
            for key, problem in _mistakes(table, known_ids)
        ]
    if problems:
        raise KnownFailuresError(tuple(problems))
    untils = [key_line(text, TABLE, lines, index, "until") for index in range(len(tables))]
    return KnownFailures(file, tuple(map(_entry, tables, lines, untils)))


def facts(
    known: KnownFailures,
    results: Iterable[Result],
    today: datetime.date,
    left_out: Sequence[Scope] = (),
) -> KnownFailureFacts:
    """Say what is wrong with the entries now; `results` are excused already.

    An expired entry excuses nothing and is a problem of its own. An entry is stale when everything
    that it covers was judged and nothing failed: nothing of it in `left_out`, untestable or ended
    in an error, and at least one result that was judged.
    """
    judged = tuple(results)
    problems = [
        f"{known.file}:{entry.until_line if entry.expired(today) else entry.line}: {problem}"
        for entry in known.entries
        if (problem := _out_of_date(entry, judged, today, left_out))
    ]
    idle = [
        f"{known.file}:{entry.line}: {told}"
        for entry in known.entries
        if (told := _idle(entry, judged, today, left_out))
    ]
    return KnownFailureFacts(known.file, len(known.entries), tuple(problems), tuple(idle))


def excused(known: KnownFailures, result: Result, today: datetime.date) -> Result:
    """Return a result as a known failure where an entry covers it."""
    entry = known.match(result, today)
    if entry is None:
        return result
    reason = f"{entry.reason} ({entry.issue})" if entry.issue else entry.reason
    return dataclasses.replace(result, outcome=Outcome.KNOWN_FAILURE, reason=reason)


def _out_of_date(
    entry: Entry, results: Sequence[Result], today: datetime.date, left_out: Sequence[Scope]
) -> str | None:
    what = f"the known failure of {entry.requirement}"
    if entry.expired(today):
        return (
            f"{what} expired on {entry.until} and excuses nothing now. Fix the failure, or change "
            "the date"
        )
    covered = [r for r in results if entry.covers(r) and r.outcome is not Outcome.NOT_APPLICABLE]
    open_ = any(entry.covers(scope) for scope in left_out)
    open_ = open_ or any(result.outcome in _OPEN for result in covered)
    if not covered or open_ or any(result.outcome in _NOT_MET for result in covered):
        return None
    return f"{what} is stale: everything that it covers was tested and nothing failed. Remove it"


def _idle(
    entry: Entry, results: Sequence[Result], today: datetime.date, left_out: Sequence[Scope]
) -> str | None:
    """Say that an entry excused nothing, where only a target that was not judged keeps it alive."""
    if entry.expired(today):
        return None
    covered = [r for r in results if entry.covers(r) and r.outcome is not Outcome.NOT_APPLICABLE]
    missing = [scope for scope in left_out if entry.covers(scope)]
    in_part = any(scope.phase is not None for scope in missing)
    if not covered or in_part or any(r.outcome in _NOT_MET | _OPEN for r in covered):
        return None
    targets = " and ".join(sorted({scope.target.value for scope in missing if scope.target}))
    if not targets:
        return None
    return f"the known failure of {entry.requirement} excused nothing here; {targets} not tested"


def _mistakes(table: Mapping[str, Any], known_ids: Collection[str]) -> Iterable[tuple[str, str]]:
    """Give each mistake in an entry with the key that it is about."""
    for key in table:
        if key not in _KEYS:
            yield key, f"unknown key {key!r}: an entry has {', '.join(_KEYS)}"
    requirement = table.get("requirement")
    if not isinstance(requirement, str) or not requirement:
        yield "requirement", 'requirement is missing: requirement = "report.written"'
    elif not any(fnmatchcase(known, requirement) for known in known_ids):
        near = _near(requirement, known_ids)
        yield "requirement", f"there is no requirement {requirement!r}{near}"
    if not _is_text(table.get("reason")):
        yield "reason", 'reason is missing: reason = "why this failure is accepted for now"'
    yield from _optional_mistakes(table)


def _optional_mistakes(table: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for key, values in (("phase", Phase), ("target", Target)):
        names = [each.value for each in values]
        if key in table and table[key] not in names:
            yield key, f"{table[key]!r} is not a {key}: expected one of {', '.join(names)}"
    cases = table.get("case", "any")
    several = isinstance(cases, list) and cases and all(map(_is_text, cases))
    if not several and not _is_text(cases):
        yield "case", 'case is neither a string nor a list of strings: case = "plain"'
    if "until" in table and _date(table["until"]) is None:
        yield "until", f"{str(table['until'])!r} is not a date: until = 2026-06-30"
    if "issue" in table and not _is_text(table["issue"]):
        yield "issue", "issue is not a string, such as a link"


def _near(requirement: str, known_ids: Collection[str]) -> str:
    near = get_close_matches(requirement, known_ids, n=1)
    return f": did you mean {near[0]!r}?" if near else ""


def _entry(table: Mapping[str, Any], line: int, until_line: int) -> Entry:
    case = table.get("case", ())
    return Entry(
        requirement=table["requirement"],
        reason=table["reason"],
        phase=Phase(table["phase"]) if "phase" in table else None,
        target=Target(table["target"]) if "target" in table else None,
        case=(case,) if isinstance(case, str) else tuple(case),
        until=_date(table["until"]) if "until" in table else None,
        issue=table.get("issue"),
        line=line,
        until_line=until_line,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _date(value: object) -> datetime.date | None:
    """Read a TOML date, or one that was written as a text."""
    if isinstance(value, datetime.datetime):
        return None
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
