"""Prove the suite on faulty lifecycles: choose them, try them, gather the kill matrix."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_cnb_report.daemon.errors import DaemonError, DaemonUnavailable
from pytest_cnb_report.daemon.providers import open_daemon
from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.selftest.chosen_cases import Place
from pytest_cnb_report.selftest.fault_runner import DaemonPlace, Prover, place_of, prover
from pytest_cnb_report.selftest.matrix import Finding, Matrix, by_target, undeclared
from pytest_cnb_report.selftest.pool import do_all
from pytest_cnb_report.selftest.selection import matching
from pytest_cnb_report.selftest.trial import Trial
from pytest_cnb_report.values import Target

Tell = Callable[[int, int, int], None]
"""Is told how many faults were tried, of how many, and how many were not caught as declared."""


@dataclass(frozen=True)
class TryFault:
    """The job of trying a fault, by its name: how it fared, and the right lifecycle there."""

    fault: str

    def __call__(self, prover: Prover) -> tuple[Trial, Trial]:
        """Try both."""
        fault = FAULTS[self.fault]
        return prover.faulty(fault), prover.right(place_of(fault))


def select(globs: Sequence[str]) -> tuple[Fault, ...]:
    """Return the faults whose whole name any of the globs matches; all of them without a glob.

    Raises UnknownFaultError for a glob that matches none.
    """
    names = matching(globs, FAULTS, "fault", "--list")
    return tuple(fault for name, fault in FAULTS.items() if name in names)


def prove(
    faults: Sequence[Fault],
    *,
    workers: int,
    targets: Sequence[Target] = (),
    daemon: str = "auto",
    tell: Tell = lambda *_: None,
) -> Matrix:
    """Try faults in so many processes, and return the matrix.

    Without `targets` it is the registry, and the daemon where one answers. Raises DaemonUnavailable
    or DaemonError where the daemon is among them and cannot be had.
    """
    with _daemon(faults, targets, daemon) as (place, absent):
        tried, left = by_target(faults, absent)
        findings, rights, problems = _try(tried, workers, place, tell)
    findings.update({finding.fault.name: finding for finding in left})
    return Matrix(
        findings=tuple(findings[fault.name] for fault in faults),
        right=tuple(rights.values()),
        problems=(*undeclared(faults), *dict.fromkeys(problems)),
        whole={fault.name for fault in faults} == set(FAULTS),
    )


def _try(
    faults: Sequence[Fault], workers: int, daemon: DaemonPlace | None, tell: Tell
) -> tuple[dict[str, Finding], dict[Place, Trial], list[str]]:
    findings: dict[str, Finding] = {}
    rights: dict[Place, Trial] = {}
    problems: list[str] = []
    by_name = {fault.name: fault for fault in faults}
    # what takes longest comes first, so that no worker is left alone with it at the end
    jobs = [
        TryFault(fault.name)
        for fault in sorted(faults, key=lambda fault: fault.target != Target.DAEMON.value)
    ]
    trying = do_all(jobs, functools.partial(prover, daemon, list(faults)), workers=workers)
    with contextlib.closing(trying):
        for each in trying:
            fault = by_name[jobs[each.number].fault]
            if each.result is None:
                findings[fault.name] = Finding(fault, why_not=each.problem)
                problems.append(f"{fault.name} could not be run: {each.problem}")
            else:
                faulty, right = each.result
                findings[fault.name] = Finding(fault, faulty)
                rights[right.place] = right
                problems += [f"{fault.name}: {error}" for error in faulty.errors]
                problems += [f"the correct lifecycle: {error}" for error in right.errors]
            wrong = sum(not f.as_declared for f in findings.values())
            tell(len(findings), len(faults), wrong)
    return findings, rights, problems


@contextlib.contextmanager
def _daemon(
    faults: Sequence[Fault], targets: Sequence[Target], which: str
) -> Iterator[tuple[DaemonPlace | None, Mapping[Target, str]]]:
    """Open the daemon where a fault needs it; say of targets that are not there why that is."""
    absent = {t: "skipped (--target)" for t in Target if targets and t not in targets}
    needed = any(place_of(fault).target is Target.DAEMON for fault in faults)
    if Target.DAEMON in absent or not needed:
        yield None, absent
        return
    with contextlib.ExitStack() as stack:
        try:
            opened = stack.enter_context(open_daemon(which))
        except (DaemonUnavailable, DaemonError) as problem:
            if targets:
                raise
            yield None, {Target.DAEMON: str(problem)}
        else:
            yield DaemonPlace(opened.address, opened.prefix, dict(opened.environment or {})), absent
