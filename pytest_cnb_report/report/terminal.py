"""What a run says at the end of the terminal: facts, table, failures, verdict.

Pure: it gives lines of styled segments. The caller writes them, and decides about colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_cnb_report.report.aggregate import (
    at_places,
    distinct,
    failures,
    listed,
    other_wordings,
)
from pytest_cnb_report.report.difference import differences, window
from pytest_cnb_report.report.end_screen import counts, end_screen, failed_names
from pytest_cnb_report.report.in_common import in_common
from pytest_cnb_report.report.layout import (
    PROGRAM,
    WIDEST_VALUE,
    Segment,
    called,
    command,
    entry,
    fitted,
    to_ascii,
    wrapped,
)
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.report.page_data import OPEN_QUESTIONS, in_words
from pytest_cnb_report.report.table import table
from pytest_cnb_report.report.verdict import (
    CONFORMANT,
    COULD_NOT_JUDGE,
    NOT_CONFORMANT,
    finished_build_counts,
    verdict,
)
from pytest_cnb_report.report.visible_run import visible_run
from pytest_cnb_report.values import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_cnb_report.report.aggregate import Distinct
    from pytest_cnb_report.report.layout import Line
    from pytest_cnb_report.report.results import Result, Run

_HANG = 12
_FIVE_LINES = -1
_PROMPT = 1
"""The line of the shell below the last one."""
_SHOWN_DIFFERENCES = 3
_SHOWN_NAMES = 6
_REFERENCE = (
    "This tested the suite's own reference lifecycle, not yours: name yours with --lifecycle."
)


def render(
    run: Run,
    *,
    width: int = 80,
    height: int = 24,
    ascii_only: bool = False,
    verbosity: int = 0,
    files: Sequence[str] = (),
    program: str = PROGRAM,
    unwritten: bool = False,
) -> tuple[Line, ...]:
    """Give the closing report of `run` in lines of at most `width` columns, the verdict last.

    With a `verbosity` of 0 it fits a screen of `height` lines, 24 or more; with more every
    requirement and every failure is told; with -1 it has five lines at most, with less only the
    verdict. `files` are paths of reports, the most useful first; `program` is how the console
    script is called here. With `unwritten`, because the results could not be written, there is no
    verdict. Only links, and shell commands that cannot be broken, may be wider than `width`.
    """
    run = visible_run(run)
    ending = not_written(width) if unwritten else closing(run, width, verbosity)
    lines: list[Line] = []
    if verbosity > 0:
        lines += [*facts(run, width), (), *table(run, width, ascii_only=ascii_only), ()]
        lines += [*counts(run, width), ()]
        lines += _blocks(run, width, program, ascii_only=ascii_only)
    elif verbosity == 0:
        room = height - len(ending) - _PROMPT
        lines += end_screen(run, width, room, files, program, ascii_only=ascii_only)
        lines.append(())
    elif verbosity == _FIVE_LINES:
        lines += [(Segment(text),) for text in (failed_names(run, width), *files[:1]) if text]
    lines += ending
    if not ascii_only:
        return tuple(lines)
    spelt = (tuple(Segment(to_ascii(s.text), s.markup) for s in line) for line in lines)
    return tuple(piece for line in spelt for piece in fitted(line, width))


def facts(run: Run, width: int) -> list[Line]:
    """Say what was judged: the lifecycle, by which rules, at which targets."""
    lifecycle = run.lifecycle
    named = f"lifecycle {lifecycle.version or lifecycle.given}"
    known = [lifecycle.given if lifecycle.version else ""]
    known.append(lifecycle.kind if lifecycle.kind != lifecycle.given else "")
    known.append(f"sha256 {lifecycle.sha256[:12]}" if lifecycle.sha256 else "")
    parts = [
        f"{named} ({', '.join(filter(None, known))})",
        f"platform API {run.platform_api}",
        run.judged_by_in_full,
        *(f"{target.value} {each.told}" for target, each in run.targets.items()),
    ]
    if run.app_images:
        parts.append(f"app images made by the {run.app_images}")
    return [(Segment(piece, ("bold",)),) for piece in wrapped(" · ".join(parts), width)]


def closing(run: Run, width: int, verbosity: int = 1) -> list[Line]:
    """Give the verdict, in the last line of all.

    With a `verbosity` of 0 or less, entries of the known failures file that are wrong are counted;
    with less than 0, what the run in part left out stands in brackets alone.
    """
    comes_to = verdict(run)
    word, markup = _WORDS[comes_to.exit_code]
    why = comes_to.why if verbosity > 0 else _with_problems_counted(run, comes_to.why)
    if verbosity < 0:
        text = f"{word}{run.reservation}: {'; '.join(why) or _met(run)}"
        return [(Segment(piece, markup),) for piece in wrapped(text, width)]
    counted = finished_build_counts(run)
    declined = f"{len(run.declined)} results declined by the adapter" if run.declined else ""
    left_out = list(filter(None, (counted, run.deselection, declined, *_unjudged(run))))
    if comes_to.exit_code == COULD_NOT_JUDGE:
        said = list(why)
    elif comes_to.exit_code == NOT_CONFORMANT:
        said = [*why, *left_out]
    else:
        said = left_out if counted else [_met(run), *left_out]
    text = f"{word}{run.reservation}: {'; '.join(said)}"
    if run.amendment is not None:
        text += f". The amended text: {run.amendment.text} ({run.amendment.file})"
    if run.lifecycle.kind == "reference":
        text += f". {_REFERENCE}"
    if run.not_its_own:
        text += f". {run.not_its_own}"
    return [(Segment(piece, markup),) for piece in wrapped(text, width)]


_WORDS = {
    CONFORMANT: ("conformant", ("green", "bold")),
    NOT_CONFORMANT: ("not conformant", ("red", "bold")),
    COULD_NOT_JUDGE: ("could not judge", ("red", "bold")),
}
"""The verdict in words, and how it is shown."""


def _with_problems_counted(run: Run, why: Sequence[str]) -> tuple[str, ...]:
    """Return the reasons with a count in place of entries of known failures that are wrong."""
    problems = run.known_failures.problems if run.known_failures else ()
    if not problems:
        return tuple(why)
    number = len(problems)
    entries = "1 known-failure entry is" if number == 1 else f"{number} known-failure entries are"
    return (*(each for each in why if each not in problems), f"{entries} stale or expired")


def _met(run: Run) -> str:
    known = {r.requirement for r in run.results if r.outcome is Outcome.KNOWN_FAILURE}
    if not known:
        return "every MUST that applies is met"
    return f"every MUST that applies is met but for {len(known)} known to fail"


def not_written(width: int) -> list[Line]:
    """Say this in place of a verdict that nobody could look up."""
    text = "could not judge: the results of this run could not be written"
    return [(Segment(piece, ("red", "bold")),) for piece in wrapped(text, width)]


def _unjudged(run: Run) -> list[str]:
    """Say which targets were not judged, and why: nothing is left out silently."""
    return [
        f"{target.value} {each.told}" for target, each in run.targets.items() if not each.judged
    ]


def _blocks(run: Run, width: int, program: str, *, ascii_only: bool) -> Iterator[Line]:
    for each in failures(run, Outcome.WARN):
        yield from block(each, run, width, program=program, ascii_only=ascii_only)
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


def block(
    told: Distinct, run: Run, width: int, *, program: str = PROGRAM, ascii_only: bool = False
) -> Iterator[Line]:
    """Tell one mistake: requirement, what was expected and found, source, how to repeat it."""
    first = told.first
    sign = SIGNS[first.outcome]
    heading = f"{sign.ascii if ascii_only else sign.glyph} {first.requirement}"
    where = f"{first.level.value}, {at_places(told.places)}, {_in_scenarios(told.scenarios)}"
    shared = in_common(told, run)
    if shared:
        where += f"; only with {shared} (in every failing scenario, in no passing one)"
    yield from ((Segment(piece, sign.markup),) for piece in wrapped(heading, width))
    for text in (where, first.message, *(f"or: {other}" for other in other_wordings(told))):
        yield from ((Segment(f"  {piece}"),) for piece in wrapped(text, width - 2))
    words = in_words(run, first)
    if words is not None:
        scenario = f"{first.case}: {words}"
        yield from entry("  scenario", scenario, width=width, hang=_HANG, mark=("light",))
    yield from _expected_and_found(told, width)
    yield from _background(run, first, width)
    if first.reproduce:
        yield (Segment("  reproduce", ("light",)),)
        repeat = called(first.reproduce, program)
        yield from ((Segment(line),) for line in command(repeat, width=width, indent=4))


def _background(run: Run, result: Result, width: int) -> Iterator[Line]:
    """Say where a requirement comes from; its readings by name, for the page has their texts."""
    facts_ = run.requirements.get(result.requirement)
    said = [("  question", f"{OPEN_QUESTIONS}#{each}") for each in result.readings]
    if facts_:
        derived = " (derived: stated without an RFC 2119 keyword)" if facts_.derived else ""
        said.insert(0, ("  source", f"{facts_.source}{derived} {facts_.url or ''}".strip()))
        said += [("  hint", facts_.hint)] if facts_.hint else []
    for label, text in said:
        yield from entry(label, text, width=width, hang=_HANG, mark=("light",))


def _expected_and_found(told: Distinct, width: int) -> Iterator[Line]:
    found = differences(told.first.expected, told.first.actual)
    room = min(max(width - min(_HANG, width // 2), 8), WIDEST_VALUE)
    for each in found[:_SHOWN_DIFFERENCES]:
        expected, actual = window(each.expected, each.found, 2 * room)
        if each.path:
            yield from entry("  at", each.path, width=width, hang=_HANG, mark=("light",))
        for label, text, colour in (("  expected", expected, "green"), ("  found", actual, "red")):
            yield from entry(label, text, width=width, hang=_HANG, markup=(colour,), exact=True)
        yield from _pointer(expected, actual, room)
    if len(found) > _SHOWN_DIFFERENCES:
        left = len(found) - _SHOWN_DIFFERENCES
        more = f"  … and {left} more difference{'s' * (left > 1)}"
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


def _in_scenarios(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"scenario {names[0]}"
    return f"{len(names)} scenarios: {listed(names)}"
