"""An adapter declines what it cannot be asked; what it failed stays a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from pytest_cnb_report.drive.process import Command, Invocation
from pytest_cnb_report.lifecycles.command import NO_REASON, reason_to_decline
from pytest_cnb_report.lifecycles.directory import DIRECTORY
from pytest_cnb_report.lifecycles.forked import ForkServer
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.values import Outcome, Phase

from .judging import PROFILE, carried_out, failures, judgements
from .test_refusals import to_be_refused

REASON = "there is no way to say it"


def ended(code: int, *, stdout: str = "", stderr: str = "") -> Invocation:
    return Invocation(
        command=Command("adapter", "adapter"),
        arguments=(),
        environment={},
        directory="/",
        exit_code=code,
        stdout=stdout,
        stderr=stderr,
        duration=0.1,
        started=0.0,
    )


def adapter(
    lifecycle: Lifecycle,
    declines: Callable[[Sequence[str]], bool],
    *,
    phase: Phase = Phase.REBASER,
    fails: bool = False,
    may_decline: bool = True,
) -> Lifecycle:
    """Return an adapter of a lifecycle that declines such calls of a phase, or fails all others."""
    do = lifecycle.kind.execute

    def execute(
        command: Command,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        timeout: float,
    ) -> Invocation:
        if command == lifecycle.commands[phase] and (fails or declines(arguments)):
            code = 120 if declines(arguments) else 1
            return replace(ended(code, stderr=f"a warning\n{REASON}\n"), arguments=tuple(arguments))
        return do(command, arguments, environment=environment, directory=directory, timeout=timeout)

    kind = replace(lifecycle.kind, execute=execute)
    return replace(
        lifecycle, kind=replace(kind, declined=reason_to_decline) if may_decline else kind
    )


def on(bench: Bench, lifecycle: Lifecycle, *, exported: bool = True) -> Bench:
    return bench.handed_to(lifecycle, bench.folder, with_exported=exported)


def test_the_reason_is_the_last_line_of_what_the_adapter_said() -> None:
    assert reason_to_decline(ended(120, stdout="no -force\n")) == "no -force"
    assert reason_to_decline(ended(120, stdout="log\n", stderr="why\nno -force\n\n")) == "no -force"
    assert reason_to_decline(ended(120)) == NO_REASON
    assert reason_to_decline(ended(1, stderr="no -force")) is None


def test_only_an_adapter_can_decline() -> None:
    assert DIRECTORY.declined(ended(120, stderr="no -force")) is None


def test_what_is_declined_does_not_apply(bench: Bench) -> None:
    seen = carried_out(on(bench, adapter(bench.lifecycle, lambda _: True)), "rebaser", "plain")
    found = judgements(seen).values()
    assert {each.outcome for each in found} == {Outcome.NOT_APPLICABLE}
    assert all(each.verdict.declined for each in found)
    assert {each.verdict.message for each in found} == {f"the adapter declined: {REASON}"}


def test_a_lifecycle_that_exits_with_that_code_fails(bench: Bench) -> None:
    lifecycle = adapter(bench.lifecycle, lambda _: True, may_decline=False)
    assert list(failures(carried_out(on(bench, lifecycle), "rebaser", "plain"))) == [
        "rebase.succeeds"
    ]


def test_an_app_image_that_cannot_be_made_is_declined_as_well(bench: Bench) -> None:
    lifecycle = adapter(bench.lifecycle, lambda _: True, phase=Phase.ANALYZER)
    seen = carried_out(on(bench, lifecycle, exported=False), "rebaser", "plain")
    assert seen.declined == REASON
    assert seen.call is None


@pytest.mark.parametrize("fault", [None, "refusal-ends-well"])
def test_a_refusal_without_its_control_proves_nothing_and_exit_code_0_does(
    bench: Bench, server: ForkServer, fault: str | None
) -> None:
    lifecycle = forked_reference(server, profile=PROFILE.value, fault=fault)
    # the control is a plain rebase; it has no -previous-image
    declines = adapter(lifecycle, lambda words: "-previous-image" not in words)
    seen = carry_out(on(bench, declines), to_be_refused("environment", "no"))
    failed = failures(seen)
    if fault is None:
        assert seen.declined == REASON
        assert failed == {}
    else:
        assert seen.declined is None
        assert any("instead of refused" in message for message in failed.values())


def test_a_failure_stays_one_where_the_same_call_by_flags_is_declined(bench: Bench) -> None:
    lifecycle = adapter(bench.lifecycle, lambda words: "-run-image" in words, fails=True)
    seen = carried_out(on(bench, lifecycle), "rebaser", "run-image-by-environment")
    assert seen.declined is None
    assert list(failures(seen)) == ["rebase.inputs.environment"]
