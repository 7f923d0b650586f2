"""The end of a run on one screen of 80 by 24: what failed, how to repeat one, where to read on.

Pure: it gives lines of styled segments, without the verdict, which comes after them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.report.aggregate import (
    by_requirement,
    distinct,
    listed,
    unlike_plain,
    worst_outcomes,
)
from pytest_cnb_report.report.difference import differences, window
from pytest_cnb_report.report.in_common import in_common
from pytest_cnb_report.report.layout import (
    PROGRAM,
    WIDEST_VALUE,
    Segment,
    called,
    command,
    cut,
    entry,
    wrapped,
)
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.report.page_data import in_words
from pytest_cnb_report.report.simpler import simplifying
from pytest_cnb_report.report.verdict import finished_build_counts, finished_build_observations
from pytest_cnb_report.values import Level, Outcome, Profile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pytest_cnb_report.report.aggregate import Distinct
    from pytest_cnb_report.report.layout import Line
    from pytest_cnb_report.report.results import Result, Run

_MOST_FAILED = 10
_LESS_AND_LESS = (
    (_MOST_FAILED, True),
    *((most, False) for most in range(_MOST_FAILED, 2, -1)),
)
"""How many failures are named, and whether details are told, until it fits."""
_MOST_NAMES = 4
_MOST_PROBLEMS = 3
_HANG = 11
_NARROW = 40
"""Columns of a terminal in which labels do not stand beside what they are for."""
_LINES_FOUND = 3
"""Lines that a long value takes which was found in place of a short one."""
_BLANK = 3
"""Empty lines: between the parts, and before the verdict."""
_FAILED = (Outcome.ERROR, Outcome.FAIL)
_NEVER_JUDGED = {Outcome.NOT_APPLICABLE, Outcome.ERROR}


@dataclass(frozen=True)
class _Row:
    """A requirement that failed, in one line."""

    told: Distinct
    """The mistake that stands for it: an error of the suite, else the most common one."""
    failed: int
    judged: int
    where: str
    """The phase or the destination, where it fails at one and is met at others; else empty."""
    released: bool

    @property
    def first(self) -> Result:
        """The result that stands for it."""
        return self.told.first


def end_screen(
    run: Run,
    width: int,
    height: int,
    files: Sequence[str] = (),
    program: str = PROGRAM,
    *,
    ascii_only: bool = False,
) -> list[Line]:
    """Say what failed, one line for each requirement, and how to look into it.

    `run` is visible text already. Where all of it does not fit into `height` lines, less is told of
    the first failure, and then fewer failures are named. `files` are paths worth opening, the most
    useful first; `program` is how the console script is called here. Only shell commands that
    cannot be broken are wider than `width`.
    """
    rows = _rows(run)
    names = {row.first.requirement for row in rows}
    below = list(counts(run, width))
    for label, path in zip(("report", *[""] * len(files)), files, strict=False):
        below += entry(label, path, width=width, hang=_HANG, mark=("bold",))
    room = height - len(below) - _BLANK
    told = _first_told(rows, run)
    repeat = list(_reproduce(told, width, program)) if told else []
    above: list[Line] = []
    for most, detailed in _LESS_AND_LESS:
        above = list(_failed(rows[:most], len(rows), run, width, ascii_only=ascii_only))
        above += _in_brief(run, names, width, ascii_only=ascii_only, detailed=detailed)
        if len(above) + len(repeat) <= room:
            break
    between: list[Line] = []
    if told:
        simplify = list(_simplify(told, run, width, program))
        left = room - len(above)
        between = _first(told, run, width, left, repeat=repeat, simplify=simplify)
    return [line for part in (above, between, below) if part for line in (*part, ())][:-1]


def failed_names(run: Run, width: int) -> str:
    """Name the requirements that failed in one line of at most `width` columns."""
    names = [row.first.requirement for row in _rows(run)]
    return cut(f"failed: {listed(names, _MOST_FAILED)}", width) if names else ""


def counts(run: Run, width: int) -> Iterator[Line]:
    """Count requirements, each by the worst outcome that it has anywhere, and the time."""
    worst = worst_outcomes(by_requirement(run))
    number = Counter(worst.values())
    told = ", ".join(f"{number[each]} {_COUNTED[each]}" for each in Outcome if number[each])
    if told:
        whole = f"{told}, of {len(worst)} requirement{'s' * (len(worst) > 1)}"
        text = whole if _HANG + len(whole) <= width else f"{told}, of {len(worst)}"
        yield from entry("counts", text, width=width, hang=_HANG, mark=("bold",))
    for text in finished_build_observations(run):
        yield from entry("observed", text, width=width, hang=_HANG, mark=("bold",))
    # no lifecycle was called for a build that was made elsewhere
    elsewhere = finished_build_counts(run) is not None
    took = f"{run.timing.wall_s:.1f} s" if elsewhere else run.timing.told
    yield from entry("time", took, width=width, hang=_HANG, mark=("bold",))
    if run.unkilled:
        yield from entry("left", run.unkilled, width=width, hang=_HANG, mark=("red", "bold"))


_COUNTED = {
    Outcome.PASS: "met",
    Outcome.FAIL: "failed",
    Outcome.WARN: "not met (SHOULD)",
    Outcome.OBSERVED: "observed (MAY)",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.UNTESTABLE: "not fully tested",
    Outcome.KNOWN_FAILURE: "known to fail",
    Outcome.ERROR: "ended in an error of the suite",
}


def _rows(run: Run) -> list[_Row]:
    """Give the requirements that failed: errors first, then those of a published text."""
    found = by_requirement(run).values()
    rows = [row for results in found if (row := _row(run, results)) is not None]
    return sorted(rows, key=_weight)


def _first_told(rows: Sequence[_Row], run: Run) -> Distinct | None:
    """Return the failure to start with: of those that weigh most, that of the plainest scenario."""
    if not rows:
        return None
    plainness = unlike_plain(run)
    weight = _weight(rows[0])
    heaviest = itertools.takewhile(lambda row: _weight(row) == weight, rows)
    return min(heaviest, key=lambda row: plainness(row.first)).told


def _weight(row: _Row) -> tuple[int, bool, int]:
    """Return how a row is ordered: by outcome, then what is published, then level."""
    first = row.first
    return _FAILED.index(first.outcome), not row.released, list(Level).index(first.level)


def _row(run: Run, results: Sequence[Result]) -> _Row | None:
    failed = [each for each in results if each.outcome in _FAILED]
    if not failed:
        return None
    mistakes = distinct(failed, set(_FAILED), unlike_plain=unlike_plain(run))
    told = max(mistakes, key=lambda each: (each.first.outcome is Outcome.ERROR, len(each.results)))
    facts = run.requirements.get(told.first.requirement)
    judged = [each for each in results if each.outcome not in _NEVER_JUDGED]
    return _Row(
        told,
        len(failed),
        max(len(judged), len(failed)),
        _only_at(failed, judged),
        facts is None or facts.released,
    )


def _only_at(failed: Sequence[Result], judged: Sequence[Result]) -> str:
    """Name the one phase, or the one destination, that it fails at though it is judged at more."""
    phases, destinations = {r.phase for r in failed}, {r.target for r in failed}
    parts = []
    if len(phases) == 1 < len({r.phase for r in judged}):
        parts.append(next(iter(phases)).value)
    if len(destinations) == 1 < len({r.target for r in judged}):
        parts.append(next(iter(destinations)).value)
    return f"{parts[0]} ({parts[1]})" if len(parts) > 1 else "".join(parts)


def _failed(
    shown: Sequence[_Row], count_of_all: int, run: Run, width: int, *, ascii_only: bool
) -> Iterator[Line]:
    if not shown:
        return
    name = max(len(row.first.requirement) for row in shown)
    numbers = [f"{row.failed}/{row.judged}" for row in shown]
    number = max(map(len, numbers))
    released: bool | None = None
    for row, count in zip(shown, numbers, strict=True):
        if row.released is not released:
            released = row.released
            yield from ((Segment(p, ("bold",)),) for p in wrapped(_heading(run, released), width))
        sign = SIGNS[row.first.outcome]
        said = f"{row.where}: {row.first.said}" if row.where else row.first.said
        start = f"{sign.ascii if ascii_only else sign.glyph} {row.first.requirement:<{name}}"
        line = f"{start}  {count:>{number}}  {said}"
        head = cut(line, width)
        yield (Segment(head[: len(start)], sign.markup), Segment(head[len(start) :]))
    if count_of_all > len(shown):
        more = f"  and {count_of_all - len(shown)} more that failed"
        yield (Segment(cut(more, width), ("bold",)),)


def _heading(run: Run, released: bool) -> str:
    if released:
        return f"Platform specification {run.platform_api} (failed/tested scenarios)"
    named = "RFC 0129, first draft" if run.profile is Profile.RFC_0129_DRAFT else "RFC 0129"
    return f"{named}: unreleased text (--profile platform-spec leaves it out)"


def _in_brief(
    run: Run, failed: set[str], width: int, *, ascii_only: bool, detailed: bool
) -> Iterator[Line]:
    """Name what else is not met, a line for each kind; `detailed` says why, too."""
    kinds = (
        (Outcome.UNTESTABLE, "not fully tested"),
        (Outcome.KNOWN_FAILURE, "known to fail"),
        (Outcome.WARN, "SHOULD, not met"),
    )
    for outcome, said in kinds:
        names = {r.requirement: None for r in run.results if r.outcome is outcome}
        rest = [name for name in names if name not in failed]
        if rest:
            sign = SIGNS[outcome]
            glyph = sign.ascii if ascii_only else sign.glyph
            text = cut(f"{glyph} {len(rest)} {said}: {listed(rest, _MOST_NAMES)}", width)
            yield (Segment(text, sign.markup),)
            if outcome is Outcome.UNTESTABLE and detailed:
                yield from _one_line("  mostly", _most_common(run, rest), width)
    if run.declined:
        said = Counter(result.message for result in run.declined).most_common(1)[0][0]
        why = said.rpartition("declined: ")[2]
        sign = SIGNS[Outcome.NOT_APPLICABLE]
        glyph = sign.ascii if ascii_only else sign.glyph
        text = cut(f"{glyph} {run.declination} by the adapter: {why}", width)
        yield (Segment(text, sign.markup),)
    problems = run.known_failures.problems if run.known_failures else ()
    for problem in problems[:_MOST_PROBLEMS]:
        yield from entry("known", problem, width=width, hang=_HANG, mark=("red", "bold"))
    if len(problems) > _MOST_PROBLEMS:
        yield (Segment(f"{'':{_HANG}}and {len(problems) - _MOST_PROBLEMS} more"),)

    idle = run.known_failures.idle if run.known_failures else ()
    if idle:
        more = f" (and {len(idle) - 1} more)" if len(idle) > 1 else ""
        yield (Segment(cut(f"known      {idle[0]}{more}", width)),)


def _most_common(run: Run, names: Collection[str]) -> str:
    messages = Counter(
        result.message
        for result in run.results
        if result.outcome is Outcome.UNTESTABLE and result.requirement in names
    )
    return messages.most_common(1)[0][0]


def _first(
    told: Distinct,
    run: Run,
    width: int,
    room: int,
    *,
    repeat: list[Line],
    simplify: list[Line],
) -> list[Line]:
    """Tell one failure in at most `room` lines, or by the command that repeats it alone."""
    wrong = list(_wrong(told, run, width))
    whole, short = (list(_difference(told, width, lines)) for lines in (_LINES_FOUND, 1))
    for shown in (
        [*whole, *repeat, *simplify],
        [*short, *repeat, *simplify],
        [*whole, *repeat],
        [*short, *repeat],
        repeat,
    ):
        if len(wrong) + len(shown) <= room:
            return [*wrong, *shown]
    return repeat


def _wrong(told: Distinct, run: Run, width: int) -> Iterator[Line]:
    first = told.first
    said = f"{first.requirement}: {first.said}"
    yield from entry("first", said, width=width, hang=_HANG, mark=("bold",))
    words = first.smallest or in_words(run, first)
    name = first.scenario
    yield from _one_line("scenario", f"{name}: {words}" if words else name, width)
    shared = in_common(told, run)
    if shared:
        yield from _one_line(
            "only with", f"{shared} (in every failing scenario, in no passing one)", width
        )


def _difference(told: Distinct, width: int, lines: int) -> Iterator[Line]:
    """Tell what was expected and found; a text that is longer than a line takes some `lines`."""
    found = differences(told.first.expected, told.first.actual)
    if not found:
        return
    if found[0].path:
        yield from _one_line("at", found[0].path, width)
    room = min(max(width - _HANG, 8), WIDEST_VALUE)
    expected, actual = window(found[0].expected, found[0].found, room)
    yield from _one_line("expected", expected, width, "green")
    # beside a short text, the difference is at the beginning of the long one
    if lines == 1 or len(found[0].expected) > room or width < _NARROW:
        yield from _one_line("found", actual, width, "red")
        return
    actual = cut(found[0].found, room * lines)
    yield from entry("found", actual, width=_HANG + room, hang=_HANG, markup=("red",), exact=True)


def _one_line(label: str, text: str, width: int, *markup: str) -> Iterator[Line]:
    """Lay out a label and a text that is cut; where the line is short, one below the other."""
    if width < _NARROW:
        yield (Segment(label),)
        label, hang = "", 2
    else:
        hang = _HANG
    yield (Segment(f"{label:{hang}}"), Segment(cut(text, width - hang), markup))


def _reproduce(told: Distinct, width: int, program: str) -> Iterator[Line]:
    if told.first.reproduce:
        yield from _command("reproduce", told.first.reproduce, width, program)


def _simplify(told: Distinct, run: Run, width: int, program: str) -> Iterator[Line]:
    text = simplifying(run, told.first)
    if text:
        yield from _command("simplify", text, width, program)


def _command(label: str, text: str, width: int, program: str) -> Iterator[Line]:
    hang = _HANG
    if width < _NARROW:
        yield (Segment(label),)
        label, hang = "", 2
    for number, line in enumerate(command(called(text, program), width=width - hang, indent=0)):
        yield (Segment(f"{'' if number else label:{hang}}"), Segment(line))
