"""The suite beside other plugins for pytest."""

from __future__ import annotations

import json

import pytest

from .caller import PACKAGE, REGISTRY, Caller

ASKED = (*REGISTRY, "--phase", "rebaser", "--requirement", "rebase.run-image.default")
THREE = ("-k", "default-run-image")
"""Selects three of the scenarios that it applies to."""
UNDER_PYTEST = (
    *(f"--cnb-{word[2:]}" if word.startswith("--") else word for word in ASKED),
    *THREE,
)


def test_an_html_report(caller: Caller) -> None:
    ended = caller.pytest(
        "--pyargs", PACKAGE, *UNDER_PYTEST, "--html", "page.html", "--self-contained-html"
    )
    assert ended.code == 0, ended.said
    page = (caller.folder / "page.html").read_text()
    assert "test_rebaser[rebaser-registry-default-run-image]" in page


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "workers"])
def test_a_log_of_reports(caller: Caller, workers: list[str]) -> None:
    words = ("--pyargs", PACKAGE, *UNDER_PYTEST, "--report-log", "log.jsonl", *workers)
    ended = caller.pytest(*words)
    assert ended.code == 0, ended.said
    lines = [json.loads(line) for line in (caller.folder / "log.jsonl").read_text().splitlines()]
    calls = [line for line in lines if line.get("when") == "call"]
    assert len(calls) == 3
    assert {line["outcome"] for line in calls} == {"passed"}
    scenarios = {value for line in calls for name, value in line["user_properties"]}
    assert "rebaser-registry-default-run-image" in scenarios


@pytest.mark.parametrize("seed", ["1", "2"])
def test_any_order(caller: Caller, seed: str) -> None:
    words = ("--pyargs", PACKAGE, *UNDER_PYTEST, "-p", "randomly", "-p", f"randomly_seed={seed}")
    ended = caller.pytest(*words[:-2], f"--randomly-seed={seed}", "-n", "2")
    assert ended.code == 0, ended.said
    assert "3 passed" in ended.stdout


def test_results_for_junit_name_requirement_level_and_phase(caller: Caller) -> None:
    assert caller.inside(*ASKED, "--output", "out", "--", *THREE).code == 0
    text = (caller.folder / "out" / "junit.xml").read_text()
    for name, value in {
        "requirement": "rebase.run-image.default",
        "level": "MUST",
        "phase": "rebaser",
    }.items():
        assert text.count(f'<property name="{name}" value="{value}"') == 3
