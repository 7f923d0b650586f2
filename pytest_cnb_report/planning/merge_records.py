"""Make one recorded run of the records of its shards, and refuse what does not belong together."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.planning.plan import Plan, Scenario, plan
from pytest_cnb_report.planning.selection import Selection
from pytest_cnb_report.planning.settings import JUDGED_PHASES, Settings
from pytest_cnb_report.planning.shards import digest_of, divided
from pytest_cnb_report.record.file import Record
from pytest_cnb_report.record.model import RecordedRun, RecordedShard
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.values import Shard
from pytest_cnb_report.version import VERSION

_NAMED = 3
"""Shards or scenarios that a message names."""


class MergeError(ValueError):
    """Records cannot be merged; the message says which, why, and what to do."""


@dataclass(frozen=True)
class RecordedPart:
    """The record of one shard, and the file that it was read from."""

    name: str
    record: Record
    about: RecordedShard

    @classmethod
    def of(cls, name: str, record: Record) -> RecordedPart:
        """Make one of a record; raises MergeError where it is not of a shard that was run whole."""
        about, cut_short = record.run.part, record.run.cut_short
        if about is None:
            raise MergeError(
                f"{name}: expected a shard, and it is a run without --shard;"
                " `cnb-conformance judge` judges it again"
            )
        if not 1 <= about.shard.number <= about.shard.of:
            raise MergeError(f"{name}: there is no shard {about.shard}; run the shards again")
        if cut_short is not None:
            raise MergeError(
                f"{name}: shard {about.shard} is incomplete ({cut_short}); run it again"
            )
        return cls(name, record, about)


def check_together(parts: Sequence[RecordedPart]) -> None:
    """Raise MergeError where these are not all shards of one run, each of them once."""
    first = parts[0]
    for other in parts[1:]:
        for what, value_of in _IN_COMMON.items():
            expected, found = value_of(first), value_of(other)
            if expected != found:
                raise MergeError(
                    f"{other.name}: {what}: expected {expected}, as in {first.name}, found"
                    f" {found}; run every shard in the same way"
                )
    by_number: dict[int, RecordedPart] = {}
    for part in parts:
        there = by_number.setdefault(part.about.shard.number, part)
        if there is not part:
            raise MergeError(
                f"{part.name}: shard {part.about.shard} is also in {there.name}; give each once"
            )
    of = first.about.shard.of
    missing = (str(Shard(n, of)) for n in range(1, of + 1) if n not in by_number)
    if len(by_number) < of:
        raise MergeError(
            f"missing: shard {_some(missing, of - len(by_number))}; give the folder or record of"
            f" each of the {of} shards, and run again those that did not write one"
        )
    if first.record.run.suite != VERSION:
        raise MergeError(
            f"{first.name}: was recorded by version {first.record.run.suite} of the suite, and this"
            f" is {VERSION}; merge with that version"
        )


def check_files(part: RecordedPart, settings: Settings) -> None:
    """Raise MergeError where other files are given than the shards had; raises OSError."""
    for option, had, path in (
        ("--amend", part.about.amend, settings.amend),
        ("--known-failures", part.about.known_failures, settings.known_failures),
    ):
        if digest_of(path) == had:
            continue
        if path is None:
            raise MergeError(f"the shards were run with {option}: give the same file to merge")
        if not had:
            raise MergeError(
                f"{option} {path}: the shards were run without it; omit it, and judge the merged"
                " record by it with `cnb-conformance judge`"
            )
        raise MergeError(
            f"{option} {path}: is not the file that the shards were run with (sha256 {had[:12]});"
            " give that one"
        )


def merged(
    parts: Sequence[RecordedPart], text: Text, selection: Selection, *, command: str
) -> tuple[Record, Plan]:
    """Return the record of the whole run, its scenarios in the order of the plan, and that plan.

    `selection` is what all shards were asked for. It began when the first shard did and took as
    long as the longest. Raises MergeError where a shard does not have the scenarios that it should.
    """
    run = parts[0].record.run
    try:
        there = _planned(run, text)
        planned = selection.of(there.scenarios)
        expected = divided(planned, parts[0].about.shard.of, examples=run.examples)
    except (ValueError, TypeError, KeyError) as problem:
        # a record may have been edited: what no run can have written is not merged
        raise MergeError(f"{parts[0].name}: cannot be planned again: {problem}") from problem
    for part in parts:
        _check_scenarios(part, expected[part.about.shard.number - 1])
    recorded = {each.id: each for part in parts for each in part.record.scenarios}
    whole = replace(
        run,
        part=None,
        started=min(part.record.run.started for part in parts),
        wall_s=max(part.record.run.wall_s for part in parts),
        command=command,
    )
    return Record(whole, tuple(recorded[each.id] for each in planned)), there


def _planned(run: RecordedRun, text: Text) -> Plan:
    return plan(
        load_catalogue(),
        phases=JUDGED_PHASES,
        targets=tuple(target for target, each in run.targets.items() if each.judged),
        platform_api=run.platform_api,
        text=text,
        extent=run.extent,
    )


def _check_scenarios(part: RecordedPart, expected: Sequence[Scenario]) -> None:
    found = [each.id for each in part.record.scenarios]
    wanted = [each.id for each in expected]
    missing = [each for each in wanted if each not in found]
    foreign = [each for each in found if each not in wanted]
    for what, names in (("is without", missing), ("has, of another shard or suite,", foreign)):
        if names:
            raise MergeError(
                f"{part.name}: shard {part.about.shard} {what} {_some(iter(names), len(names))};"
                " run it again, without pytest arguments that select"
            )
    if len(found) != len(wanted):
        raise MergeError(f"{part.name}: a scenario is there twice; run the shard again")


def _some(names: Iterator[str], count: int) -> str:
    shown = ", ".join(itertools.islice(names, _NAMED))
    return f"{shown} and {count - _NAMED} more" if count > _NAMED else shown


def _repeat(part: RecordedPart) -> str:
    """Return the options that every repetition names; the same lifecycle may have other paths."""
    run = part.record.run
    words = [w for each in run.repeat.words.values() for w in each if w != run.lifecycle.given]
    return " ".join(words)


def _lifecycle(run: RecordedRun) -> str:
    lifecycle = run.lifecycle
    version = lifecycle.version or "without a version"
    # the same file may be somewhere else on another machine
    which = f"sha256 {lifecycle.sha256}" if lifecycle.sha256 else lifecycle.given
    return f"{lifecycle.kind} {version}, {which}"


def _targets(run: RecordedRun) -> str:
    return _listed(target.value for target, each in run.targets.items() if each.judged)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


_IN_COMMON: dict[str, Callable[[RecordedPart], str]] = {
    "version of the suite": lambda part: part.record.run.suite,
    "number of shards": lambda part: str(part.about.shard.of),
    "lifecycle": lambda part: _lifecycle(part.record.run),
    "platform API": lambda part: str(part.record.run.platform_api),
    "profile": lambda part: part.record.run.profile.value,
    "targets": lambda part: _targets(part.record.run),
    "phases": lambda part: _listed(each.value for each in part.record.run.phases),
    "app images made by": lambda part: part.record.run.app_images or "the lifecycle",
    "seed": lambda part: str(part.record.run.seed),
    "examples": lambda part: str(part.record.run.examples),
    "extent": lambda part: part.record.run.extent.value,
    "--requirement": lambda part: _listed(part.about.requirements),
    "--strict": lambda part: "yes" if part.about.strict else "no",
    "--amend (sha256)": lambda part: part.about.amend[:12] or "none",
    "--known-failures (sha256)": lambda part: part.about.known_failures[:12] or "none",
    "options": _repeat,
}
"""What has to be the same in all shards, in words."""
