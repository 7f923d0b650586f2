"""A lifecycle keeps the behaviour of its kind on the way to a worker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plugin.caller import ONE_ITEM, Caller
from pytest_cnb_report.lifecycles import kinds
from pytest_cnb_report.lifecycles.kinds import KINDS, resolve
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError, OpenOptions
from pytest_cnb_report.lifecycles.own_build import OWN_BUILD
from pytest_cnb_report.planning.context import RunContext, TargetInfo
from pytest_cnb_report.values import Phase, PlatformApi, Target

from .made_up import MADE_UP

UNJUDGED = TargetInfo(judged=False, why="skipped (--target)")


def context_of(lifecycle: Lifecycle) -> RunContext:
    return RunContext(
        lifecycle, PlatformApi(0, 12), dict.fromkeys(Target, UNJUDGED), run_id="0123abcd"
    )


def resolved(given: str) -> Lifecycle:
    return resolve(given, phases=tuple(Phase), profile="rfc-0129-draft")


@pytest.mark.parametrize("given", ["reference", "reference:values-trimmed", "command:true"])
def test_a_lifecycle_comes_back_as_it_went(given: str) -> None:
    context = context_of(replace(resolved(given), version="1.2.3", sha256="0" * 64))
    assert RunContext.loads(context.dumps()) == context


def test_a_build_that_was_made_comes_back_as_it_went() -> None:
    context = context_of(Lifecycle(given="of a build", kind=OWN_BUILD, commands={}))
    assert RunContext.loads(context.dumps()) == context


def test_a_kind_with_behaviour_of_its_own_comes_back_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setattr(kinds, "KINDS", (MADE_UP, *KINDS))
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw7")
    lifecycle = resolved(f"made-up:{log}")
    with lifecycle.kind.open(lifecycle, OpenOptions()) as opened:
        text = context_of(opened).dumps()
        assert '"kind": "made up"' in text
        found = RunContext.loads(text).lifecycle
        assert found == opened
        answer = found.call(
            Phase.REBASER,
            ["-version"],
            platform_api=PlatformApi(0, 12),
            environment={},
            directory=str(tmp_path),
            timeout=20,
        )
    assert answer.exit_code == 0
    assert log.read_text() == "opened gw7\ncalled gw7\nclosed gw7\n"


def test_a_worker_that_does_not_know_the_kind_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    text = context_of(resolved("reference")).dumps()
    monkeypatch.setattr(kinds, "KINDS", (MADE_UP,))
    with pytest.raises(LifecycleError, match="unknown kind of lifecycle 'reference'"):
        RunContext.loads(text)


def test_workers_of_pytest_xdist_call_it_and_the_controller_opens_it(caller: Caller) -> None:
    log = caller.folder / "log"
    ended = caller.conformance(
        *(*ONE_ITEM, "--lifecycle", f"made-up:{log}", "-n", "1", "--output", "out"),
        *("--", "-p", "lifecycles.made_up_plugin"),
        PYTHONPATH=str(Path(__file__).parents[1]),
    )
    assert ended.code == 0, ended.said
    assert caller.report()["lifecycle"]["kind"] == "made up"
    first, *events, last = log.read_text().splitlines()
    assert (first, last) == ("opened main", "closed main")
    assert set(events) == {"called main", "called gw0"}
