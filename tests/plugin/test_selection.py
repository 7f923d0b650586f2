"""Judging in part: what is left out is said, and never taken for met."""

from __future__ import annotations

import re
import shlex

import pytest

from .caller import PACKAGE, REGISTRY, Caller, by_requirement

REBASER = (*REGISTRY, "--phase", "rebaser", "--output", "out")
NAMES = ("--requirement", "rebase.run-image.default")
DEFAULTS = ("-k", "default-run-image")
"""Of the scenarios of a requirement three, the name of one of which begins the others' names."""


def cases(caller: Caller) -> set[str]:
    return {result["case"] for result in caller.report()["results"]}


def test_by_keyword(caller: Caller) -> None:
    everything = caller.inside(*REBASER, *NAMES, "--", *DEFAULTS)
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
    ended = run(*REBASER, *NAMES, *workers, "--", "-k", "default-run-image-mirror")
    assert ended.code == 0, ended.said
    report = caller.report()
    assert not report["complete"]
    judged = [each for each in report["results"] if each["case"] != "none"]
    assert report["deselected"] > 1000
    assert {each["requirement"] for each in judged} == {"rebase.run-image.default"}
    again = caller.inside(*REBASER, *NAMES, "--", "-k", "[rebaser-registry-default-run-image]")
    assert again.code == 0
    assert caller.report()["deselected"] == report["deselected"] + len(judged) - 1


def test_by_what_failed_in_the_last_run_of_the_same_lifecycle(caller: Caller) -> None:
    few = ("--", "-k", "default-run-image or several-images")
    names = "rebase.run-image.default,rebase.tags.same-image"
    words = (*REBASER, "--requirement", names, "--lifecycle")
    assert caller.inside(*words, "reference:default-from-reference", *few).code == 1
    results = caller.report()["results"]
    failed = {each["case"] for each in results if each["outcome"] == "fail"}
    assert failed < {each["case"] for each in results}
    assert caller.inside(*words, "reference", *few).code == 0  # says nothing of the other
    again = caller.inside(*words, "reference:default-from-reference", "--last-failed")
    assert again.code == 1
    assert cases(caller) - {"none"} == failed
    # nothing has failed in the reference's last run: everything that is selected
    assert caller.inside(*words, "reference", "--last-failed", *few).code == 0
    assert cases(caller) - {"none"} == {each["case"] for each in results} - {"none"}


def test_by_name_of_a_test(caller: Caller) -> None:
    words = [f"--cnb-{word[2:]}" if word.startswith("--") else word for word in REBASER]
    node = f"{PACKAGE}.test_rebaser::test_rebaser[rebaser-registry-several-images]"
    ended = caller.pytest("--pyargs", node, *words)
    assert ended.code == 0, ended.said
    assert by_requirement(caller.report())["rebase.tags.same-image"] == {"pass"}
    assert {each["case"] for each in caller.report()["results"]} == {"several-images", "none"}
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
    ended = run(*REBASER, *wrong, *NAMES, *workers, "--", "-x", *DEFAULTS)
    assert ended.code == 1, ended.said
    report = caller.report()
    assert "stopping after 1 failure" in report["cut_short"]
    assert not report["complete"]
    assert "fail" in by_requirement(report)["rebase.run-image.default"]


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "workers"])
def test_only_what_failed_last_time(caller: Caller, workers: list[str]) -> None:
    run = caller.conformance if workers else caller.inside
    asked = ("--requirement", "rebase.run-image.default,rebase.tags.same-image", *workers)
    wrong = ("--lifecycle", "reference:second-image-forgotten")
    some = ("--", "-k", "several-images or default-run-image-mirror")
    assert run(*REBASER, *asked, *wrong, *some).code == 1
    ended = caller.inside(*REBASER, *asked[:2], *some, "--lf")
    assert ended.code == 0, ended.said
    assert by_requirement(caller.report())["rebase.tags.same-image"] == {"pass"}


def test_what_repeats_a_failure_names_all_that_it_depends_on(caller: Caller) -> None:
    asked = ("--lifecycle", "reference:created-now", "--requirement", "rebase.created.constant")
    options = ("--strict", "--timeout", "20", "--registry", "process")
    only = ("--", "-k", "[rebaser-registry-plain]")
    ended = caller.inside(*REGISTRY, *asked, *options, "--output", "out", *only)
    assert ended.code == 1, ended.said
    (failed,) = (r for r in caller.report()["results"] if r["outcome"] == "fail")
    for words in ("--strict", "--timeout 20", "--registry process"):
        assert words in failed["reproduce"]
    repeated = shlex.split(failed["reproduce"])
    assert repeated[:2] == ["cnb-conformance", "run"]
    assert caller.inside(*repeated[2:]).code == 1


def test_a_file_of_known_failures_that_is_written_anew_keeps_what_was_in_it(caller: Caller) -> None:
    file = caller.folder / "known.toml"
    wrong = (*REBASER, "--lifecycle", "reference:second-rebase-refused")
    asked = ("--requirement", "rebase.labels.idempotent", "--write-known-failures", "known.toml")
    assert caller.inside(*wrong, *asked).code == 1
    written = file.read_text()
    assert written.count("[[known-failure]]") == 1
    file.write_text(re.sub("reason = .*", 'reason = "we know, see #12"', written))
    # neither excused by the file, nor told anew
    assert caller.inside(*wrong, *asked).code == 1
    assert file.read_text().count("we know, see #12") == 1
    assert file.read_text().count("[[known-failure]]") == 1
    # what was not judged stays as well
    other = ("--requirement", "rebase.layers", "--write-known-failures", "known.toml")
    assert caller.inside(*wrong, *other, "--", "-k", "[rebaser-registry-plain]").code == 0
    assert "we know, see #12" in file.read_text()
    # what is mended goes
    assert caller.inside(*REBASER, *asked).code == 0
    assert "[[known-failure]]" not in file.read_text()
    file.write_text("nonsense")
    assert caller.inside(*wrong, *asked).code == 2
    assert file.read_text() == "nonsense"
