"""`report.md`: the summary of a step in CI; short where all is well, failures first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_cnb_report.report.aggregate import (
    areas,
    at_places,
    distinct,
    failures,
    listed,
    other_wordings,
    places,
)
from pytest_cnb_report.report.difference import differences, window
from pytest_cnb_report.report.in_common import in_common
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.report.page_data import in_words
from pytest_cnb_report.report.reproduction import folder_among
from pytest_cnb_report.report.simpler import simplifying
from pytest_cnb_report.report.table import cell_text
from pytest_cnb_report.report.verdict import (
    CONFORMANT,
    NOT_CONFORMANT,
    finished_build_counts,
    finished_build_observations,
    summary,
    verdict,
)
from pytest_cnb_report.report.visible_run import visible_run
from pytest_cnb_report.values import Outcome
from pytest_cnb_report.visible_text import inert, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_cnb_report.report.aggregate import Distinct
    from pytest_cnb_report.report.results import Result, Run

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#!&@])")
_STARTS_A_LIST = re.compile(r"^([-+=]|\d+(?=[.)]))")
_VALUE_LIMIT = 400
_MOST = 40
_MOST_DIFFERENCES = 3
_TEXT_LIMIT = 300


def markdown(run: Run, reproduced: Collection[str] = ()) -> str:
    """Write the summary of `run` in GitHub's Markdown.

    `reproduced` are the folders of reproductions that lie beside it, by their relative paths.
    What is long is folded; at most forty distinct failures are told, so that the whole stays far
    below the megabyte that a step summary may have. It can be printed in a log as well.
    """
    return inert("\n".join(_lines(visible_run(run), reproduced)) + "\n")


def escaped(text: str) -> str:
    """Write `text` such that Markdown shows it as it is, on one line."""
    return _not_a_list(_SPECIAL.sub(r"\\\1", " ".join(visible(text).split())))


def _not_a_list(line: str) -> str:
    return _STARTS_A_LIST.sub(lambda m: f"{m[1]}\\" if m[1].isdigit() else f"\\{m[1]}", line)


def prose(text: str) -> str:
    """Write `text` as `escaped` does, with what stands between backticks as code."""
    parts = " ".join(visible(text).split()).split("`")
    if len(parts) % 2 == 0 or not all(parts[1:-1]):
        return escaped(text)
    first, *rest = parts
    pieces = [
        code(part) if n % 2 == 0 else _SPECIAL.sub(r"\\\1", part) for n, part in enumerate(rest)
    ]
    return _not_a_list(_SPECIAL.sub(r"\\\1", first)) + "".join(pieces)


def code(text: str) -> str:
    """Write `text` as inline code, whatever backticks it holds; also inside a table."""
    shown = visible(text).replace("\n", " ").replace("|", "\\|")
    longest = max((len(ticks) for ticks in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    ticks_at_an_end = shown.startswith("`") or shown.endswith("`")
    spaces_at_both = shown.startswith(" ") and shown.endswith(" ") and shown.strip()
    pad = " " if ticks_at_an_end or spaces_at_both else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str, language: str = "") -> list[str]:
    """Write `text` as a block of code that no backticks in it can end."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *text.splitlines(), fence]


def folded(title: str, lines: list[str]) -> list[str]:
    """Put `lines` below a title that opens them."""
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", ""]


def _lines(run: Run, reproduced: Collection[str]) -> Iterator[str]:
    comes_to = verdict(run)
    words = {CONFORMANT: "✓ conformant", NOT_CONFORMANT: "✗ not conformant"}
    word = words.get(comes_to.exit_code, "‼ could not judge")
    yield f"## {word}{run.reservation}: {escaped(_name(run))}"
    yield ""
    yield from _amendment(run)
    if comes_to.why:
        yield from (f"- **{escaped(why)}**" for why in comes_to.why)
        yield ""
    if run.known_failures and run.known_failures.idle:
        yield from (f"- {escaped(idle)}" for idle in run.known_failures.idle[:_MOST])
        yield ""
    yield _facts(run)
    yield ""
    counted = finished_build_counts(run)
    if counted is not None:
        yield f"{escaped(counted)}."
        yield ""
        yield from (f"- {escaped(text)}" for text in finished_build_observations(run))
        yield ""
    if run.lifecycle.kind == "reference":
        yield "This tested the suite's own reference lifecycle, not yours."
        yield ""
    if run.not_its_own:
        yield run.not_its_own
        yield ""
    if run.unkilled:
        yield f"{run.unkilled[:1].upper()}{run.unkilled[1:]}."
        yield ""
    told = failures(run)
    for each in told[:_MOST]:
        yield from _failure(run, each, reproduced)
    if len(told) > _MOST:
        yield f"… and {len(told) - _MOST} more; report.html has all of them."
        yield ""
    yield from _brief(run.results, Outcome.WARN, "Recommendations not met")
    yield from _brief(run.results, Outcome.UNTESTABLE, "Could not be tested")
    yield from _brief(run.results, Outcome.KNOWN_FAILURE, "Known failures")
    yield from _brief(run.declined, Outcome.NOT_APPLICABLE, "Declined by the adapter")
    yield from _counts(run)
    yield from folded("Requirements by phase and target", list(_table(run)))


def _name(run: Run) -> str:
    version = run.lifecycle.version
    return f"lifecycle {version}" if version else f"lifecycle {run.lifecycle.given}"


def _facts(run: Run) -> str:
    lifecycle = run.lifecycle
    digest = f", sha256 {lifecycle.sha256[:12]}" if lifecycle.sha256 else ""
    parts = [
        f"{lifecycle.given} ({lifecycle.kind}{digest})",
        f"platform API {run.platform_api}",
        run.judged_by_in_full,
        *(f"{target.value} {each.told}" for target, each in run.targets.items()),
    ]
    if run.deselected:
        parts.append(run.deselection)
    return escaped(" · ".join(parts))


def _amendment(run: Run) -> Iterator[str]:
    if run.amendment is None:
        return
    yield f"**Amended text, not the profile's: {escaped(run.amendment.text)}**"
    yield ""
    for each in run.amendment.changes:
        yield f"- {code(each.key)}: {escaped(each.was)} → {escaped(each.becomes)}"
    yield ""


def _failure(run: Run, told: Distinct, reproduced: Collection[str]) -> Iterator[str]:
    first = told.first
    names = told.scenarios
    cases = f"{len(names)} scenarios: {listed(names)}" if names[1:] else f"scenario {names[0]}"
    yield f"### {SIGNS[first.outcome].glyph} {first.requirement}"
    yield ""
    yield f"{prose(first.message)}  "
    yield from (f"or: {prose(other)}  " for other in other_wordings(told))
    yield f"{first.level.value}, {at_places(told.places)}, {escaped(cases)}"
    yield ""
    shared = in_common(told, run)
    if shared:
        yield f"Only with {escaped(shared)}: in every failing scenario, in no passing one."
        yield ""
    words = in_words(run, first)
    if words is not None:
        yield f"Scenario {code(first.case)}: {escaped(words)}"
        yield ""
    found = differences(first.expected, first.actual)
    if found:
        yield "| | expected | found |"
        yield "|---|---|---|"
        for each in found[:_MOST_DIFFERENCES]:
            one, other = window(each.expected, each.found, _VALUE_LIMIT)
            yield f"| {code(each.path) if each.path else ''} | {code(one)} | {code(other)} |"
        if len(found) > _MOST_DIFFERENCES:
            yield f"| and {len(found) - _MOST_DIFFERENCES} more | | |"
        yield ""
    yield from _to_do(run, first, reproduced)


def _to_do(run: Run, first: Result, reproduced: Collection[str]) -> Iterator[str]:
    """Say where the requirement is from, and how to look into the failure."""
    facts = run.requirements.get(first.requirement)
    if facts:
        link = f"[{escaped(facts.source)}]({facts.url})" if facts.url else escaped(facts.source)
        yield f"Source: {link}"
        yield ""
        if facts.hint:
            yield f"Hint: {prose(facts.hint)}"
            yield ""
    if first.reproduce:
        yield from folded("Reproduce", fenced(first.reproduce, "sh"))
    folder = folder_among(first, reproduced)
    if folder is not None:
        yield f"Reproduction: {code(f'{folder}/run.sh')}"
        yield ""
    simplify = simplifying(run, first)
    if simplify:
        yield from folded("Find out which differences it needs", fenced(simplify, "sh"))


def _brief(results: Iterable[Result], outcome: Outcome, title: str) -> Iterator[str]:
    told = distinct(results, {outcome}, key=lambda result: result.reason or result.message)
    if not told:
        return
    lines = []
    for each in told[:_MOST]:
        names = tuple(dict.fromkeys(result.requirement for result in each.results))
        text = (each.first.reason or each.first.message)[:_TEXT_LIMIT]
        lines.append(f"- {prose(text)}: {listed([code(name) for name in names], 8)}")
    if len(told) > _MOST:
        lines.append(f"- … and {len(told) - _MOST} more")
    total = sum(len(each.results) for each in told)
    yield from folded(f"{title} ({total})", lines)


def _counts(run: Run) -> Iterator[str]:
    by_level = summary(run.results)
    there = [outcome for outcome in Outcome if any(outcome in each for each in by_level.values())]
    yield "| | " + " | ".join(SIGNS[outcome].word for outcome in there) + " |"
    yield "|---|" + "---:|" * len(there)
    for level, counts in by_level.items():
        if counts:
            yield f"| {level.value} | " + " | ".join(str(counts.get(o, "")) for o in there) + " |"
    yield ""


def _table(run: Run) -> Iterator[str]:
    at = places(run.results)
    yield "| requirement | level | " + " | ".join(f"{p.value}, {t.value}" for p, t in at) + " |"
    yield "|---|---|" + "---|" * len(at)
    for area in areas(run):
        yield f"| **{escaped(area.title)}** | |" + " |" * len(at)
        for row in area.rows:
            cells = [cell_text(row.cells[each]) if each in row.cells else "" for each in at]
            yield f"| {row.requirement} | {row.level.value} | {' | '.join(cells)} |"
