"""Prove the suite on faulty lifecycles: choose them, try them, gather the kill matrix."""

from __future__ import annotations

import contextlib
import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence

from pytest_cnb_report.daemon.errors import DaemonError, DaemonUnavailable
from pytest_cnb_report.daemon.providers import open_daemon
from pytest_cnb_report.reference.fault import Fault
from pytest_cnb_report.requirements.faults import FAULTS
from pytest_cnb_report.selftest.chosen_cases import Place
from pytest_cnb_report.selftest.fault_runner import DaemonPlace, place_of
from pytest_cnb_report.selftest.matrix import Finding, Matrix, by_target, undeclared
from pytest_cnb_report.selftest.pool import try_all
from pytest_cnb_report.selftest.trial import Trial
from pytest_cnb_report.values import Target

Tell = Callable[[int, int, int], None]
"""Is told how many faults were tried, of how many, and how many were not caught as declared."""


class UnknownFaultError(LookupError):
    """No fault has this name, or matches this pattern."""


def select(globs: Sequence[str]) -> tuple[Fault, ...]:
    """Return the faults whose whole name any of the globs matches; all of them without a glob.

    Raises UnknownFaultError for a glob that matches none.
    """
    if not globs:
        return tuple(FAULTS.values())
    chosen: set[str] = set()
    for glob in globs:
        found = fnmatch.filter(FAULTS, glob)
        if not found:
            raise UnknownFaultError(
                f"no fault matches {glob!r} (`cnb-conformance self-test --list` lists them)"
            )
        chosen.update(found)
    return tuple(fault for name, fault in FAULTS.items() if name in chosen)


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
    names = sorted(by_name, key=lambda name: by_name[name].target != Target.DAEMON.value)
    trying = try_all(names, workers=workers, daemon=daemon)
    with contextlib.closing(trying):
        for each in trying:
            fault, answer = by_name[each.fault], each.answer
            if answer.faulty is None or answer.right is None:
                findings[fault.name] = Finding(fault, why_not=answer.problem)
                problems.append(f"{fault.name} could not be tried: {answer.problem}")
            else:
                findings[fault.name] = Finding(fault, answer.faulty)
                rights[answer.right.place] = answer.right
                problems += [f"{fault.name}: {error}" for error in answer.faulty.errors]
                problems += [f"the right lifecycle: {error}" for error in answer.right.errors]
            wrong = sum(not f.as_declared for f in findings.values())
            tell(len(findings), len(faults), wrong)
    return findings, rights, problems


@contextlib.contextmanager
def _daemon(
    faults: Sequence[Fault], targets: Sequence[Target], which: str
) -> Iterator[tuple[DaemonPlace | None, Mapping[Target, str]]]:
    """Open the daemon where a fault needs it; say of targets that are not there why that is."""
    absent = {t: "not asked for (--target)" for t in Target if targets and t not in targets}
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
