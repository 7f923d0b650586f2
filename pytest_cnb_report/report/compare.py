"""What changed between two runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pytest_cnb_report.report.groups import WORST_FIRST, Place, place
from pytest_cnb_report.report.results import Result, Run
from pytest_cnb_report.values import Level, Outcome

_MET = {Outcome.PASS, Outcome.OBSERVED}


class ComparisonError(Exception):
    """Two runs that cannot be compared, and why."""


@dataclass(frozen=True)
class Change:
    """What became of one requirement at one place."""

    requirement: str
    level: Level
    place: Place
    before: Outcome | None
    """The worst of its cases; None where it was not judged."""
    after: Outcome | None
    message: str
    """What the newer run says of it; empty where it says nothing."""
    cases: tuple[str, ...] = ()
    """The cases that have the outcome `after`."""


@dataclass(frozen=True)
class LevelChange:
    """A requirement that became more or less binding."""

    requirement: str
    before: Level
    after: Level


@dataclass(frozen=True)
class Comparison:
    """Two runs, and what lies between them."""

    old: Run
    new: Run
    newly_failing: tuple[Change, ...] = ()
    """Met before, and not now: failed, warned, untestable, known to fail or ended in an error."""
    no_longer_judged: tuple[Change, ...] = ()
    """Met before, and now nobody knows; counts as no longer passing."""
    newly_passing: tuple[Change, ...] = ()
    newly_judged: tuple[Change, ...] = ()
    """Not judged before, of requirements that were there."""
    new_requirements: tuple[Change, ...] = ()
    removed_requirements: tuple[str, ...] = ()
    level_changes: tuple[LevelChange, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What else differs between the runs that a reader should know."""

    @property
    def exit_code(self) -> int:
        """1 where a requirement that passed no longer does, else 0."""
        return 1 if self.newly_failing or self.no_longer_judged else 0

    @property
    def unchanged(self) -> bool:
        """Whether no requirement changed at all."""
        return not (
            self.newly_failing
            or self.no_longer_judged
            or self.newly_passing
            or self.newly_judged
            or self.new_requirements
            or self.removed_requirements
            or self.level_changes
        )


@dataclass(frozen=True)
class _State:
    """One requirement at one place in one run."""

    level: Level
    outcome: Outcome | None
    results: tuple[Result, ...]


def compare(old: Run, new: Run) -> Comparison:
    """Say what changed from `old` to `new`.

    A requirement is met at a place where all of its cases are that apply. One that a newer suite
    lacks altogether is removed; one that the same suite did not judge this time is not judged any
    longer. Raises `ComparisonError` for runs of different profiles, which ask different things.
    """
    if old.profile is not new.profile:
        raise ComparisonError(
            f"the older run was judged by profile {old.profile.value}, the newer one by "
            f"{new.profile.value}: they ask different things. Repeat one of them with --profile"
        )
    before, after = _states(old), _states(new)
    names = [{requirement for requirement, _ in states} for states in (before, after)]
    removed = _removed(old, new, *names)
    changes = [
        _change(key, before.get(key), after.get(key))
        for key in dict.fromkeys((*before, *after))
        if key[0] not in removed
    ]
    shared = [change for change in changes if change.requirement in names[0]]
    return Comparison(
        old=old,
        new=new,
        newly_failing=_where(
            shared, lambda c: c.before in _MET and c.after is not None and c.after not in _MET
        ),
        no_longer_judged=_where(shared, lambda c: c.before in _MET and c.after is None),
        newly_passing=_where(
            shared, lambda c: c.before is not None and c.before not in _MET and c.after in _MET
        ),
        newly_judged=_where(shared, lambda c: c.before is None and c.after is not None),
        new_requirements=_where(
            changes, lambda c: c.requirement not in names[0] and c.after is not None
        ),
        removed_requirements=removed,
        level_changes=_level_changes(before, after),
        notes=tuple(_notes(old, new)),
    )


def _states(run: Run) -> dict[tuple[str, Place], _State]:
    grouped: dict[tuple[str, Place], list[Result]] = {}
    for result in run.results:
        grouped.setdefault((result.requirement, place(result)), []).append(result)
    return {key: _state(results) for key, results in grouped.items()}


def _state(results: Sequence[Result]) -> _State:
    outcomes = {_outcome(result) for result in results} - {Outcome.NOT_APPLICABLE}
    worst = next((outcome for outcome in WORST_FIRST if outcome in outcomes), None)
    found = tuple(result for result in results if _outcome(result) is worst)
    return _State(results[0].level, worst, found)


def _outcome(result: Result) -> Outcome:
    """Read a SHOULD that failed under `--strict` as what it is without."""
    if result.level is not Level.MUST and result.outcome is Outcome.FAIL:
        return Outcome.WARN
    return result.outcome


def _change(key: tuple[str, Place], before: _State | None, after: _State | None) -> Change:
    requirement, at = key
    known = after or before
    assert known is not None  # noqa: S101 - one of the two runs has the key
    told = after.results if after else ()
    return Change(
        requirement=requirement,
        level=known.level,
        place=at,
        before=before.outcome if before else None,
        after=after.outcome if after else None,
        message=told[0].message if told else "",
        cases=tuple(result.case for result in told),
    )


def _where(changes: Sequence[Change], wanted: Callable[[Change], bool]) -> tuple[Change, ...]:
    levels = list(Level)
    return tuple(
        sorted((each for each in changes if wanted(each)), key=lambda c: levels.index(c.level))
    )


def _removed(old: Run, new: Run, before: set[str], after: set[str]) -> tuple[str, ...]:
    """Name what the newer suite no longer has; a run in part does not tell."""
    if old.suite.version == new.suite.version or not new.complete:
        return ()
    return tuple(sorted(before - after))


def _level_changes(
    before: dict[tuple[str, Place], _State], after: dict[tuple[str, Place], _State]
) -> tuple[LevelChange, ...]:
    was = {requirement: state.level for (requirement, _), state in before.items()}
    is_now = {requirement: state.level for (requirement, _), state in after.items()}
    return tuple(
        LevelChange(requirement, was[requirement], level)
        for requirement, level in is_now.items()
        if was.get(requirement, level) is not level
    )


def _notes(old: Run, new: Run) -> list[str]:
    pairs = (
        ("suite version", old.suite.version, new.suite.version),
        ("platform API", str(old.platform_api), str(new.platform_api)),
        ("seed", str(old.seed), str(new.seed)),
    )
    notes = [f"{name} {one} before, {other} now" for name, one, other in pairs if one != other]
    for which, run in (("older", old), ("newer", new)):
        if not run.complete:
            notes.append(f"the {which} run is not complete: {run.cut_short or 'deselected'}")
    return notes
