"""`adapter-check` finds what an adapter does not pass on, here with the reference behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pytest_cnb_report.cli.adapter_check import check
from pytest_cnb_report.cli.exit import CommandError
from pytest_cnb_report.cli.main import main
from pytest_cnb_report.drive.process import Command, Invocation
from pytest_cnb_report.lifecycles.command import COMMAND
from pytest_cnb_report.lifecycles.forked import fork_server
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.planning.adapter_check import AdapterFinding, State, check_adapter
from pytest_cnb_report.platform_apis import PlatformApi
from pytest_cnb_report.values import PLATFORM_APIS, Phase


@dataclass(frozen=True)
class Asked:
    """One call of an adapter."""

    command: Command
    arguments: Sequence[str]
    environment: Mapping[str, str]

    @property
    def phase(self) -> str:
        return self.command.arguments[-1]


Pass = Callable[[Asked], Invocation]


@pytest.fixture(scope="module")
def reference() -> Iterator[Lifecycle]:
    with fork_server() as server:
        yield forked_reference(server, profile="rfc-0129-draft", fault=None)


def found(
    reference: Lifecycle, adapter: Callable[[Asked, Pass], Invocation], *phases: Phase
) -> tuple[AdapterFinding, ...]:
    """Try an adapter that is a function of the call and of what passes a call on."""

    def execute(
        command: Command,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: str,
        timeout: float,
    ) -> Invocation:
        def pass_on(asked: Asked) -> Invocation:
            return reference.kind.execute(
                asked.command,
                asked.arguments,
                environment=asked.environment,
                directory=directory,
                timeout=timeout,
            )

        return adapter(Asked(command, arguments, environment), pass_on)

    kind = replace(COMMAND, execute=execute)
    lifecycle = replace(reference, kind=kind)
    api: PlatformApi = PLATFORM_APIS[-1]
    return tuple(check_adapter(lifecycle, phases=phases or (Phase.REBASER,), api=api, timeout=30))


def problems(findings: Sequence[AdapterFinding]) -> dict[str, str]:
    assert all(bool(each.remedy) is (each.state is State.PROBLEM) for each in findings)
    return {each.subject: each.detail for each in findings if each.state is State.PROBLEM}


def declined(call: Invocation, reason: str = "") -> Invocation:
    return replace(call, exit_code=120, stdout="", stderr=reason)


def test_an_adapter_that_passes_everything_on_has_no_problem(reference: Lifecycle) -> None:
    findings = found(
        reference,
        lambda asked, pass_on: pass_on(asked),
        Phase.EXPORTER,
        Phase.CREATOR,
        Phase.REBASER,
    )
    assert {each.state for each in findings} == {State.OK}


def ignores_its_arguments(asked: Asked, pass_on: Pass) -> Invocation:
    return pass_on(replace(asked, arguments=()))


def ignores_them_and_ends_well(asked: Asked, pass_on: Pass) -> Invocation:
    if asked.phase != "rebaser":
        return pass_on(asked)
    return replace(pass_on(replace(asked, arguments=())), exit_code=0)


def drops_unknown_flags(asked: Asked, pass_on: Pass) -> Invocation:
    call = pass_on(asked)
    return replace(call, exit_code=0) if "-no-such-flag" in asked.arguments else call


def loses_the_report(asked: Asked, pass_on: Pass) -> Invocation:
    words = list(asked.arguments)
    if "-report" in words and asked.phase == "rebaser":
        del words[words.index("-report") : words.index("-report") + 2]
    return pass_on(replace(asked, arguments=words))


def loses_variables(asked: Asked, pass_on: Pass) -> Invocation:
    kept = {k: v for k, v in asked.environment.items() if k != "CNB_REPORT_PATH"}
    return pass_on(replace(asked, environment=kept))


def changes_exit_codes(asked: Asked, pass_on: Pass) -> Invocation:
    call = pass_on(asked)
    return replace(call, exit_code=min(call.exit_code or 0, 1))


def has_one_phase(asked: Asked, pass_on: Pass) -> Invocation:
    call = pass_on(asked)
    return replace(call, exit_code=0) if asked.phase == "no-such-phase" else call


def declines_without_a_word(asked: Asked, pass_on: Pass) -> Invocation:
    return declined(pass_on(asked)) if "CNB_REPORT_PATH" in asked.environment else pass_on(asked)


def declines_everything(asked: Asked, pass_on: Pass) -> Invocation:
    del pass_on
    call = Invocation(asked.command, tuple(asked.arguments), {}, "/", 0, "", "", 0.0)
    return declined(call, "not today")


@pytest.mark.parametrize(
    ("adapter", "subject", "said"),
    [
        (ignores_its_arguments, "rebaser", "not called: analyzer exited 3"),
        (ignores_them_and_ends_well, "rebaser", "wrote no image under the name"),
        (drops_unknown_flags, "rebaser, unknown flag", "-no-such-flag exited 0"),
        (loses_the_report, "rebaser", "no report at the path that -report names"),
        (loses_variables, "rebaser, variables", "there is no report at CNB_REPORT_PATH"),
        (changes_exit_codes, "exit codes", "expected exit code 11, found that it exited 1"),
        (has_one_phase, "phase name", "does not look at its first argument"),
        (declines_without_a_word, "rebaser, variables", "exited 120 without a word"),
        (declines_everything, "phases", "every phase is declined"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_not_passed_on_is_found(
    reference: Lifecycle,
    adapter: Callable[[Asked, Pass], Invocation],
    subject: str,
    said: str,
) -> None:
    also = ["exit codes"] if adapter is ignores_them_and_ends_well else []
    wrong = problems(found(reference, adapter))
    assert said in wrong[subject]
    assert list(wrong) == [subject, *also]


def test_what_is_declined_with_a_reason_is_no_problem(reference: Lifecycle) -> None:
    def adapter(asked: Asked, pass_on: Pass) -> Invocation:
        call = pass_on(asked)
        return declined(call, "no such thing") if "CNB_REPORT_PATH" in asked.environment else call

    findings = found(reference, adapter)
    assert problems(findings) == {}
    (one,) = (each for each in findings if each.state is State.DECLINED)
    assert (one.subject, one.detail) == ("rebaser, variables", "no such thing")


def test_the_command_says_what_to_do_and_exits_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    script = tmp_path / "adapter"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    assert main(["adapter-check", str(script), "--phase", "creator"]) == 1
    said = capsys.readouterr().out
    assert "exited 0, but wrote no image under the name that it was given as its last" in said
    assert f"{script} creator" in said
    assert said.splitlines()[-1].endswith("problems found")


@pytest.mark.parametrize(
    ("command", "phases", "api", "said"),
    [
        ("no-such-adapter --fast", ["rebaser"], None, "no-such-adapter is not an executable"),
        ("", ["rebaser"], None, "no command after command:"),
        ("true", ["detector"], None, "--phase detector: expected exporter, creator, rebaser"),
        ("true", ["rebaser"], "newest", "newest"),
        ("sh -c 'exit 11'", ["rebaser"], None, "supports none of the platform APIs"),
    ],
)
def test_what_cannot_be_tried_is_said_plainly(
    command: str, phases: list[str], api: str | None, said: str
) -> None:
    with pytest.raises(CommandError) as refusal:
        check(command, phases=phases, api=api, timeout=10)
    assert said in str(refusal.value)
