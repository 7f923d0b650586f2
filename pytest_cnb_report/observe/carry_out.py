"""Carry out any case and observe it; a case that cannot be reached is an observation too."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from pytest_cnb_report.drive.cases import Build, Case, Expect, Rebase
from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.situation import planned
from pytest_cnb_report.observe.bench import Bench, BlockedError, reason_of
from pytest_cnb_report.observe.build_contents import PROCESS
from pytest_cnb_report.observe.build_phase import carry_out_build, did_as_asked
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.rebase_phase import carry_out_rebase
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.registry.limits import OF_A_SCENARIO
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.values import Phase

CONTROL = "control"
"""The name of the case that says whether a phase can do anything at all."""


def carry_out(bench: Bench, case: Case) -> Observation:
    """Ask the phase what the case asks, at the bench's target, and look at what is there then.

    A case that must not succeed, and a rebase that did not, come with a control: a lifecycle that
    never succeeds has not refused anything, nor failed at what the case is about. The control of a
    build has the flags of the case: one that does not know a flag has refused nothing either.

    What fails at a registry in another process is tried a second time: a lifecycle may take a
    request that failed for an image that is not there, and say nothing of it. Raises RegistryError
    or DaemonError where the target may be at fault.

    A case in which the registry refuses something is carried out at an embedded registry beside
    the bench's own, where that one cannot be told to.
    """
    if case.ask.refused_push is not None and not bench.host.refuses_on_request:
        with embedded_registry(limits=OF_A_SCENARIO) as registry:
            host = RegistryHost(registry, "images")
            return carry_out(bench.at(host), case)
    observation = attempt(bench, case, lambda: _carry_out(bench, case))
    in_process = bench.at_daemon or bench.host.refuses_on_request
    if in_process or not _failed(case, observation):
        return observation
    return _tried_again(bench, case, observation)


def _failed(case: Case, observation: Observation) -> bool:
    if observation.declined is not None:
        return False
    if observation.blocked is not None:
        return True
    return case.expect is Expect.SUCCESS and not did_as_asked(observation)


def _tried_again(bench: Bench, case: Case, first: Observation) -> Observation:
    """Return what failed, having seen it fail twice; where only a step before it did, the second.

    Raises RegistryError where it failed once.
    """
    if first.call is not None and first.call.timed_out:
        return first
    bench.forget_blocked()
    second = attempt(bench, case, lambda: _carry_out(bench, case))
    if first.blocked is not None or first.asked is None:
        return second
    if _failed(case, second):
        return first
    raise RegistryError(
        first.asked.images[0].partition("/")[0],
        f"case {case.name} of the {case.phase.value}, tried twice in a row",
        "it failed the first time and succeeded the second time",
        "run it again, or with --registry embedded, to tell whether the registry is at fault",
    )


def attempt(bench: Bench, case: Case, do: Callable[[], Observation]) -> Observation:
    """Do what a case asks, in whatever way, and make the same of it as `carry_out` does."""
    if case.expect is Expect.SUCCESS:
        observation = _reached(bench, case, do)
        failed = observation.call is not None and observation.call.exit_code != 0
        told = case.phase is not Phase.REBASER or case.name == CONTROL
        if told or not failed:
            return observation
        if observation.control is not None:
            return replace(observation, control=_with_control(bench, case, observation.control))
        return _controlled(observation, _control_of(bench, case))
    control = _control_of(bench, case)
    return _controlled(_reached(bench, case, do), control)


def _controlled(observation: Observation, control: Observation) -> Observation:
    """Return an observation with its control.

    Where an adapter declines the control, what failed although it had to succeed is judged without
    it, and so is what was done although it had to be refused. A refusal proves nothing then.
    """
    if control.declined is None:
        return replace(observation, control=control)
    call = observation.call
    refused = observation.situation.expect is not Expect.SUCCESS and call is not None
    if refused and call is not None and call.exit_code != 0:
        return replace(observation, declined=control.declined)
    return observation


def _with_control(bench: Bench, case: Case, tried: Observation) -> Observation:
    """Return a rebase with the plain control, where it failed and may be about something itself."""
    if tried.call is None or tried.call.exit_code == 0:
        return tried
    if tried.control is not None:
        return replace(tried, control=_with_control(bench, case, tried.control))
    return _controlled(tried, _control_of(bench, case))


def _control_of(bench: Bench, case: Case) -> Observation:
    control = _control(case)
    key = f"{control.phase.value} {control.ask}"
    if key not in bench.controls:
        bench.controls[key] = carry_out(bench, control)
    return bench.controls[key]


def _control(case: Case) -> Case:
    ask: Build | Rebase = Rebase()
    if isinstance(case.ask, Build):
        process = PROCESS if case.ask.process_type else None
        ask = Build(tags=case.ask.tags, process_type=process)
    return Case(CONTROL, "what the phase has to be able to do", case.phase, ask)


def _carry_out(bench: Bench, case: Case) -> Observation:
    names: Collection[str] = ()
    try:
        if isinstance(case.ask, Build):
            observation = carry_out_build(bench, case, case.ask)
        else:
            observation = carry_out_rebase(bench, case, case.ask)
        names = observation.after
        call = observation.call
        unseen = case.expect is Expect.SUCCESS and not did_as_asked(observation)
        if unseen and call is not None and call.exit_code == 0:
            # the registry or daemon may have lost what it wrote
            bench.require_sound_host(call)
        return observation
    finally:
        bench.clear(names)


def _reached(bench: Bench, case: Case, do: Callable[[], Observation]) -> Observation:
    try:
        return do()
    except BlockedError as blocked:
        return Observation(
            case=case.name,
            situation=planned(case, bench.host.target, bench.platform_api),
            blocked=str(blocked),
            blocked_by=blocked.cause,
            declined=reason_of(blocked),
            steps=blocked.steps,
        )
