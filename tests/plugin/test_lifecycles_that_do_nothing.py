"""A lifecycle that does nothing is not conformant by accident: not one MUST passes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_cnb_report.drive.hosts import RegistryHost
from pytest_cnb_report.drive.rebase_cases import REBASER_CASES
from pytest_cnb_report.lifecycles.forked import fork_server
from pytest_cnb_report.lifecycles.kinds import resolve
from pytest_cnb_report.lifecycles.reference import forked_reference
from pytest_cnb_report.observe.bench import Bench
from pytest_cnb_report.observe.carry_out import carry_out
from pytest_cnb_report.registry.embedded import embedded_registry
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.judging import applicable, judge
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.scratch import scratch_folder
from pytest_cnb_report.values import PLATFORM_APIS, Level, Outcome, Phase, Profile

from .caller import REGISTRY, Caller, by_requirement

PROFILE = Profile.RFC_0129_DRAFT

REPORT_ARGUMENT = (
    'while [ $# -gt 0 ]; do case "$1" in -report) report=$2; shift;; esac; shift; done',
    "report=${report:-$CNB_REPORT_PATH}",
)
"""Shell lines that find out where the report is to go."""


def passed(report: dict[str, Any], *phases: str) -> list[str]:
    return [
        f"{result['requirement']} {result['phase']} {result['case']}"
        for result in report["results"]
        if result["outcome"] == "pass" and result["level"] == "MUST" and result["phase"] in phases
    ]


@pytest.mark.parametrize(
    ("program", "how"),
    [("true", ()), ("false", ("--quick",)), ("echo Successfully rebased", ("--quick",))],
    ids=["true", "false", "claims"],
)
def test_every_phase_does_nothing(caller: Caller, program: str, how: tuple[str, ...]) -> None:
    words = ("--lifecycle", f"command:{program}", *REGISTRY, "--output", "out")
    ended = caller.inside(*words, *how)
    assert ended.code in (1, 2)
    report = caller.report()
    assert passed(report, "exporter", "creator", "rebaser") == []
    assert not report["conformant"]
    assert "error" not in {result["outcome"] for result in report["results"]}


def test_every_phase_only_leaves_a_report_from_before(caller: Caller) -> None:
    (caller.folder / "report.toml").write_text(
        '[image]\ntags = ["registry.example/app:latest"]\n'
        f'digest = "sha256:{"a" * 64}"\nmanifest-size = 1000\n'
        f'[run-image]\nimage = "registry.example/run"\ntop-layer = "sha256:{"b" * 64}"\n'
        f'reference = "registry.example/run@sha256:{"c" * 64}"\n'
    )
    copier = caller.script("copier", *REPORT_ARGUMENT, f'cp {caller.folder}/report.toml "$report"')
    ended = caller.inside("--lifecycle", f"command:{copier}", *REGISTRY, "--output", "out")
    assert ended.code in (1, 2)
    assert passed(caller.report(), "exporter", "creator", "rebaser") == []


@pytest.fixture(scope="module")
def rebases() -> Iterator[Bench]:
    """A bench on which the reference has exported an app image for each case of a rebase."""
    with (
        scratch_folder("bench") as folder,
        embedded_registry() as registry,
        fork_server() as server,
    ):
        bench = Bench(
            lifecycle=forked_reference(server, profile=PROFILE.value, fault=None),
            platform_api=PLATFORM_APIS[-1],
            host=RegistryHost(registry, "tests"),
            folder=folder,
            timeout=30,
        )
        assert all(carry_out(bench, case).call is not None for case in REBASER_CASES)
        yield bench


@pytest.mark.parametrize(
    "lines",
    [
        ["exit 0"],
        ["exit 1"],
        ["exit 70"],
        ["echo Successfully rebased"],
        ["echo 'panic: runtime error' >&2", "kill -SEGV $$"],
        [*REPORT_ARGUMENT, "echo '[image]' >\"$report\""],
    ],
    ids=["true", "false", "always refuses", "claims", "crashes", "writes a report"],
)
def test_only_the_rebaser_does_nothing(
    rebases: Bench, caller: Caller, tmp_path: Path, lines: list[str]
) -> None:
    rebaser = caller.script("rebaser", *lines)
    lifecycle = resolve(f"command:{rebaser}", phases=[Phase.REBASER], profile=PROFILE.value)
    bench = rebases.handed_to(lifecycle, tmp_path, with_exported=True)
    text = load_text(PROFILE)
    met = []
    for case in REBASER_CASES:
        observation = carry_out(bench, case)
        assert observation.blocked is None
        met += [
            f"{requirement.id} on {case.name}"
            for requirement in applicable(load_catalogue(), observation.situation, text)
            if requirement.level is Level.MUST
            and judge(requirement, observation, text).outcome is Outcome.PASS
        ]
    assert met == []


def test_the_rebaser_leaves_the_exporters_report(caller: Caller) -> None:
    last = caller.folder / "last.toml"
    reference = f"{sys.executable} -m pytest_cnb_report.reference"
    (caller.folder / "phases").mkdir()
    caller.script("phases/analyzer", f'exec {reference} analyzer "$@"')
    caller.script("phases/creator", "exit 1")
    caller.script(
        "phases/exporter",
        f'{reference} exporter "$@" || exit',
        *REPORT_ARGUMENT,
        f'cp "$report" {last}',
    )
    caller.script("phases/rebaser", *REPORT_ARGUMENT, f'cp {last} "$report"')
    options = ("--lifecycle", "phases", "--phase", "rebaser", *REGISTRY, "--output", "out")
    asked = ("report.run-image.*", "report.image.*", "rebase.succeeds", "rebase.metadata.*")
    ended = caller.inside(*options, *(f"--requirement={glob}" for glob in asked), "--", "-k", "new")
    assert ended.code in (1, 2)
    report = caller.report()
    assert passed(report, "rebaser") == []
    assert by_requirement(report)["rebase.succeeds"] == {"fail"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_phase_that_hangs_is_given_up_after_three_calls(caller: Caller, jobs: int) -> None:
    # Two are met, and then each lane, one more than jobs, may have begun with a scenario, which
    # makes up to three calls with its controls. The one to give up at is carried out once more.
    at_most = 2 + 3 * (jobs + 1) + 3
    calls = caller.folder / "calls"
    adapter = caller.script(
        "slow",
        f'if [ "$1" = rebaser ] && [ $# -gt 2 ]; then echo >>{calls}; exec sleep 1000; fi',
        f'exec {sys.executable} -m pytest_cnb_report.reference "$@"',
    )
    options = ("--lifecycle", f"command:{adapter}", "--phase", "rebaser", "--timeout", "5")
    asked = (f"--jobs={jobs}", "--requirement", "rebase.previous-image.*,rebase.run-image.default")
    ended = caller.inside(*options, *asked, *REGISTRY, "--output", "out")
    assert ended.code in (1, 2)
    assert 3 <= len(calls.read_text().splitlines()) <= at_most
    assert passed(caller.report(), "rebaser") == []
    said = " ".join(ended.stdout.split())
    assert "did not end within 5 s" in said
    assert "rebaser was given up after 3 calls" in said
