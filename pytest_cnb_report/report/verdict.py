"""Whether a run is conformant, and the exit code that says so."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_cnb_report.report.results import FINISHED_BUILD
from pytest_cnb_report.values import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_cnb_report.report.results import Result, Run

CONFORMANT = 0
NOT_CONFORMANT = 1
COULD_NOT_JUDGE = 2

_JUDGED = {Outcome.PASS, Outcome.FAIL, Outcome.WARN, Outcome.OBSERVED, Outcome.KNOWN_FAILURE}


@dataclass(frozen=True)
class Verdict:
    """What a run comes to."""

    exit_code: int
    """0 conformant, 1 not conformant, 2 could not judge."""
    why: tuple[str, ...]
    """What stands against it, the weightiest first; empty where nothing does."""

    @property
    def conformant(self) -> bool:
        """Whether nothing stands against the lifecycle, known failures aside."""
        return self.exit_code == CONFORMANT


def summary(results: Iterable[Result]) -> dict[Level, dict[Outcome, int]]:
    """Count results by level and outcome; every level is there, an outcome only where it occurs."""
    counts = Counter((result.level, result.outcome) for result in results)
    return {
        level: {outcome: counts[level, outcome] for outcome in Outcome if counts[level, outcome]}
        for level in Level
    }


def strict(result: Result) -> Result:
    """Turn a SHOULD that is not met into a failure, as `--strict` asks."""
    if result.outcome is Outcome.WARN:
        return dataclasses.replace(result, outcome=Outcome.FAIL)
    return result


def verdict(run: Run) -> Verdict:
    """Decide what `run` comes to.

    An error of the suite's own outweighs everything, because what it hides is not known. Then come
    failures. A MUST that is untestable counts as a failure, unless what made it so is a known
    failure; where what made it so was deselected, nobody can tell. With `--strict` a SHOULD counts
    as a MUST does. That a run was cut short is said whatever else is.
    """
    failed, errors = _having(run, Outcome.FAIL), _having(run, Outcome.ERROR)
    open_, unknown = _untestable(run)
    problems = run.known_failures.problems if run.known_failures else ()
    names = {result.requirement for result in failed}
    waiting = [result for result in open_ if result.requirement not in names]
    more = " more" if failed else ""
    against = (
        *_counted(failed, "failed"),
        *_counted(waiting, "not fully tested", more),
        *problems,
    )
    cut = () if run.cut_short is None else (f"the run was cut short: {run.cut_short}",)
    if errors:
        own = f"{_results(len(errors))} ended in an error of the suite"
        return Verdict(COULD_NOT_JUDGE, (own, *against, *cut))
    if against:
        return Verdict(NOT_CONFORMANT, (*against, *cut))
    if cut:
        return Verdict(COULD_NOT_JUDGE, cut)
    if unknown:
        causes = ", ".join(sorted({str(result.cause) for result in unknown}))
        why = f"{_results(len(unknown))} untestable without what was deselected ({causes})"
        return Verdict(COULD_NOT_JUDGE, (why,))
    if not any(result.outcome in _JUDGED for result in run.results):
        declined = ": the adapter declined every scenario" if run.declined else ""
        return Verdict(COULD_NOT_JUDGE, (f"nothing was tested{declined}",))
    return Verdict(CONFORMANT, ())


def finished_build_counts(run: Run) -> str | None:
    """Count what was judged of a build that was made elsewhere, and what could not be, and why.

    None for a run of a lifecycle, which knows everything.
    """
    if run.lifecycle.kind != FINISHED_BUILD:
        return None
    outcomes = Counter(result.outcome for result in run.results)
    missing = Counter(result.missing for result in run.results if result.missing is not None)
    parts = [f"{outcomes[Outcome.PASS]} met", f"{outcomes[Outcome.FAIL]} failed"]
    if missing:
        several = len(missing) > 1
        why = (f"{n} no {what}" if several else f"no {what}" for what, n in missing.most_common())
        parts.append(f"{missing.total()} could not be tested ({', '.join(why)})")
    return ", ".join(parts)


def finished_build_observations(run: Run) -> tuple[str, ...]:
    """Say what was observed of a build that was made elsewhere, with the value where it is short.

    Empty for a run of a lifecycle, in which hundreds of scenarios were observed.
    """
    if run.lifecycle.kind != FINISHED_BUILD:
        return ()
    return tuple(
        f"{result.message}: {result.actual}"
        if isinstance(result.actual, (int, str)) and not isinstance(result.actual, bool)
        else result.message
        for result in run.results
        if result.outcome is Outcome.OBSERVED
    )


def _having(run: Run, outcome: Outcome) -> list[Result]:
    return [result for result in run.results if result.outcome is outcome]


def _untestable(run: Run) -> tuple[list[Result], list[Result]]:
    """Give the untestable results that count as failures, and those whose cause was deselected."""
    by_requirement: dict[str, list[Result]] = {}
    for result in run.results:
        by_requirement.setdefault(result.requirement, []).append(result)
    binding = {Level.MUST, Level.SHOULD} if run.strict else {Level.MUST}
    known = any(result.outcome is Outcome.KNOWN_FAILURE for result in run.results)
    counts, unknown = [], []
    for result in _having(run, Outcome.UNTESTABLE):
        if result.level not in binding:
            continue
        if result.cause is not None and result.cause not in by_requirement:
            unknown.append(result)
        elif not known or not _excused(result, by_requirement):
            counts.append(result)
    return counts, unknown


def _excused(result: Result, by_requirement: Mapping[str, Sequence[Result]]) -> bool:
    """Follow the causes of an untestable result to a known failure, if there is one."""
    seen: set[str] = set()
    while result.cause is not None and result.cause not in seen:
        seen.add(result.cause)
        causes = _nearest(result, by_requirement.get(result.cause, ()))
        if any(cause.outcome is Outcome.FAIL for cause in causes):
            return False
        if any(cause.outcome is Outcome.KNOWN_FAILURE for cause in causes):
            return True
        further = [cause for cause in causes if cause.outcome is Outcome.UNTESTABLE]
        if not further:
            return False
        result = further[0]
    return False


def _nearest(result: Result, causes: Sequence[Result]) -> Sequence[Result]:
    """Narrow `causes` to the same case, else the same phase and target, where there are any.

    One that has itself for a cause tells nothing: a step before its case failed it elsewhere.
    """
    causes = [cause for cause in causes if cause.cause != cause.requirement] or causes
    place = [c for c in causes if (c.phase, c.target) == (result.phase, result.target)]
    return [c for c in place if c.case == result.case] or place or causes


def _counted(results: Sequence[Result], what: str, more: str = "") -> tuple[str, ...]:
    """Say how many requirements of each level did `what`: `3 MUST requirements failed`."""
    ids = {level: {r.requirement for r in results if r.level is level} for level in Level}
    return tuple(
        f"{len(found)}{more} {level.value} requirement{'s' * (len(found) > 1)} {what}"
        for level, found in ids.items()
        if found
    )


def _results(count: int) -> str:
    return "1 result" if count == 1 else f"{count} results"
