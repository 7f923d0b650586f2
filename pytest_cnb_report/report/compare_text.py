"""A comparison for a terminal, for a step summary and for a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_cnb_report.report.aggregate import at_places, listed
from pytest_cnb_report.report.layout import Segment, entry, wrapped
from pytest_cnb_report.report.markdown import code, escaped
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.visible_text import inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_cnb_report.report.compare import Change, Comparison
    from pytest_cnb_report.report.layout import Line
    from pytest_cnb_report.report.results import Run
    from pytest_cnb_report.values import Outcome


def lines(comparison: Comparison, width: int = 80) -> tuple[Line, ...]:
    """Lay out what changed for a terminal; the verdict is the last line."""
    found: list[Line] = []
    for label, run in (("old", comparison.old), ("new", comparison.new)):
        found += entry(label, _name(run), width=width, hang=6, mark=("bold",))
    for note in comparison.notes:
        found += entry("note", note, width=width, hang=6, mark=("bold",))
    for title, changes, colour in _sections(comparison):
        found.append(())
        found += [(Segment(piece, (colour, "bold")),) for piece in wrapped(title, width)]
        if _is_folded(comparison, changes):
            found += [(Segment(f"  {p}"),) for p in wrapped(_folded(changes), width - 2)]
            continue
        for merged in _merged(changes):
            found += _told(merged, width)
    for title, names in _listed(comparison):
        found.append(())
        found += [(Segment(piece, ("bold",)),) for piece in wrapped(title, width)]
        found += [(Segment(f"  {p}"),) for name in names for p in wrapped(name, width - 2)]
    found.append(())
    markup = ("red", "bold") if comparison.exit_code else ("green", "bold")
    found += [(Segment(piece, markup),) for piece in wrapped(verdict(comparison), width)]
    return tuple(found)


def markdown(comparison: Comparison) -> str:
    """Write what changed as Markdown, for a step summary."""
    parts = [f"## {escaped(verdict(comparison))}", ""]
    parts += [
        f"- old: {escaped(_name(comparison.old))}",
        f"- new: {escaped(_name(comparison.new))}",
    ]
    parts += [f"- {escaped(note)}" for note in comparison.notes]
    for title, changes, _ in _sections(comparison):
        parts += [
            "",
            f"### {title}",
            "",
            "| requirement | level | where | was | is | |",
            "|---" * 6 + "|",
        ]
        if _is_folded(comparison, changes):
            parts[-2:] = [_folded(changes)]
            continue
        for merged in _merged(changes):
            first = merged[0]
            where = at_places([each.place for each in merged])
            cells = (code(first.requirement), first.level.value, where, _word(first.before))
            parts.append(
                f"| {' | '.join(cells)} | {_word(first.after)} | {escaped(first.message)} |"
            )
    for title, names in _listed(comparison):
        parts += ["", f"### {title}", "", *(f"- {escaped(name)}" for name in names)]
    return inert("\n".join(parts) + "\n")


def to_json(comparison: Comparison) -> str:
    """Write what changed as JSON: one list for each kind of change, empty where there is none."""
    kinds = (
        "newly_failing",
        "no_longer_judged",
        "newly_passing",
        "newly_judged",
        "new_requirements",
    )
    data: dict[str, Any] = {
        "schema_version": 1,
        "old": _run_json(comparison.old),
        "new": _run_json(comparison.new),
        "notes": list(comparison.notes),
        **{kind: [_change_json(each) for each in getattr(comparison, kind)] for kind in kinds},
        "removed_requirements": list(comparison.removed_requirements),
        "level_changes": [
            {"requirement": each.requirement, "old": each.before.value, "new": each.after.value}
            for each in comparison.level_changes
        ],
        "exit_code": comparison.exit_code,
    }
    return json.dumps(data, indent=1) + "\n"


def verdict(comparison: Comparison) -> str:
    """Say in one line what the comparison comes to."""
    if comparison.exit_code:
        lost = (*comparison.newly_failing, *comparison.no_longer_judged)
        whole = {change.requirement for change in lost if not change.partial}
        partly = {change.requirement for change in lost} - whole
        told = []
        if whole:
            does = "does" if len(whole) == 1 else "do"
            told.append(f"{_requirements(len(whole))} passed before and {does} not now")
        if partly:
            passes = "passes" if len(partly) == 1 else "pass"
            told.append(f"{_requirements(len(partly))} no longer {passes} in every scenario")
        return "; ".join(told)
    if comparison.unchanged:
        return "no requirement changed"
    count = len({change.requirement for change in comparison.newly_passing})
    gained = f": {_requirements(count)} newly met" if count else ""
    return f"everything that passed before still does{gained}"


def _sections(comparison: Comparison) -> Iterator[tuple[str, Sequence[Change], str]]:
    found = (
        ("Newly failing", comparison.newly_failing, "red"),
        ("Met before, no longer tested", comparison.no_longer_judged, "red"),
        ("Newly passing", comparison.newly_passing, "green"),
        ("Tested for the first time", comparison.newly_judged, "cyan"),
        ("New requirements", comparison.new_requirements, "cyan"),
    )
    return (section for section in found if section[1])


def _is_folded(comparison: Comparison, changes: Sequence[Change]) -> bool:
    """Whether changes are told in one sentence: what a run in part left out."""
    return changes is comparison.no_longer_judged and not comparison.new.complete


def _folded(changes: Sequence[Change]) -> str:
    names = tuple(dict.fromkeys(change.requirement for change in changes))
    return f"{_requirements(len(names))}, as the newer run is not complete: {listed(names, 5)}"


def _listed(comparison: Comparison) -> Iterator[tuple[str, Sequence[str]]]:
    if comparison.removed_requirements:
        yield "Removed requirements", comparison.removed_requirements
    if comparison.level_changes:
        yield (
            "Levels that changed",
            [
                f"{each.requirement}: {each.before.value} before, {each.after.value} now"
                for each in comparison.level_changes
            ],
        )


def _merged(changes: Sequence[Change]) -> list[list[Change]]:
    """Put places together at which the same became of the same requirement."""
    found: dict[object, list[Change]] = {}
    for each in changes:
        key = (each.requirement, each.before, each.after, each.message)
        found.setdefault(key, []).append(each)
    return list(found.values())


def _told(merged: Sequence[Change], width: int) -> Iterator[Line]:
    first = merged[0]
    for piece in wrapped(f"{first.requirement} ({first.level.value})", width - 2):
        yield (Segment(f"  {piece}"),)
    where = at_places([each.place for each in merged])
    told = f"{where}: {_word(first.before)} before, {_word(first.after)} now"
    if first.cases:
        one = len(first.cases) == 1
        told += f", scenario {first.cases[0]}" if one else f": {listed(first.cases)}"
    for text in filter(None, (told, first.message if first.message else "")):
        yield from ((Segment(f"    {piece}"),) for piece in wrapped(text, width - 4))


def _word(outcome: Outcome | None) -> str:
    return SIGNS[outcome].word if outcome else "not tested"


def _name(run: Run) -> str:
    version = run.lifecycle.version
    named = f"lifecycle {version} ({run.lifecycle.given})" if version else run.lifecycle.given
    return f"{named}, platform API {run.platform_api}, {run.judged_by}, {run.started}"


def _requirements(count: int) -> str:
    return "1 requirement" if count == 1 else f"{count} requirements"


def _run_json(run: Run) -> dict[str, Any]:
    return {
        "lifecycle": {"given": run.lifecycle.given, "version": run.lifecycle.version},
        "suite": run.suite.version,
        "platform_api": str(run.platform_api),
        "profile": run.profile.value,
        "started": run.started,
        "complete": run.complete,
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "requirement": change.requirement,
        "level": change.level.value,
        "phase": change.place.phase.value,
        "target": change.place.target.value,
        "old": change.before and change.before.value,
        "new": change.after and change.after.value,
        "message": change.message,
        "cases": list(change.cases),
    }
