"""The kill matrix: which requirement caught which fault, and where that is not as declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.selftest.fault_runner import place_of
from pytest_cnb_report.selftest.trial import Trial, Trip
from pytest_cnb_report.values import Level, Target

PROVEN_BY_VECTORS = frozenset({"report.run-image.coherent"})
"""Judged only where the run image is not the suite's own, which `fixtures/reports` has cases of."""

OBSERVES_ALL = frozenset({"rebase.image.identical"})
"""Observes whatever changes besides what others judge, and so sees something of many mistakes."""


@dataclass(frozen=True)
class Finding:
    """One fault: what it has to trip, and what it did; `trial` is None where `why_not` says why."""

    fault: Fault
    trial: Trial | None = None
    why_not: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Requirements that should have caught the fault, and have not."""
        tripped = self.trial.tripped if self.trial is not None else self.fault.trips
        return tuple(sorted(self.fault.trips - tripped))

    @property
    def extra(self) -> tuple[Trip, ...]:
        """Requirements that were tripped, and should not have been."""
        trips = self.trial.trips if self.trial is not None else ()
        expected = self.fault.trips | self.fault.also | OBSERVES_ALL
        return tuple(trip for trip in trips if trip.requirement not in expected)

    @property
    def survived(self) -> bool:
        """Whether nothing that should have caught the fault has."""
        return self.trial is not None and set(self.missing) == self.fault.trips

    @property
    def as_declared(self) -> bool:
        """Whether the fault was caught by exactly what has to catch it."""
        return self.trial is not None and not (self.missing or self.extra)


@dataclass(frozen=True)
class Row:
    """One requirement: the faults that it alone catches, and those that it catches with others.

    A MAY observes what was chosen, and takes no share in what a MUST or a SHOULD catches.
    """

    requirement: str
    observes: bool
    alone: tuple[str, ...]
    together: tuple[str, ...]
    not_run: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether at least one fault was caught by it alone, or was observed where it is a MAY."""
        return bool(self.alone or (self.observes and self.together))


@dataclass(frozen=True)
class Matrix:
    """Every fault that was asked for, against every requirement.

    `right` are the trials of the right lifecycle; `problems` what kept faults from being tried;
    `whole` is whether no fault was left out by choice, so that an unproven requirement means
    something.
    """

    findings: tuple[Finding, ...]
    right: tuple[Trial, ...]
    problems: tuple[str, ...]
    whole: bool

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every requirement that faults can prove, in the catalogue's order.

        Where faults were left out by choice, only those that the others have to do with.
        """
        named = {name for finding in self.findings for name in finding.fault.trips}
        return tuple(
            self._row(requirement)
            for requirement in load_catalogue()
            if requirement.id not in PROVEN_BY_VECTORS and (self.whole or requirement.id in named)
        )

    def _row(self, requirement: Requirement) -> Row:
        alone: list[str] = []
        together: list[str] = []
        not_run: list[str] = []
        observing = frozenset(r.id for r in load_catalogue() if r.level is Level.MAY)
        for finding in self.findings:
            if requirement.id not in finding.fault.trips:
                continue
            if finding.trial is None:
                not_run.append(finding.fault.name)
            elif finding.as_declared:
                others = finding.fault.trips - {requirement.id} - observing
                seen_alone = requirement.id in finding.trial.alone | observing
                is_alone = seen_alone and not others
                (alone if is_alone else together).append(finding.fault.name)
        return Row(
            requirement.id,
            requirement.id in observing,
            tuple(alone),
            tuple(together),
            tuple(not_run),
        )

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """Faults that survived, or tripped what they should not have."""
        return tuple(f for f in self.findings if f.trial is not None and not f.as_declared)

    @property
    def not_run(self) -> tuple[Finding, ...]:
        """Faults that were not tried."""
        return tuple(finding for finding in self.findings if finding.trial is None)

    @property
    def unproven(self) -> tuple[str, ...]:
        """Requirements that no fault of the whole list would prove, tried or not."""
        if not self.whole:
            return ()
        return tuple(row.requirement for row in self.rows if not (row.proven or row.not_run))

    @property
    def exit_code(self) -> int:
        """0 where all is as declared, 1 where it is not, 2 where it could not be found out."""
        if self.problems:
            return 2
        right_trips = any(trial.trips for trial in self.right)
        return 1 if self.wrong or self.unproven or right_trips else 0


def undeclared(faults: Iterable[Fault]) -> tuple[str, ...]:
    """Return what faults say they trip although no requirement is called so."""
    known = {requirement.id for requirement in load_catalogue()}
    return tuple(
        f"{fault.name} is declared to fail {name}, which is not a requirement"
        for fault in faults
        for name in sorted((fault.trips | fault.also) - known)
    )


def by_target(
    faults: Sequence[Fault], absent: Mapping[Target, str]
) -> tuple[tuple[Fault, ...], tuple[Finding, ...]]:
    """Divide faults into those that can be tried, and those that cannot, each with the reason.

    `absent` says of targets that cannot be had why that is.
    """
    tried, left = [], []
    for fault in faults:
        why_not = absent.get(place_of(fault).target)
        if why_not:
            left.append(Finding(fault, why_not=why_not))
        else:
            tried.append(fault)
    return tuple(tried), tuple(left)
