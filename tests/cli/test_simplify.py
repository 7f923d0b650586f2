"""`cnb-conformance simplify`: which differences of a scenario a failure needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_cnb_report.cli.main import main
from pytest_cnb_report.drive.cases import Case, Expect
from pytest_cnb_report.scenarios.space import Point
from pytest_cnb_report.scenarios.tables import space_of, table_cases
from pytest_cnb_report.values import Phase, PlatformApi, Target

API = PlatformApi.parse("0.14")


def scenario(phase: Phase, **values: str) -> Case:
    """A scenario of the tables that has these values, and many more."""
    wanted = {name.replace("_", "-"): value for name, value in values.items()}
    return next(
        case
        for case in table_cases(Target.REGISTRY, API)
        if case.phase is phase
        and case.expect is Expect.SUCCESS
        and wanted.items() <= case.point.items()
        and len(space_of(phase).differences(case.point)) > 10
    )


def simplified(
    capsys: pytest.CaptureFixture[str], case: Case, fault: str, requirement: str
) -> dict[str, Any]:
    name = f"{case.phase.value}-registry-{case.name}"
    options = ("--lifecycle", f"reference:{fault}", "--platform-api", str(API))
    code = main(["simplify", name, *options, "--requirement", requirement, "--format", "json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == int(document["failed"])
    assert document["scenario"] == name
    return document


def enough(document: dict[str, Any]) -> Point:
    return {each["dimension"]: each["value"] for each in document["enough"]}


def test_what_is_left_is_what_the_mistake_needs(capsys: pytest.CaptureFixture[str]) -> None:
    case = scenario(Phase.REBASER, new_compression="zstd")
    found = simplified(capsys, case, "fails-on-zstd", "rebase.succeeds")
    # such layers have no Docker media type: one difference is not possible without the other
    assert enough(found) == {"new-compression": "zstd", "new-types": "oci"}
    assert found["differences"] > 10
    assert found["scenarios"] > 10


def test_conditions_that_only_fail_together(capsys: pytest.CaptureFixture[str]) -> None:
    case = scenario(
        Phase.REBASER,
        old_layers="5",
        new_layers="5",
        old_compression="gzip",
        new_compression="none",
        app_history="full",
    )
    found = simplified(capsys, case, "shared-layers-not-pushed", "rebase.succeeds")
    assert enough(found) == {"old-layers": "5", "new-layers": "5", "new-compression": "none"}


def test_the_phase_stays_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    case = scenario(Phase.CREATOR, run_variant="v1")
    found = simplified(capsys, case, "created-without-variant", "export.target")
    assert enough(found) == {"run-variant": "v1", "phase": "creator"}


def test_nothing_is_needed_for_what_always_fails(capsys: pytest.CaptureFixture[str]) -> None:
    case = scenario(Phase.REBASER, new_compression="zstd")
    found = simplified(capsys, case, "created-now", "rebase.created.constant")
    assert enough(found) == {}


def test_it_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    case = scenario(Phase.REBASER, new_compression="zstd")
    name = f"[rebaser-registry-{case.name}]"
    options = ("--lifecycle", "reference:fails-on-zstd", "--platform-api", str(API))
    assert main(["simplify", name, *options, "--requirement", "rebase.succeeds"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith("fails rebase.succeeds: the rebaser exited 72 scenario rebaser-registry")
    assert f"{case.name}, which differs from a plain call in" in told
    assert "needs new run image: compressed with zstd new run image: OCI media types" in told
    assert told.endswith("without any one of what it needs, the requirement does not fail")


def test_a_scenario_of_a_thorough_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The end of such a run gives the command with its option."""
    found = table_cases(Target.REGISTRY, API, 3)
    usual = {case.name for case in table_cases(Target.REGISTRY, API)}
    name = next(c.name for c in found if c.name not in usual and c.phase is Phase.REBASER)
    words = ("simplify", f"rebaser-registry-{name}", "--lifecycle", "reference")
    asked = ("--platform-api", str(API), "--requirement", "rebase.layers")
    assert main([*words, *asked]) == 2
    assert "there is none at platform API" in capsys.readouterr().err
    assert main([*words, *asked, "--thorough"]) == 0


def test_a_requirement_that_is_met_leaves_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    name = f"rebaser-registry-{scenario(Phase.REBASER, new_compression='zstd').name}"
    options = ("--lifecycle", "reference", "--platform-api", str(API))
    assert main(["simplify", name, *options, "--requirement", "rebase.layers"]) == 0
    assert "there is nothing to simplify" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("name", "requirement", "said"),
    [
        ("rebaser-registry-plain", "rebase.layers", "give a scenario whose name begins with mix-"),
        ("rebaser-registry-mix-zzzzzz", "rebase.layers", "there is none at platform API 0.14"),
        ("mix-8415d7", "rebase.layers", "is not the name of a scenario"),
        ("rebaser-moon-mix-8415d7", "rebase.layers", "is not the name of a scenario"),
        ("rebaser-registry-plain", "rebase.la*s", "differs from a plain call only in"),
        ("rebaser-registry-plain", "rebase.*", "requirements; give one"),
        ("rebaser-registry-plain", "rebase.leyers", "no requirement matches"),
    ],
)
def test_what_cannot_be_simplified(
    name: str, requirement: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--lifecycle", "reference", "--platform-api", str(API))
    assert main(["simplify", name, *options, "--requirement", requirement]) == 2
    assert said in capsys.readouterr().err
