"""What changed between two runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_cnb_report.report.aggregate import WORST_FIRST, Place, place
from pytest_cnb_report.report.results import Result, Run
from pytest_cnb_report.report.visible_run import visible_run
from pytest_cnb_report.values import Level, Outcome

_MET = {Outcome.PASS, Outcome.OBSERVED}


class ComparisonError(Exception):
    """Two runs that cannot be compared, and why."""


@dataclass(frozen=True)
class Change:
    """What became of one requirement at one place, in the cases in which anything did."""

    requirement: str
    level: Level
    place: Place
    before: Outcome | None
    """The worst of these cases; None where they were not judged."""
    after: Outcome | None
    message: str
    """What the newer run says of it; empty where it says nothing."""
    cases: tuple[str, ...] = ()
    """The cases that have the outcome `after`."""
    partial: bool = False
    """Whether it was not met in other cases before."""


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
        """1 where a requirement that passed in a case no longer does, else 0."""
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
    """One requirement at one place in one run: its results by case, those that apply."""

    level: Level
    cases: Mapping[str, Result]

    @property
    def worst(self) -> Outcome | None:
        """The worst outcome of its cases; None where none applies."""
        return _worst(self.cases.values())

    @property
    def met(self) -> bool:
        """Whether every case that applies is met, and one does."""
        return self.worst in _MET


def _changes_of_text(run: Run) -> list[tuple[str, str]]:
    """Return what was changed about the profile's text, whatever the file is called."""
    changes = run.amendment.changes if run.amendment is not None else ()
    return sorted((each.key, each.becomes) for each in changes if each.changes)


def compare(old: Run, new: Run) -> Comparison:
    """Say what changed from `old` to `new`.

    Each case is compared with itself, so that one more that fails shows in a requirement that fails
    already. A requirement that a newer suite lacks altogether is removed; what the same suite did
    not judge this time is not judged any longer. Raises `ComparisonError` for runs of different
    profiles, which ask different things.
    """
    if (old.profile, _changes_of_text(old)) != (new.profile, _changes_of_text(new)):
        raise ComparisonError(
            f"the older run used {old.judged_by}, the newer one {new.judged_by}: their results "
            "cannot be compared. Judge the record of one of them again, with the --profile and"
            " --amend of the other"
        )
    old, new = visible_run(old), visible_run(new)
    before, after = _states(old), _states(new)
    names = [{requirement for requirement, _ in states} for states in (before, after)]
    removed = _removed(old, new, *names)
    keys = [key for key in dict.fromkeys((*before, *after)) if key[0] not in removed]
    pairs = [_Pair(*key, before.get(key), after.get(key)) for key in keys]
    shared = [pair for pair in pairs if pair.requirement in names[0]]
    # what is only observed neither passes nor fails
    binding = [pair for pair in shared if pair.level is not Level.MAY]
    # other cases may be there at another platform API, and in another version of the suite
    same = old.platform_api == new.platform_api and old.suite.version == new.suite.version
    return Comparison(
        old=old,
        new=new,
        newly_failing=_changes(pair.failing() for pair in binding),
        no_longer_judged=_changes(pair.lost(each_case=same) for pair in binding),
        newly_passing=_changes(pair.passing() for pair in binding),
        newly_judged=_changes(pair.first() for pair in shared),
        new_requirements=_changes(
            pair.first() for pair in pairs if pair.requirement not in names[0]
        ),
        removed_requirements=removed,
        level_changes=_level_changes(before, after),
        notes=tuple(_notes(old, new)),
    )


@dataclass(frozen=True)
class _Pair:
    """One requirement at one place in both runs; each kind of change is None where it is none."""

    requirement: str
    place: Place
    before: _State | None
    after: _State | None

    @property
    def level(self) -> Level | None:
        """The level of the requirement, in the newer run where it has one."""
        known = self.after or self.before
        return known.level if known is not None else None

    @property
    def _was(self) -> Mapping[str, Result]:
        return self.before.cases if self.before else {}

    @property
    def _is(self) -> Mapping[str, Result]:
        return self.after.cases if self.after else {}

    def failing(self) -> Change | None:
        """Return what was met and is not: in a case, or altogether by a case that is new."""
        met = self.before is not None and self.before.met
        return self._change(
            case
            for case, result in self._is.items()
            if not _is_met(result)
            and (_is_met(self._was.get(case)) or (met and case not in self._was))
        )

    def lost(self, *, each_case: bool) -> Change | None:
        """Return what was met and has no outcome any longer."""
        if self.after is not None and self._is and not each_case:
            return None
        met = (case for case, result in self._was.items() if _is_met(result))
        gone = [case for case in met if case not in self._is]
        return self._change(gone) if each_case or self.before is None or self.before.met else None

    def passing(self) -> Change | None:
        """Return what was not met and is."""
        return self._change(
            case
            for case, result in self._is.items()
            if _is_met(result) and case in self._was and not _is_met(self._was[case])
        )

    def first(self) -> Change | None:
        """Return what had no outcome and has one."""
        return None if self._was else self._change(self._is)

    def _change(self, cases: Iterable[str]) -> Change | None:
        """Tell what became of these cases, the worst of them first."""
        known = self.after or self.before
        names = list(cases)
        if not names or known is None:
            return None
        before = [self._was[case] for case in names if case in self._was]
        after = [self._is[case] for case in names if case in self._is]
        worst = _worst(after)
        told = [result for result in after if _outcome(result) is worst]
        return Change(
            requirement=self.requirement,
            level=known.level,
            place=self.place,
            before=_worst(before) or (self.before.worst if self.before else None),
            after=worst,
            message=told[0].message if told else "",
            cases=tuple(result.case for result in told) or tuple(names),
            partial=not (self.before is not None and self.before.met),
        )


def _is_met(result: Result | None) -> bool:
    return result is not None and _outcome(result) in _MET


def _states(run: Run) -> dict[tuple[str, Place], _State]:
    grouped: dict[tuple[str, Place], list[Result]] = {}
    for result in run.results:
        grouped.setdefault((result.requirement, place(result)), []).append(result)
    return {key: _state(results) for key, results in grouped.items()}


def _state(results: Sequence[Result]) -> _State:
    apply = [result for result in results if result.outcome is not Outcome.NOT_APPLICABLE]
    return _State(results[0].level, {result.case: result for result in apply})


def _worst(results: Iterable[Result]) -> Outcome | None:
    outcomes = {_outcome(result) for result in results}
    return next((outcome for outcome in WORST_FIRST if outcome in outcomes), None)


def _outcome(result: Result) -> Outcome:
    """Read a SHOULD that failed under `--strict` as what it is without."""
    if result.level is not Level.MUST and result.outcome is Outcome.FAIL:
        return Outcome.WARN
    return result.outcome


def _changes(found: Iterable[Change | None]) -> tuple[Change, ...]:
    levels = list(Level)
    changes = (change for change in found if change is not None)
    return tuple(sorted(changes, key=lambda change: levels.index(change.level)))


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
            why = run.cut_short or run.deselection
            notes.append(f"the {which} run is not complete: {why}")
    return notes
