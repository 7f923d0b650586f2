"""What becomes of each outcome: in pytest, in the report, in the exit code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from pytest_cnb_report.registry.embedded import EmbeddedRegistry, embedded_registry
from pytest_cnb_report.registry.misbehave import Misbehaviour
from pytest_cnb_report.registry.try_out import REPOSITORY

from .caller import PACKAGE, SEVERAL, Caller, by_requirement

PLAIN = ("--target", "registry", "--phase", "rebaser", "--output", "out")
ONE = ("-k", "[rebaser-registry-plain]")
"""Selects one scenario."""


def under_pytest(
    caller: Caller, *options: str, only: tuple[str, ...] = ()
) -> tuple[int, dict[str, int]]:
    """Run plain pytest; return its exit code and how many of each outcome it counts."""
    words = [option.replace("--", "--cnb-", 1) for option in options]
    ended = caller.pytest("-p", "no:randomly", "--pyargs", PACKAGE, "-rA", *words, *only)
    closing = [line for line in ended.stdout.splitlines() if re.search(r" in [\d.]+s", line)][-1]
    counts = {word: int(n) for n, word in re.findall(r"(\d+) ([a-z]+)", closing)}
    counts.pop("deselected", None)
    counts.pop("in", None)
    return ended.code, counts


def test_pass(caller: Caller) -> None:
    options = (*PLAIN, "--requirement", "rebase.tags.same-image")
    assert under_pytest(caller, *options, only=SEVERAL) == (0, {"passed": 1})
    assert caller.inside(*options, "--", *SEVERAL).code == 0
    assert by_requirement(caller.report()) == {"rebase.tags.same-image": {"pass"}}


def test_fail(caller: Caller) -> None:
    wrong = (*PLAIN, "--lifecycle", "reference:second-image-forgotten")
    options = (*wrong, "--requirement", "rebase.tags.same-image")
    assert under_pytest(caller, *options, only=SEVERAL) == (1, {"failed": 1})
    ended = caller.inside(*options, "--", *SEVERAL)
    assert ended.code == 1
    assert caller.report()["conformant"] is False
    said = " ".join(ended.stdout.split())
    for part in ("rebase.tags.same-image", "expected", "found", "reproduce"):
        assert part in said
    words = [option.replace("--", "--cnb-", 1) for option in options]
    words = ["-p", "no:randomly", "--pyargs", PACKAGE, "-rf", *words, *SEVERAL]
    plain = caller.pytest(*words).stdout
    assert "FAILED" in plain
    assert "failed: rebase.tags.same-image" in plain
    assert "Traceback" not in ended.said


def test_the_command_that_repeats_a_failure_repeats_it(caller: Caller) -> None:
    wrong = (*PLAIN, "--lifecycle", "reference:second-image-forgotten")
    asked = ("--requirement", "rebase.tags.*,rebase.previous-image.*")
    caller.inside(*wrong, *asked, "--", "-k", "several-images or new-name")
    failed = [r for r in caller.report()["results"] if r["outcome"] == "fail"]
    assert len(failed) == 1
    assert failed[0]["reproduce"].startswith("cnb-conformance run --lifecycle reference:")
    again = caller.inside(*shlex.split(failed[0]["reproduce"])[2:])
    assert again.code == 1
    assert "counts     1 failed, of 1 requirement" in again.stdout


def test_warn_passes_and_fails_where_it_is_strict(caller: Caller) -> None:
    wrong = (*PLAIN, "--lifecycle", "reference:created-now")
    options = (*wrong, "--requirement", "rebase.created.constant")
    assert under_pytest(caller, *options, only=ONE) == (0, {"passed": 1})
    assert caller.inside(*options, "--", *ONE).code == 0
    assert by_requirement(caller.report()) == {"rebase.created.constant": {"warn"}}
    assert under_pytest(caller, *options, "--strict", only=ONE) == (1, {"failed": 1})
    assert caller.inside(*options, "--strict", "--", *ONE).code == 1


def test_observed_passes(caller: Caller) -> None:
    options = (*PLAIN, "--requirement", "rebase.metadata.unknown-kept")
    assert under_pytest(caller, *options, only=ONE) == (0, {"passed": 1})
    assert caller.inside(*options, "--", *ONE).code == 0
    assert by_requirement(caller.report()) == {"rebase.metadata.unknown-kept": {"observed"}}


def test_what_no_scenario_is_for_is_reported_with_its_reason(caller: Caller) -> None:
    options = (*PLAIN, "--requirement", "report.run-image.mirrors,rebase.tags.same-image")
    assert under_pytest(caller, *options, only=SEVERAL) == (0, {"passed": 1})
    assert caller.inside(*options, "--", *SEVERAL).code == 0
    assert by_requirement(caller.report())["report.run-image.mirrors"] == {"not-applicable"}
    reasons = {r["message"] for r in caller.report()["results"] if "mirrors" in r["requirement"]}
    assert reasons == {"not part of profile rfc-0129-draft"}


def test_nothing_but_not_applicable_is_no_conformance(caller: Caller) -> None:
    ended = caller.inside(*PLAIN, "--requirement", "report.run-image.mirrors")
    assert ended.code == 2
    assert "nothing was tested" in ended.stdout


def test_untestable_is_not_met(caller: Caller) -> None:
    wrong = (*PLAIN, "--lifecycle", "reference:no-report-after-rebase")
    options = (*wrong, "--requirement", "report.written,report.valid-toml")
    assert under_pytest(caller, *options, only=ONE) == (1, {"failed": 1})
    assert caller.inside(*options, "--", *ONE).code == 1
    assert by_requirement(caller.report()) == {
        "report.written": {"fail"},
        "report.valid-toml": {"untestable"},
    }


def test_untestable_because_of_what_was_deselected_cannot_be_judged(caller: Caller) -> None:
    wrong = (*PLAIN, "--lifecycle", "reference:no-report-after-rebase")
    options = (*wrong, "--requirement", "report.valid-toml")
    assert under_pytest(caller, *options, only=ONE) == (0, {"skipped": 1})
    ended = caller.inside(*options, "--", *ONE)
    assert ended.code == 2
    assert "without what was deselected (report.written)" in " ".join(ended.stdout.split())


def test_a_known_failure_is_an_expected_failure(caller: Caller) -> None:
    (caller.folder / "known.toml").write_text(
        '[[known-failure]]\nrequirement = "rebase.labels.idempotent"\nreason = "issue 7"\n'
        'target = "registry"\n'
    )
    wrong = (*PLAIN, "--lifecycle", "reference:second-rebase-refused")
    asked = ("--requirement", "rebase.labels.idempotent", "--known-failures", "known.toml")
    assert under_pytest(caller, *wrong, *asked) == (0, {"xfailed": 1})
    ended = caller.inside(*wrong, *asked)
    assert ended.code == 0
    assert by_requirement(caller.report()) == {"rebase.labels.idempotent": {"known-failure"}}
    stale = caller.inside(*PLAIN, *asked)
    assert stale.code == 1
    assert "known.toml:1: the known failure of rebase.labels.idempotent is stale" in " ".join(
        stale.stdout.split()
    )


@pytest.fixture
def failing_registry() -> Iterator[EmbeddedRegistry]:
    """A registry that answers, and then breaks down when something is written to it."""
    tried_out_first = Misbehaviour(path=f"*/{REPOSITORY}/*")
    broken = Misbehaviour(method="P*", status=405)
    with embedded_registry() as registry, registry.misbehaving(tried_out_first, broken):
        yield registry


def test_an_error_is_the_suites_and_never_the_lifecycles(
    caller: Caller, failing_registry: EmbeddedRegistry
) -> None:
    there = ("--registry", f"http://{failing_registry.address}")
    options = (*PLAIN, *there, "--requirement", "rebase.tags.same-image")
    assert under_pytest(caller, *options, only=SEVERAL) == (1, {"error": 1})
    ended = caller.inside(*options, "--", *SEVERAL)
    assert ended.code == 2
    assert by_requirement(caller.report()) == {"rebase.tags.same-image": {"error"}}
    assert failing_registry.address in " ".join(ended.stdout.split())
    assert "Traceback" not in ended.said
