"""What a run says at the end of the terminal: facts, table, failures, verdict.

Pure: it gives lines of styled segments. The caller writes them, and decides about colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cnb_report.report.aggregate import at_places, distinct, listed, other_wordings
from pytest_cnb_report.report.difference import differences, window
from pytest_cnb_report.report.in_common import in_common
from pytest_cnb_report.report.layout import Segment, command, entry, fitted, to_ascii, wrapped
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.report.table import table
from pytest_cnb_report.report.verdict import (
    COULD_NOT_JUDGE,
    NOT_CONFORMANT,
    finished_build_counts,
    finished_build_observations,
    summary,
    verdict,
)
from pytest_cnb_report.report.visible_run import visible_run
from pytest_cnb_report.values import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_cnb_report.report.aggregate import Distinct
    from pytest_cnb_report.report.layout import Line
    from pytest_cnb_report.report.results import Result, Run

_HANG = 12
_ONLY_VERDICT = 2
_SHOWN_DIFFERENCES = 3
_SHOWN_NAMES = 6
_REFERENCE = (
    "This judged the suite's own reference lifecycle, not yours: name yours with --lifecycle."
)


def render(
    run: Run,
    *,
    width: int = 80,
    ascii_only: bool = False,
    most: int | None = 20,
    quiet: int = 0,
    unwritten: bool = False,
) -> tuple[Line, ...]:
    """Give the whole closing report of `run` in lines of at most `width` columns.

    `most` is how many failures are told in full (None: all of them); the others are counted. With
    `quiet` of 1 only failures and the verdict are told, with more only the verdict. With
    `unwritten`, because the results could not be written, there is no verdict. Only a shell command
    that cannot be broken may be wider than `width`.
    """
    run = visible_run(run)
    lines: list[Line] = []
    if not quiet:
        lines += [*facts(run, width), (), *table(run, width, ascii_only=ascii_only), ()]
        lines += [*counts(run, width), ()]
    if quiet < _ONLY_VERDICT:
        lines += _blocks(run, width, most, ascii_only=ascii_only)
    lines += not_written(width) if unwritten else closing(run, width)
    if not ascii_only:
        return tuple(lines)
    spelt = (tuple(Segment(to_ascii(s.text), s.markup) for s in line) for line in lines)
    return tuple(piece for line in spelt for piece in fitted(line, width))


def facts(run: Run, width: int) -> list[Line]:
    """Say what was judged: the lifecycle, by which rules, at which targets."""
    lifecycle = run.lifecycle
    named = f"lifecycle {lifecycle.version or lifecycle.given}"
    known = [lifecycle.given if lifecycle.version else "", lifecycle.kind]
    known.append(f"sha256 {lifecycle.sha256[:12]}" if lifecycle.sha256 else "")
    parts = [
        f"{named} ({', '.join(filter(None, known))})",
        f"platform API {run.platform_api}",
        run.judged_by,
        *(
            f"{target.value} judged" if each.judged else f"{target.value} not judged: {each.why}"
            for target, each in run.targets.items()
        ),
    ]
    return [(Segment(piece, ("bold",)),) for piece in wrapped(" · ".join(parts), width)]


def counts(run: Run, width: int) -> list[Line]:
    """Count the results of each level by outcome."""
    lines: list[Line] = []
    for level, by_outcome in summary(run.results).items():
        text = ", ".join(f"{n} {SIGNS[outcome].word}" for outcome, n in by_outcome.items())
        if text:
            lines += entry(level.value, text, width=width, hang=8, mark=("bold",))
    for text in finished_build_observations(run):
        lines += entry("seen", text, width=width, hang=8, mark=("bold",))
    # no lifecycle was called for a build that was made elsewhere
    elsewhere = finished_build_counts(run) is not None
    took = f"{run.timing.wall_s:.1f} s" if elsewhere else run.timing.told
    return [*lines, *entry("time", took, width=width, hang=8, mark=("bold",))]


def closing(run: Run, width: int) -> list[Line]:
    """Give the verdict, in the last line of all."""
    comes_to = verdict(run)
    if comes_to.exit_code == COULD_NOT_JUDGE:
        text, markup = (
            f"could not judge{run.reservation}: " + "; ".join(comes_to.why),
            ("red", "bold"),
        )
    elif comes_to.exit_code == NOT_CONFORMANT:
        against = (*comes_to.why, *_unjudged(run), *filter(None, (finished_build_counts(run),)))
        text, markup = f"not conformant{run.reservation}: " + "; ".join(against), ("red", "bold")
    else:
        text, markup = f"conformant{run.reservation}" + _reservations(run), ("green", "bold")
    if run.amendment is not None:
        text += f". The amended text: {run.amendment.text} ({run.amendment.file})"
    if run.lifecycle.kind == "reference":
        text += f". {_REFERENCE}"
    return [(Segment(piece, markup),) for piece in wrapped(text, width)]


def not_written(width: int) -> list[Line]:
    """Say this in place of a verdict that nobody could look up."""
    text = "could not judge: the results of this run could not be written"
    return [(Segment(piece, ("red", "bold")),) for piece in wrapped(text, width)]


def _reservations(run: Run) -> str:
    """Say what a verdict of conformance leaves out; there is none by absence."""
    known = {r.requirement for r in run.results if r.outcome is Outcome.KNOWN_FAILURE}
    parts = [
        f"{len(known)} requirement{'s' * (len(known) > 1)} known to fail" if known else "",
        run.deselection,
        f"{len(run.declined)} results declined by the adapter" if run.declined else "",
        *_unjudged(run),
    ]
    said = ", ".join(filter(None, parts))
    counted = finished_build_counts(run)
    if counted is not None:
        return f", with this left out: {said}; {counted}" if said else f": {counted}"
    return f", with this left out: {said}" if said else ": every MUST that applies is met"


def _unjudged(run: Run) -> list[str]:
    """Say which targets were not judged, and why: nothing is left out silently."""
    return [
        f"{target.value} not judged ({each.why})"
        for target, each in run.targets.items()
        if not each.judged
    ]


def _blocks(run: Run, width: int, most: int | None, *, ascii_only: bool) -> Iterator[Line]:
    told = distinct(run.results, {Outcome.ERROR, Outcome.FAIL, Outcome.WARN})
    for each in told[:most]:
        yield from block(each, run, width, ascii_only=ascii_only)
        yield ()
    if most is not None and len(told) > most:
        yield (Segment(f"… and {len(told) - most} more: all of them are in the report", ("bold",)),)
        yield ()
    brief = [
        *_merged(run, Outcome.UNTESTABLE, width, ascii_only=ascii_only),
        *_merged(run, Outcome.KNOWN_FAILURE, width, ascii_only=ascii_only),
        *_declined(run, width, ascii_only=ascii_only),
    ]
    if run.known_failures:
        for problem in run.known_failures.problems:
            brief += entry("known", problem, width=width, hang=_HANG, mark=("red", "bold"))
    yield from brief
    if brief:
        yield ()


def block(told: Distinct, run: Run, width: int, *, ascii_only: bool = False) -> Iterator[Line]:
    """Tell one mistake: requirement, what was expected and found, source, how to repeat it."""
    first = told.first
    sign = SIGNS[first.outcome]
    heading = f"{sign.ascii if ascii_only else sign.glyph} {first.requirement}"
    where = f"{first.level.value}, {at_places(told.places)}, {_in_cases(told.cases)}"
    shared = in_common(told, run)
    if shared:
        where += f", all of them and only those with {shared}"
    yield from ((Segment(piece, sign.markup),) for piece in wrapped(heading, width))
    for text in (where, first.message, *(f"or: {other}" for other in other_wordings(told))):
        yield from ((Segment(f"  {piece}"),) for piece in wrapped(text, width - 2))
    yield from _expected_and_found(told, width)
    yield from _background(run, first, width)
    if first.reproduce:
        yield (Segment("  repeat", ("light",)),)
        yield from ((Segment(line),) for line in command(first.reproduce, width=width, indent=4))


def _background(run: Run, result: Result, width: int) -> Iterator[Line]:
    """Say where a requirement comes from; its readings by name, for the page has their texts."""
    facts_ = run.requirements.get(result.requirement)
    said = [("  rests on", ", ".join(result.readings))] if result.readings else []
    if facts_:
        derived = " (derived: without one of the keywords of RFC 2119)" if facts_.derived else ""
        said.insert(0, ("  source", f"{facts_.source}{derived} {facts_.url or ''}".strip()))
        said += [("  hint", facts_.hint)] if facts_.hint else []
    for label, text in said:
        yield from entry(label, text, width=width, hang=_HANG, mark=("light",))


def _expected_and_found(told: Distinct, width: int) -> Iterator[Line]:
    found = differences(told.first.expected, told.first.actual)
    room = max(width - min(_HANG, width // 2), 8)
    for each in found[:_SHOWN_DIFFERENCES]:
        expected, actual = window(each.expected, each.found, 2 * room)
        if each.path:
            yield from entry("  at", each.path, width=width, hang=_HANG, mark=("light",))
        for label, text, colour in (("  expected", expected, "green"), ("  found", actual, "red")):
            yield from entry(label, text, width=width, hang=_HANG, markup=(colour,), exact=True)
        yield from _pointer(expected, actual, room)
    if len(found) > _SHOWN_DIFFERENCES:
        more = f"  … and {len(found) - _SHOWN_DIFFERENCES} more differences"
        yield from ((Segment(f"  {piece}"),) for piece in wrapped(more, width - 2))


def _pointer(expected: str, found: str, room: int) -> Iterator[Line]:
    """Point at the first character that differs, where both texts have a line and a start alike."""
    if not (expected.isascii() and found.isascii()) or max(len(expected), len(found)) > room:
        return
    same = len(_common_start(expected, found))
    if same > 1:
        yield (Segment(" " * (_HANG + same)), Segment("^", ("red", "bold")))


def _common_start(one: str, other: str) -> str:
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return one[:index]
    return min(one, other, key=len)


def _merged(run: Run, outcome: Outcome, width: int, *, ascii_only: bool) -> Iterator[Line]:
    """Tell results with the same explanation in one entry, whatever their requirement."""
    yield from _together(run.results, outcome, SIGNS[outcome].word, width, ascii_only=ascii_only)


def _declined(run: Run, width: int, *, ascii_only: bool) -> Iterator[Line]:
    """Tell what an adapter declined, by its reasons."""
    yield from _together(
        run.declined, Outcome.NOT_APPLICABLE, "declined", width, ascii_only=ascii_only
    )


def _together(
    results: Iterable[Result], outcome: Outcome, word: str, width: int, *, ascii_only: bool
) -> Iterator[Line]:
    sign = SIGNS[outcome]
    for told in distinct(results, {outcome}, key=lambda result: result.reason or result.message):
        names = tuple(dict.fromkeys(result.requirement for result in told.results))
        glyph = sign.ascii if ascii_only else sign.glyph
        counted = f"{len(told.results)} results" if len(told.results) > 1 else "1 result"
        heading = f"{glyph} {word}, {counted}: {listed(names, _SHOWN_NAMES)}"
        yield from ((Segment(piece, sign.markup),) for piece in wrapped(heading, width))
        text = told.first.reason or told.first.message
        yield from ((Segment(f"    {piece}"),) for piece in wrapped(text, width - 4))


def _in_cases(cases: Iterable[str]) -> str:
    names = tuple(cases)
    if len(names) == 1:
        return f"case {names[0]}"
    return f"in {len(names)} cases: {listed(names)}"
