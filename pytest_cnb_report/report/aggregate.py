"""Results put together as readers ask for them: by area, by place, by distinct message."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pytest_cnb_report.values import Level, Outcome, Phase, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from pytest_cnb_report.report.results import Result, Run

WORST_FIRST = (
    Outcome.ERROR,
    Outcome.FAIL,
    Outcome.UNTESTABLE,
    Outcome.KNOWN_FAILURE,
    Outcome.WARN,
    Outcome.OBSERVED,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
)
"""Outcomes by what a reader must not overlook."""

_AREAS = (
    ("report.run-image.", "report.toml: run image"),
    ("report.image.", "report.toml: [image]"),
    ("report.", "report.toml: the file"),
    ("export.", "The exported image"),
    ("rebase.labels.", "Labels at rebase"),
    ("rebase.", "The rebased image"),
)
_AREA_ORDER = (
    "report.toml: the file",
    "report.toml: [image]",
    "report.toml: run image",
    "The exported image",
    "Labels at rebase",
    "The rebased image",
)
_PHASES, _TARGETS = tuple(Phase), tuple(Target)


class Place(NamedTuple):
    """Where a requirement is judged: a column of every table."""

    phase: Phase
    target: Target


@dataclass(frozen=True)
class Cell:
    """What became of one requirement at one place, over all cases."""

    counts: Mapping[Outcome, int]

    @property
    def worst(self) -> Outcome:
        """The outcome that stands for the cell."""
        return next(outcome for outcome in WORST_FIRST if self.counts.get(outcome))

    @property
    def of_worst(self) -> int:
        """How many cases have the worst outcome."""
        return self.counts[self.worst]

    @property
    def total(self) -> int:
        """How many cases there are."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Row:
    """One requirement with a cell for each place that it was judged at."""

    requirement: str
    level: Level
    cells: Mapping[Place, Cell]


@dataclass(frozen=True)
class Area:
    """Requirements about one thing."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Distinct:
    """Results with the same requirement and outcome in which the same is wrong, told once."""

    results: tuple[Result, ...]

    @property
    def first(self) -> Result:
        """The result that stands for them."""
        return self.results[0]

    @property
    def messages(self) -> tuple[str, ...]:
        """Every wording of what is wrong, the first result's first."""
        return tuple(dict.fromkeys(result.said for result in self.results))

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it was found."""
        return places(self.results)

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases that it was found in, of whatever phase and destination."""
        return tuple(dict.fromkeys(result.case for result in self.results))

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios that it was found in; with phase and destination where these differ."""
        several = len(self.places) > 1
        names = (each.scenario if several else each.case for each in self.results)
        return tuple(dict.fromkeys(names))


def what_is_wrong(result: Result) -> str:
    """Say what is wrong, without the part of the message that says how it showed in one case.

    That part is behind a colon. What went wrong in the suite itself is told in full.
    """
    told_in_full = result.outcome is Outcome.ERROR
    return result.message if told_in_full else result.message.partition(": ")[0]


def place(result: Result) -> Place:
    """Give the place that `result` belongs to."""
    return Place(result.phase, result.target)


def places(results: Iterable[Result]) -> tuple[Place, ...]:
    """List the places of `results`, phases in their order, the registry before the daemon."""
    return tuple(sorted({place(r) for r in results}, key=_place_order))


def area_title(requirement: str) -> str:
    """Name the area that the identifier of a requirement implies."""
    for prefix, title in _AREAS:
        if requirement.startswith(prefix):
            return title
    return requirement.partition(".")[0]


def by_requirement(run: Run) -> Mapping[str, Sequence[Result]]:
    """Give the results of each requirement, in the catalogue's order; of some there may be none."""
    found: dict[str, list[Result]] = {name: [] for name in run.requirements}
    for result in run.results:
        found.setdefault(result.requirement, []).append(result)
    return found


def worst_outcomes(results: Mapping[str, Sequence[Result]]) -> Mapping[str, Outcome]:
    """Give the worst outcome that each requirement has anywhere, where it has results."""
    return {
        name: min((each.outcome for each in several), key=WORST_FIRST.index)
        for name, several in results.items()
        if several
    }


def areas(run: Run) -> tuple[Area, ...]:
    """Give the table of `run`: areas, in each the requirements in the catalogue's order."""
    by_area: dict[str, list[Row]] = {title: [] for title in _AREA_ORDER}
    for requirement, results in by_requirement(run).items():
        if results:
            facts = run.requirements.get(requirement)
            title = (facts.area if facts else "") or area_title(requirement)
            by_area.setdefault(title, []).append(_row(requirement, results))
    return tuple(Area(title, tuple(rows)) for title, rows in by_area.items() if rows)


def distinct(
    results: Iterable[Result],
    outcomes: Collection[Outcome],
    key: Callable[[Result], object] = lambda result: (result.requirement, what_is_wrong(result)),
    *,
    unlike_plain: Callable[[Result], int] = lambda result: 0,  # noqa: ARG005 - all alike
) -> tuple[Distinct, ...]:
    """Put results of `outcomes` that tell the same together; MUST before SHOULD before MAY.

    The first of them, which stands for all, is that of the plainest scenario.
    """
    found: dict[object, list[Result]] = {}
    for result in results:
        if result.outcome in outcomes:
            found.setdefault((result.outcome, key(result)), []).append(result)
    levels = list(Level)
    plainest = plainest_first(unlike_plain)
    told = [Distinct(tuple(sorted(each, key=plainest))) for each in found.values()]
    return tuple(
        sorted(
            told, key=lambda d: (WORST_FIRST.index(d.first.outcome), levels.index(d.first.level))
        )
    )


def failures(run: Run, *more: Outcome) -> tuple[Distinct, ...]:
    """Give what failed, and results of `more` outcomes, in the order in which every report has it.

    Errors come first, then what a published specification says before what an unreleased RFC says.
    """

    def unreleased(told: Distinct) -> bool:
        facts = run.requirements.get(told.first.requirement)
        return facts is not None and not facts.released

    found = distinct(
        run.results, {Outcome.ERROR, Outcome.FAIL, *more}, unlike_plain=unlike_plain(run)
    )
    return tuple(
        sorted(found, key=lambda told: (WORST_FIRST.index(told.first.outcome), unreleased(told)))
    )


def plainest_first(unlike_plain: Callable[[Result], int]) -> Callable[[Result], tuple[int, ...]]:
    """Return the key by which results of one mistake are sorted: the first stands for all."""
    return lambda result: (unlike_plain(result), *_place_order(place(result)))


def unlike_plain(run: Run) -> Callable[[Result], int]:
    """Tell in how many ways the scenario of a result differs from a plain one."""

    def count(result: Result) -> int:
        facts = run.scenarios.get(f"{result.phase.value}/{result.case}")
        return facts.differences if facts is not None else 0

    return count


def other_wordings(told: Distinct, most: int = 2) -> tuple[str, ...]:
    """Give the wordings of what is wrong behind the first, by what tells them from it.

    The last stands for those that are left out.
    """
    common = what_is_wrong(told.first)
    others = [text.removeprefix(f"{common}: ") for text in told.messages[1:] if text != common]
    more = [f"{len(others) - most} more like it"] if len(others) > most else []
    return (*others[:most], *more)


def listed(names: Sequence[str], most: int = 3) -> str:
    """Write the first of `names` and how many more there are: `plain, gzip, zstd (+21)`."""
    shown = ", ".join(names[:most])
    return f"{shown} (+{len(names) - most})" if len(names) > most else shown


def at_places(found: Sequence[Place]) -> str:
    """Write places in words: `exporter and rebaser (registry)`, each phase named once."""
    by_targets: dict[tuple[str, ...], list[str]] = {}
    for phase in dict.fromkeys(each.phase for each in found):
        targets = tuple(each.target.value for each in found if each.phase is phase)
        by_targets.setdefault(targets, []).append(phase.value)
    return "; ".join(f"{_and(phases)} ({_and(targets)})" for targets, phases in by_targets.items())


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _row(requirement: str, results: Sequence[Result]) -> Row:
    cells = {
        each: Cell(Counter(r.outcome for r in results if place(r) == each))
        for each in places(results)
    }
    return Row(requirement, results[0].level, cells)


def _place_order(each: Place) -> tuple[int, int]:
    return _PHASES.index(each.phase), _TARGETS.index(each.target)
