"""Judging in part: what is left out is said, and never taken for met."""

from __future__ import annotations

import pytest

from .caller import PACKAGE, REGISTRY, Caller, by_requirement

REBASER = (*REGISTRY, "--phase", "rebaser", "--output", "out")
NAMES = ("--requirement", "rebase.run-image.default")
"""A requirement with three cases, the name of one of which begins the others' names."""


def cases(caller: Caller) -> set[str]:
    return {result["case"] for result in caller.report()["results"]}


def test_by_keyword(caller: Caller) -> None:
    everything = caller.inside(*REBASER, *NAMES)
    assert everything.code == 0
    every = cases(caller)
    assert len(every) == 3
    one = min(every)
    assert all(one in case for case in every)
    ended = caller.inside(*REBASER, *NAMES, "--", "-k", f"[rebaser-registry-{one}]")
    assert ended.code == 0
    assert cases(caller) == {one}
    report = caller.report()
    assert not report["complete"]
    assert report["conformant"]
    assert "deselected" in ended.stdout


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "workers"])
def test_what_is_left_out_is_counted(caller: Caller, workers: list[str]) -> None:
    run = caller.conformance if workers else caller.inside
    ended = run(*REBASER, *NAMES, *workers, "--", "-k", "mirror")
    assert ended.code == 0, ended.said
    report = caller.report()
    assert not report["complete"]
    planned = caller.inside(*REGISTRY, "--", "--co", "-q").stdout
    total = sum("::" in line for line in planned.splitlines())
    assert report["deselected"] == total - len(report["results"])


def test_by_name_of_a_test(caller: Caller) -> None:
    words = [f"--cnb-{word[2:]}" if word.startswith("--") else word for word in REBASER]
    node = f"{PACKAGE}.test_rebase_image::test_same_image"
    ended = caller.pytest("--pyargs", node, *words)
    assert ended.code == 0, ended.said
    assert by_requirement(caller.report()) == {"rebase.tags.same-image": {"pass"}}
    assert not caller.report()["complete"]


def test_only_the_phases_that_are_asked_for(caller: Caller) -> None:
    ended = caller.inside(*REBASER, "--requirement", "report.written", "--", "--co", "-q")
    names = [line for line in ended.stdout.splitlines() if "::" in line]
    assert names
    assert all("[rebaser-registry-" in name for name in names)


def test_listing_runs_nothing_and_writes_nothing(caller: Caller) -> None:
    ended = caller.inside(*REBASER, *NAMES, "--", "--collect-only")
    assert ended.code == 0
    assert "time" not in ended.stdout
    assert not (caller.folder / "out").exists()


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "workers"])
def test_stopping_at_the_first_failure(caller: Caller, workers: list[str]) -> None:
    run = caller.conformance if workers else caller.inside
    wrong = ("--lifecycle", "reference:default-refused")
    ended = run(*REBASER, *wrong, *NAMES, *workers, "--", "-x")
    assert ended.code == 1, ended.said
    report = caller.report()
    assert "stopping after 1 failure" in report["cut_short"]
    assert not report["complete"]
    assert "fail" in by_requirement(report)["rebase.run-image.default"]


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "workers"])
def test_only_what_failed_last_time(caller: Caller, workers: list[str]) -> None:
    run = caller.conformance if workers else caller.inside
    asked = ("--requirement", "rebase.run-image.default,rebase.tags.same-image", *workers)
    assert run(*REBASER, *asked, "--lifecycle", "reference:second-image-forgotten").code == 1
    ended = caller.inside(*REBASER, *asked[:2], "--", "--lf")
    assert ended.code == 0, ended.said
    assert by_requirement(caller.report()) == {"rebase.tags.same-image": {"pass"}}
