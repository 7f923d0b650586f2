"""What changed between two runs."""

from __future__ import annotations

import dataclasses
import json

import made_up
import pytest

from pytest_cnb_report.report import compare_text
from pytest_cnb_report.report.compare import Comparison, ComparisonError, compare
from pytest_cnb_report.report.layout import columns
from pytest_cnb_report.report.results import Result, SuiteFacts
from pytest_cnb_report.values import Level, Outcome, Phase, PlatformApi, Profile

PASSED = made_up.result()
NEWER = SuiteFacts("pytest-cnb-report", "0.2.0")


def between(old: list[Result], new: list[Result], **changes: object) -> Comparison:
    return compare(made_up.run(*old), made_up.run(*new, **changes))


def became(outcome: Outcome, requirement: str = "report.written", **changes: object) -> Result:
    return made_up.result(requirement, outcome=outcome, message=f"now {outcome.value}", **changes)


@pytest.mark.parametrize(
    ("before", "after", "kind", "exit_code"),
    [
        (Outcome.PASS, Outcome.FAIL, "newly_failing", 1),
        (Outcome.PASS, Outcome.UNTESTABLE, "newly_failing", 1),
        (Outcome.PASS, Outcome.KNOWN_FAILURE, "newly_failing", 1),
        (Outcome.PASS, Outcome.ERROR, "newly_failing", 1),
        (Outcome.PASS, Outcome.NOT_APPLICABLE, "no_longer_judged", 1),
        (Outcome.FAIL, Outcome.PASS, "newly_passing", 0),
        (Outcome.KNOWN_FAILURE, Outcome.PASS, "newly_passing", 0),
        (Outcome.UNTESTABLE, Outcome.PASS, "newly_passing", 0),
        (Outcome.NOT_APPLICABLE, Outcome.PASS, "newly_judged", 0),
        (Outcome.NOT_APPLICABLE, Outcome.FAIL, "newly_judged", 0),
        (Outcome.FAIL, Outcome.KNOWN_FAILURE, None, 0),
        (Outcome.FAIL, Outcome.UNTESTABLE, None, 0),
        (Outcome.PASS, Outcome.PASS, None, 0),
        (Outcome.FAIL, Outcome.NOT_APPLICABLE, None, 0),
    ],
)
def test_each_kind_of_change(
    before: Outcome, after: Outcome, kind: str | None, exit_code: int
) -> None:
    found = between([became(before)], [became(after)])
    kinds = ("newly_failing", "no_longer_judged", "newly_passing", "newly_judged")
    assert [each for each in kinds if getattr(found, each)] == ([kind] if kind else [])
    assert found.exit_code == exit_code


def test_a_warning_that_is_new_counts_and_strictness_does_not() -> None:
    warned = became(Outcome.WARN, level=Level.SHOULD)
    strict = became(Outcome.FAIL, level=Level.SHOULD)
    assert between([warned], [strict]).unchanged
    passed = became(Outcome.PASS, level=Level.SHOULD)
    assert between([passed], [strict]).newly_failing[0].after is Outcome.WARN


def test_one_case_that_fails_is_enough() -> None:
    old = [made_up.result(case=case) for case in ("plain", "gzip")]
    found = between(old, [old[0], became(Outcome.FAIL, case="gzip")])
    assert [(c.requirement, c.cases) for c in found.newly_failing] == [
        ("report.written", ("gzip",))
    ]


def test_one_more_case_that_fails_shows_in_what_fails_already() -> None:
    cases = ("plain", "gzip", "zstd")
    failed = became(Outcome.FAIL, case="zstd")
    old = [*(made_up.result(case=case) for case in cases[:2]), failed]
    new = [made_up.result(case="plain"), became(Outcome.FAIL, case="gzip"), failed]
    found = between(old, new)
    assert [(c.cases, c.before, c.after) for c in found.newly_failing] == [
        (("gzip",), Outcome.PASS, Outcome.FAIL)
    ]
    assert found.exit_code == 1
    assert compare_text.verdict(found) == "1 requirement no longer passes in every scenario"
    back = between(new, old)
    assert [c.cases for c in back.newly_passing] == [("gzip",)]
    assert back.exit_code == 0


def test_a_case_that_is_not_judged_any_longer_is_told() -> None:
    old = [made_up.result(case=case) for case in ("plain", "gzip", "zstd")]
    found = between(old, old[:1], deselected=2)
    assert [c.cases for c in found.no_longer_judged] == [("gzip", "zstd")]
    assert found.exit_code == 1
    # at another platform API there are other cases
    assert between(old, old[:1], platform_api=PlatformApi(0, 15)).exit_code == 0


def test_a_case_that_is_new_and_fails_breaks_what_was_met() -> None:
    fails = became(Outcome.FAIL, case="new")
    assert between([PASSED], [PASSED, fails], suite=NEWER).newly_failing[0].cases == ("new",)
    broken = became(Outcome.FAIL, case="plain")
    assert between([broken], [broken, fails], suite=NEWER).unchanged


def test_places_are_compared_each_by_itself() -> None:
    old = [PASSED, became(Outcome.FAIL, phase=Phase.REBASER)]
    new = [became(Outcome.FAIL), made_up.result(phase=Phase.REBASER)]
    found = between(old, new)
    assert found.newly_failing[0].place.phase is Phase.EXPORTER
    assert found.newly_passing[0].place.phase is Phase.REBASER


def test_what_was_deselected_is_not_green_by_absence() -> None:
    old = [PASSED, made_up.result("rebase.layers")]
    found = between(old, [PASSED], deselected=1)
    assert [c.requirement for c in found.no_longer_judged] == ["rebase.layers"]
    assert found.exit_code == 1
    assert "the newer run is not complete: 1 result deselected" in found.notes


def test_what_is_only_observed_neither_passes_nor_fails() -> None:
    may = made_up.result("rebase.other", level=Level.MAY, outcome=Outcome.OBSERVED)
    for now in ([], [dataclasses.replace(may, outcome=Outcome.UNTESTABLE)]):
        found = between([PASSED, may], [PASSED, *now])
        assert found.exit_code == 0
        assert found.newly_failing == found.no_longer_judged == ()


def test_what_a_run_in_part_left_out_is_one_sentence() -> None:
    old = [made_up.result(name) for name in ("rebase.layers", "rebase.created", "report.written")]
    told = made_up.unstyled(compare_text.lines(between(old, [PASSED], deselected=2), 100))
    assert "2 requirements, as the newer run is not complete: rebase.layers, rebase.created" in told
    assert "rebaser (registry): pass before" not in told


def test_requirements_come_and_go_with_the_suite() -> None:
    found = between(
        [PASSED, made_up.result("rebase.layers")],
        [PASSED, became(Outcome.FAIL, "report.new")],
        suite=NEWER,
    )
    assert found.removed_requirements == ("rebase.layers",)
    assert [c.requirement for c in found.new_requirements] == ["report.new"]
    assert found.exit_code == 0
    assert "suite version 0.1.0 before, 0.2.0 now" in found.notes


def test_a_level_that_changed_is_told() -> None:
    found = between([PASSED], [dataclasses.replace(PASSED, level=Level.SHOULD)])
    assert [(c.before, c.after) for c in found.level_changes] == [(Level.MUST, Level.SHOULD)]
    assert found.exit_code == 0


def test_different_profiles_are_refused() -> None:
    with pytest.raises(
        ComparisonError, match="rfc-0129-draft, the newer one profile platform-spec"
    ):
        between([PASSED], [PASSED], profile=Profile.PLATFORM_SPEC)


def test_a_run_does_not_differ_from_itself() -> None:
    run = made_up.large(3)
    found = compare(run, run)
    assert found.unchanged
    assert made_up.unstyled(compare_text.lines(found)).endswith("\nno requirement changed")


ALL = compare(
    made_up.large(4, faulty=False),
    dataclasses.replace(made_up.large(4), suite=NEWER, platform_api=PlatformApi(0, 15)),
)


@pytest.mark.parametrize("width", [20, 40, 80, 160])
def test_the_table_fits_and_ends_in_the_verdict(width: int) -> None:
    lines = made_up.unstyled(compare_text.lines(ALL, width)).splitlines()
    assert [line for line in lines if columns(line) > width] == []
    assert made_up.unstyled(compare_text.lines(ALL, 80)).splitlines()[-1] == (
        "7 requirements passed before and do not now"
    )


def test_markdown_has_a_row_for_each_change() -> None:
    text = compare_text.markdown(ALL)
    assert text.startswith("## 7 requirements passed before and do not now\n")
    assert (
        "| `report.run-image.image` | MUST | exporter, creator and rebaser (registry and "
        "daemon) | pass | fail | report.toml names no run image |" in text
    )


def test_json_has_every_change_with_its_place() -> None:
    data = json.loads(compare_text.to_json(ALL))
    assert data["exit_code"] == 1
    assert data["new"]["platform_api"] == "0.15"
    first = data["newly_failing"][0]
    assert first == {
        "requirement": "report.run-image.image",
        "level": "MUST",
        "phase": "exporter",
        "target": "registry",
        "old": "pass",
        "new": "fail",
        "message": "report.toml names no run image",
        "cases": ["plain", "gzip", "zstd", "uncompressed"],
    }
    assert (data["removed_requirements"], data["level_changes"]) == ([], [])
