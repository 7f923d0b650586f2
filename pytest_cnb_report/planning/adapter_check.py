"""Try an adapter before a run: what it does with phases, arguments, variables and exit codes.

A run would find the same, but as failures of the lifecycle, hundreds of times, and without a word
about the adapter.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_cnb_report.drive.cases import Build, Case, Rebase, ReportFlow
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.lifecycles.command import DECLINED, NO_REASON, reason_to_decline
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, supervised
from pytest_cnb_report.lifecycles.negotiate import API_NOT_SPOKEN, negotiate
from pytest_cnb_report.observe.bench import Bench, last_words
from pytest_cnb_report.observe.build_phase import did_as_asked
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.platform_apis import PlatformApi
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.registry.limits import OF_A_SCENARIO
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import Phase
from pytest_cnb_report.visible_text import shell_line

UNKNOWN_API = "99.0"
"""A platform API that no lifecycle speaks."""

UNKNOWN_PHASE = "no-such-phase"
UNKNOWN_FLAG = "-no-such-flag"


class State(str, enum.Enum):
    """What one check of an adapter came to."""

    OK = "ok"
    DECLINED = "declined"
    PROBLEM = "problem"


@dataclass(frozen=True)
class AdapterFinding:
    """What one check found: about what, in a sentence, and what to do about a problem."""

    subject: str
    state: State
    detail: str
    remedy: str = ""
    call: str = ""
    """How the adapter was called, as words for a shell; what they name is gone by now."""


def check_adapter(
    lifecycle: Lifecycle, *, phases: Sequence[Phase], api: PlatformApi | None, timeout: float
) -> Iterator[AdapterFinding]:
    """Try an adapter at an embedded registry, with about six calls for each of `phases`.

    `api` is the platform API to call it with; None for the newest that it speaks. `timeout` is in
    seconds, for one call. Raises LifecycleError where it cannot be started, does not end, or speaks
    no platform API; RegistryUnavailable; and RegistryError.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch_folder("adapter-check"))
        folder.chmod(0o711)
        adapter = stack.enter_context(supervised(lifecycle)).introduced(directory=str(folder))
        yield _there(adapter)
        asked = Phase.REBASER if Phase.REBASER in phases else phases[0]  # as a run has it
        spoken = negotiate(adapter, api, directory=str(folder), phase=asked)
        yield AdapterFinding("platform API", State.OK, f"{spoken} is used for these checks")
        yield _unknown_phase(adapter, spoken, folder, timeout)
        registry = stack.enter_context(embedded_registry(limits=OF_A_SCENARIO))
        bench = Bench(
            lifecycle=adapter,
            platform_api=spoken,
            host=RegistryHost(registry, "images"),
            folder=folder,
            timeout=timeout,
            tidies=True,
        )
        done = [_Phase(bench, phase, folder, timeout) for phase in phases]
        for each in done:
            yield from each.findings()
        judged = [each.phase for each in done if not each.declined]
        yield from _once([_unknown_api(adapter, phase, folder, timeout) for phase in judged])
        if not judged:
            yield AdapterFinding(
                "phases",
                State.PROBLEM,
                "every phase is declined: a run would end with exit code 2",
                "test only the phases that it supports (--phase), or use another adapter",
            )


def _there(adapter: Lifecycle) -> AdapterFinding:
    said = f"version {adapter.version}" if adapter.version else "-version tells no version"
    executable = adapter.commands[Phase.REBASER].executable
    return AdapterFinding("command", State.OK, f"{executable}; {said}")


def _once(findings: Sequence[AdapterFinding]) -> Iterator[AdapterFinding]:
    """Yield the problems, else the first finding."""
    problems = [each for each in findings if each.state is State.PROBLEM]
    yield from problems or findings[:1]


def _unknown_api(adapter: Lifecycle, phase: Phase, folder: Path, timeout: float) -> AdapterFinding:
    call = adapter.call(
        phase,
        [],
        platform_api=PlatformApi.parse(UNKNOWN_API),
        environment={},
        directory=str(folder),
        timeout=timeout,
    )
    if call.exit_code == API_NOT_SPOKEN:
        detail = f"CNB_PLATFORM_API={UNKNOWN_API} is refused with exit code {API_NOT_SPOKEN}"
        return AdapterFinding("exit codes", State.OK, detail)
    return AdapterFinding(
        "exit codes",
        State.PROBLEM,
        f"{phase.value} with CNB_PLATFORM_API={UNKNOWN_API}: expected exit code {API_NOT_SPOKEN},"
        f" found that it {_ended(call)}",
        f"pass CNB_PLATFORM_API and exit codes through, or exit {API_NOT_SPOKEN} for each platform"
        " API that the program does not support: any other exit code counts as supported",
    )


def _unknown_phase(
    adapter: Lifecycle, spoken: PlatformApi, folder: Path, timeout: float
) -> AdapterFinding:
    command = adapter.commands[Phase.REBASER]
    unknown = replace(command, arguments=(*command.arguments[:-1], UNKNOWN_PHASE))
    other = replace(adapter, commands={**adapter.commands, Phase.REBASER: unknown})
    call = other.call(
        Phase.REBASER,
        [],
        platform_api=spoken,
        environment={},
        directory=str(folder),
        timeout=timeout,
    )
    if call.exit_code == 0:
        return AdapterFinding(
            "phase name",
            State.PROBLEM,
            f"the phase {UNKNOWN_PHASE} exited 0: the adapter does not look at its first argument",
            "select the phase by the first argument, and exit with a code other than 0 for an"
            " unknown one",
        )
    return AdapterFinding("phase name", State.OK, f"{UNKNOWN_PHASE} {_ended(call)}")


def _ended(call: Invocation) -> str:
    return last_words(call, Phase.REBASER).removeprefix(f"{Phase.REBASER.value} ")


@dataclass
class _Phase:
    """The checks of one phase; `declined` once its plain call was."""

    bench: Bench
    phase: Phase
    folder: Path
    timeout: float
    declined: bool = field(default=False, init=False)

    def findings(self) -> Iterator[AdapterFinding]:
        """Yield what the calls of this phase show."""
        plain = self._carried_out(ReportFlow())
        if plain.declined is not None:
            self.declined = True
            yield self._of_declined(plain.declined)
            return
        problem = _problem(plain)
        if problem is not None:
            call = plain.call or next(reversed(plain.steps), None)
            words = (
                ()
                if call is None
                else (call.command.name, *call.command.arguments, *call.arguments)
            )
            yield replace(self._finding(State.PROBLEM, *problem), call=shell_line(words))
            return
        yield self._finding(State.OK, "wrote the app image and the report that it was asked for")
        yield self._of_variables(self._carried_out(ReportFlow(how="environment")))
        yield self._of_an_unknown_flag()

    def _carried_out(self, report: ReportFlow) -> Observation:
        rebase = self.phase is Phase.REBASER
        ask = Rebase(report=report) if rebase else Build(report=report)
        return carry_out(self.bench, Case("adapter-check", "a plain call", self.phase, ask))

    def _finding(
        self, state: State, detail: str, remedy: str = "", *, about: str = ""
    ) -> AdapterFinding:
        subject = f"{self.phase.value}, {about}" if about else self.phase.value
        return AdapterFinding(subject, state, detail, remedy)

    def _of_declined(self, reason: str, *, about: str = "") -> AdapterFinding:
        if reason == NO_REASON:
            return self._finding(
                State.PROBLEM,
                f"exited {DECLINED} without a word, so that no report can say why",
                "print the reason as the last line before the adapter exits",
                about=about,
            )
        return self._finding(State.DECLINED, reason, about=about)

    def _of_variables(self, seen: Observation) -> AdapterFinding:
        about = "variables"
        if seen.declined is not None:
            return self._of_declined(seen.declined, about=about)
        if seen.call is not None and seen.call.exit_code == 0 and seen.report.there:
            detail = "wrote the report where CNB_REPORT_PATH says"
            return self._finding(State.OK, detail, about=about)
        ended = "exited 0" if seen.call is not None and seen.call.exit_code == 0 else _how(seen)
        return self._finding(
            State.PROBLEM,
            f"{ended}, and there is no report at CNB_REPORT_PATH",
            f"pass the environment through, or exit {DECLINED} where CNB_REPORT_PATH is set",
            about=about,
        )

    def _of_an_unknown_flag(self) -> AdapterFinding:
        call = self.bench.lifecycle.call(
            self.phase,
            [UNKNOWN_FLAG],
            platform_api=self.bench.platform_api,
            environment={},
            directory=str(self.folder),
            timeout=self.timeout,
        )
        about = "unknown flag"
        reason = reason_to_decline(call)
        if reason is not None:
            return self._of_declined(reason, about=about)
        if call.exit_code != 0:
            return self._finding(State.OK, _ended(call).partition(":")[0], about=about)
        return self._finding(
            State.PROBLEM,
            f"{UNKNOWN_FLAG} exited 0: arguments that the adapter does not know are ignored",
            f"pass all arguments on, or exit {DECLINED} for those that it cannot translate: what is"
            " ignored is judged as if it had been done",
            about=about,
        )


def _problem(seen: Observation) -> tuple[str, str] | None:
    """Return what is wrong with a plain call, and what to do; None where nothing is."""
    if seen.call is None or seen.call.exit_code != 0:
        return _how(seen), "it has to succeed: see what the adapter makes of the call"
    if not seen.wrote:
        return (
            "exited 0, but wrote no image under the name that it was given as its last argument",
            "pass all arguments on: an adapter that ignores them behaves like this",
        )
    if not did_as_asked(seen):
        return (
            "exited 0, but the app image is not built on the run image that -run-image names",
            "pass -run-image on",
        )
    if not seen.report.there:
        return (
            "exited 0, but left no report at the path that -report names",
            "pass -report on, or move the program's report there; and see the traps about copies",
        )
    return None


def _how(seen: Observation) -> str:
    """Say how a call ended, or which step before it did."""
    if seen.blocked is not None:
        return f"not called: {seen.blocked}"
    return last_words(seen.call, seen.phase) if seen.call is not None else "was not called"
