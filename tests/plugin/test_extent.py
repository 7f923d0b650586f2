"""A quick run, a usual one and a thorough one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.options import OPTIONS, OptionError, Value
from pytest_cnb_report.planning.plan import Plan, all_cases, cases_at, plan
from pytest_cnb_report.planning.selection import PLAIN
from pytest_cnb_report.planning.settings import Settings, read_settings
from pytest_cnb_report.platform_apis import FORCE, PLATFORM_APIS, PlatformApi
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Extent, Phase, Profile, Target

from .caller import REGISTRY, Caller

PHASES = (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)


def settings(**given: Value) -> Settings:
    values = {option.name: False if option.flag else option.default for option in OPTIONS}
    return read_settings({**values, **given})


def planned(
    extent: Extent, api: PlatformApi = FORCE, cases: tuple[Case, ...] | None = None
) -> Plan:
    text: Text = load_text(Profile.RFC_0129_DRAFT)
    return plan(
        load_catalogue(),
        phases=PHASES,
        targets=tuple(Target),
        platform_api=api,
        text=text,
        cases=cases,
        extent=extent,
    )


def test_a_quick_run_has_one_scenario_for_each_phase_and_target() -> None:
    selection = settings(quick=True).selection
    left = selection.of(planned(Extent.QUICK).scenarios)
    assert [each.id for each in left] == [
        f"{phase.value}-{target.value}-plain" for target in Target for phase in PHASES
    ]


@pytest.mark.parametrize("api", [PLATFORM_APIS[0], FORCE, PLATFORM_APIS[-1]], ids=str)
def test_a_quick_run_plans_its_scenarios_as_if_it_had_planned_all(api: PlatformApi) -> None:
    selection = settings(quick=True).selection
    plain = tuple(each for each in all_cases() if each.name == PLAIN)
    alone, whole = planned(Extent.QUICK, api, plain), planned(Extent.QUICK, api)
    assert alone.scenarios
    assert selection.of(alone.scenarios) == selection.of(whole.scenarios)


def test_what_a_quick_run_does_not_need_is_not_imported() -> None:
    heavy = "docker hypothesis jinja2 jsonschema_rs requests urllib3 pytest_cnb_report.reference"
    script = (
        "import sys, pytest_cnb_report.cli.run, pytest_cnb_report.pytest_plugin.suite;"
        f"print(*(set({heavy!r}.split()) & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not done.stdout.split()


@pytest.mark.parametrize("target", Target)
def test_a_thorough_run_has_every_scenario_of_a_usual_one_and_more(target: Target) -> None:
    usual = [(each.phase, each.name) for each in cases_at(target, FORCE)]
    thorough = [(each.phase, each.name) for each in cases_at(target, FORCE, Extent.THOROUGH)]
    assert len(thorough) == len(set(thorough))
    assert set(usual) < set(thorough)
    assert len(thorough) > 3 * len(usual)


def test_how_much_is_generated() -> None:
    assert settings().examples == 50
    assert 2 * settings(thorough=True).examples == 1000  # of each of the two properties
    assert settings(thorough=True, examples="7").examples == 7


def test_a_thorough_run_is_repeated_as_one() -> None:
    assert "--thorough" in settings(thorough=True).other_words(Target.REGISTRY)
    assert "--thorough" not in settings().other_words(Target.REGISTRY)


def test_both_at_once_is_a_clear_message() -> None:
    with pytest.raises(OptionError, match="--quick and --thorough exclude each other"):
        settings(quick=True, thorough=True)


def test_a_quick_run_is_never_shown_as_more(caller: Caller) -> None:
    def text_of(name: str) -> str:
        return (caller.folder / "out" / name).read_text(encoding="utf-8")

    # a creator that drops its rights cannot pass through pytest's own folders
    phases = ("--phase", "exporter", "--phase", "rebaser")
    ended = caller.inside(*REGISTRY, *phases, "--quick", "--output", "out")
    assert ended.code == 0, ended.said
    report = caller.report()
    assert (report["complete"], report["conformant"]) == (False, True)
    assert {each["case"] for each in report["results"]} == {"plain", "none"}
    assert report["deselected_by"] == "--quick"
    left_out = f"{report['deselected']:,} results"
    assert (
        "conformant (in part, registry only): every MUST that applies is met;"
        f" {left_out} deselected by --quick" in " ".join(ended.stdout.split())
    )
    assert f"{left_out} were deselected by --quick" in text_of("report.html")
    assert f"{left_out} deselected by --quick" in text_of("report.md")
    assert "conformant (in part, registry only)" in text_of("badge.json")
    assert "Conformant (in part, registry only)" in text_of("report.html")
    assert "conformant (in part, registry only)" in text_of("report.md")
