"""Gather results into a run, in the one process that reports it, and hand it to the reports."""

from __future__ import annotations

import datetime
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytest_cnb_report.judge.catalogue import load_catalogue
from pytest_cnb_report.report import known_failures, record, terminal
from pytest_cnb_report.report.known_failures import KnownFailures, Scope
from pytest_cnb_report.report.known_failures_file import known_failures_toml
from pytest_cnb_report.report.layout import Line, Segment
from pytest_cnb_report.report.results import (
    Evidence,
    KnownFailureFacts,
    LifecycleFacts,
    Result,
    Run,
    SuiteFacts,
    TargetFacts,
    Timing,
)
from pytest_cnb_report.report.verdict import strict
from pytest_cnb_report.report.write import WriteError, write, write_all
from pytest_cnb_report.suite.ground import Ground
from pytest_cnb_report.suite.plan import Item, all_cases
from pytest_cnb_report.suite.progress import width_of
from pytest_cnb_report.suite.results import facts_of, readings_of
from pytest_cnb_report.suite.settings import Settings
from pytest_cnb_report.values import Outcome, Phase, Target
from pytest_cnb_report.version import VERSION

FAILURES_TOLD = 20
"""Distinct failures that the terminal tells in full; the files have all of them."""

Key = tuple[str, Phase, Target, str]
"""Requirement, phase, target and case: what tells one result from all others."""


class Collector:
    """Everything that was found out so far; makes a `Run` of it at any time."""

    def __init__(
        self,
        settings: Settings,
        ground: Ground,
        *,
        known: KnownFailures | None,
        kept: KnownFailures | None,
        planned: Sequence[Item],
        started: float,
    ) -> None:
        self._settings = settings
        self._ground = ground
        self._known = known
        self._kept = kept
        self._planned = planned
        self._started = started
        self._results: dict[Key, Result] = {}
        self._not_met: set[Key] = set()
        self._evidence: dict[str, Evidence] = {}
        self._calls: list[float] = []
        self.cut_short: str | None = None
        self.written: tuple[Path, ...] = ()
        self.reproduced: tuple[Path, int] | None = None
        """The folder of reproductions, and how many there are."""
        self.problem: str | None = None

    def add(self, told: dict[str, Any]) -> None:
        """Take over one result, and the evidence that came with it."""
        result = record.result_from_json(told["result"])
        key = (result.requirement, result.phase, result.target, result.case)
        self._results[key] = result
        if result.outcome in (Outcome.FAIL, Outcome.ERROR):
            self._not_met.add(key)
        if told["evidence"] is not None:
            evidence = record.evidence_from_json(told["evidence"])
            self._evidence.setdefault(evidence.key, evidence)

    def add_calls(self, seconds: Sequence[float]) -> None:
        """Take over how long calls of the lifecycle took."""
        self._calls.extend(seconds)

    def left_out(self) -> list[Item]:
        """Return what there is to judge and has no result: deselected, or not come to."""
        return [item for item in self._planned if _key(item) not in self._results]

    @property
    def failed(self) -> int:
        """How many results are not met so far."""
        return len(self._not_met)

    def run(self) -> Run:
        """Return what was found out as one value."""
        now = time.time()
        lifecycle = self._ground.lifecycle
        results = self._in_order()
        if self._settings.strict:
            results = tuple(strict(result) for result in results)
        results, facts = self._with_known_failures(results)
        catalogue = load_catalogue()
        judged = {result.requirement for result in results}
        told = [requirement for requirement in catalogue if requirement.id in judged]
        return Run(
            suite=SuiteFacts(record.SUITE, VERSION),
            lifecycle=LifecycleFacts(
                lifecycle.given, lifecycle.kind.name, lifecycle.version, lifecycle.sha256
            ),
            platform_api=self._ground.platform_api,
            profile=self._settings.profile,
            targets={
                target: TargetFacts(place.judged, place.why)
                for target, place in self._ground.targets.items()
            },
            timing=Timing(
                wall_s=round(now - self._started, 3),
                lifecycle_s=round(sum(self._calls), 3),
                invocations=len(self._calls),
            ),
            started=datetime.datetime.fromtimestamp(self._started, datetime.timezone.utc).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            seed=self._settings.seed,
            strict=self._settings.strict,
            results=results,
            requirements={r.id: facts_of(r, catalogue.areas[r.area]) for r in told},
            readings=readings_of(
                [key for r in told for key in r.readings]
                + [key for result in results for key in result.readings]
            ),
            evidence=tuple(self._evidence.values()),
            deselected=len(self.left_out()) if self.cut_short is None else 0,
            cut_short=self.cut_short,
            known_failures=facts,
            command=_command(),
        )

    def _in_order(self) -> tuple[Result, ...]:
        """Return the results as the catalogue and the cases stand, however workers finished."""
        requirements = {r.id: number for number, r in enumerate(load_catalogue())}
        cases = {(c.phase, c.name): number for number, c in enumerate(all_cases())}
        return tuple(
            sorted(
                self._results.values(),
                key=lambda result: (
                    requirements[result.requirement],
                    list(Target).index(result.target),
                    list(Phase).index(result.phase),
                    cases.get((result.phase, result.case), -1),
                ),
            )
        )

    def _scopes(self) -> list[Scope]:
        """Say what was not judged, so that no known failure is called stale for it."""
        unjudged = [target for target in Target if not self._ground.targets[target].judged]
        return [
            *(
                Scope(item.requirement.id, item.phase, item.target, item.case_name)
                for item in self.left_out()
            ),
            *(Scope(r.id, target=target) for r in load_catalogue() for target in unjudged),
        ]

    def _with_known_failures(
        self, results: tuple[Result, ...]
    ) -> tuple[tuple[Result, ...], KnownFailureFacts | None]:
        if self._known is None:
            return results, None
        today = datetime.date.today()  # noqa: DTZ011 - a file's dates are the reader's own
        return known_failures.apply(self._known, results, today, self._scopes())

    def write(self, run: Run) -> None:
        """Write every file that was asked for; what cannot be written is told, not raised."""
        try:
            if self._settings.output is not None:
                self.written = write_all(run, self._settings.output)
            if self._settings.write_known_failures is not None:
                path = self._settings.write_known_failures
                today = datetime.date.today()  # noqa: DTZ011 - the reader's own
                text = known_failures_toml(run, today, self._kept, self._scopes())
                write({path: text})
                self.written += (path,)
        except WriteError as problem:
            self.problem = str(problem)

    def header(self) -> list[str]:
        """Say what is judged, before it is."""
        lifecycle = self._ground.lifecycle
        version = f" {lifecycle.version}" if lifecycle.version else ""
        unnamed = not (self._settings.lifecycle or self._ground.repeat)
        default = " (nothing was named with --lifecycle)" if unnamed else ""
        what = f"lifecycle: {lifecycle.given}{version}{default}"
        by = f"platform API {self._ground.platform_api}, profile {self._settings.profile.value}"
        targets = [
            f"target {target.value}: {place.why if place.judged else f'not judged: {place.why}'}"
            for target, place in self._ground.targets.items()
        ]
        return [f"{what}, {by}", *targets]

    def show(self, reporter: Any) -> Run:  # noqa: ANN401 - pytest's terminal reporter
        """Write the files, then the table, the failures and the verdict to the terminal."""
        run = self.run()
        self.write(run)
        encoding = getattr(sys.stdout, "encoding", None) or "ascii"
        lines = terminal.render(
            run,
            width=width_of(reporter),
            ascii_only="utf" not in encoding.lower(),
            most=None if reporter.verbosity > 0 else FAILURES_TOLD,
            quiet=max(0, -reporter.verbosity),
        )
        reporter.write_line("")
        _print([*_paths(self.written, self.reproduced), *lines], reporter.write)
        if self.problem is not None:
            reporter.write_line(self.problem, red=True)
        return run


def _key(item: Item) -> Key:
    return (item.requirement.id, item.phase, item.target, item.case_name)


def _paths(written: Sequence[Path], reproduced: tuple[Path, int] | None) -> list[Line]:
    if not written:
        return []
    lines: list[Line] = [(Segment(f"written: {path}"),) for path in written]
    if reproduced is not None:
        folder, count = reproduced
        failures = "1 failure" if count == 1 else f"{count} failures"
        lines.append((Segment(f"written: {folder} ({failures}, each with a run.sh)"),))
    return [*lines, ()]


def _print(lines: Sequence[Line], write: Callable[..., None]) -> None:
    for line in lines:
        for segment in line:
            write(segment.text, **dict.fromkeys(segment.markup, True))
        write("\n")


def _command() -> str:
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
