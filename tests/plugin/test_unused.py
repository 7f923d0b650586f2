"""Installed and not used, the plugin costs nobody anything."""

from __future__ import annotations

import re

import pytest

from .caller import Caller

TESTS = """
import pathlib, sys
def test_theirs():
    pathlib.Path("modules").write_text("\\n".join(sorted(sys.modules)))
"""


@pytest.fixture
def project(caller: Caller) -> Caller:
    """Somebody whose project has nothing to do with buildpacks."""
    (caller.folder / "conformance").mkdir()
    (caller.folder / "conformance" / "test_theirs.py").write_text(TESTS)
    (caller.folder / "plugin.py").write_text("")
    return caller


@pytest.mark.parametrize("words", [[], ["conformance"], ["-v"], ["-n", "1"]], ids=" ".join)
def test_only_the_list_of_plugins_names_it(project: Caller, words: list[str]) -> None:
    ended = project.pytest(*words, "-p", "no:randomly")
    assert ended.code == 0, ended.said
    lines = [line for line in ended.said.splitlines() if "cnb" in line.lower()]
    assert [line for line in lines if not re.match(r"(plugins|metadata): ", line)] == []


@pytest.mark.parametrize("words", [[], ["conformance"]], ids=" ".join)
def test_it_loads_nothing_but_itself(project: Caller, words: list[str]) -> None:
    def loaded(*more: str) -> set[str]:
        assert project.pytest(*words, *more).code == 0
        return set((project.folder / "modules").read_text().split())

    ours = {"options", "plugin", "public_fixtures"}
    loaded_for_us = loaded() - loaded("-p", "no:cnb-report")
    assert loaded_for_us == {"pytest_cnb_report", *(f"pytest_cnb_report.{name}" for name in ours)}


def test_it_says_what_pytest_says_without_it(project: Caller) -> None:
    def said(*words: str) -> str:
        text = project.pytest(*words, "-p", "no:randomly", "-p", "no:metadata").said
        return re.sub(r"cnb-report-[\d.]+, |, cnb-report-[\d.]+|in [\d.]+s", "", text)

    assert said() == said("-p", "no:cnb-report")


def test_the_callers_options_are_left_alone(project: Caller) -> None:
    ended = project.pytest("--help")
    ours = [line for line in ended.stdout.splitlines() if line.startswith("  --cnb-")]
    assert ours
    assert "conformance of a Cloud Native Buildpacks lifecycle" in ended.stdout
    assert "the image of `--cnb-registry container`" in ended.stdout
    assert "`--registry" not in ended.stdout


def test_strict_configuration_is_no_trouble(project: Caller) -> None:
    (project.folder / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\n"
    )
    assert project.pytest("-p", "no:randomly").code == 0
