"""What CONTRIBUTING and the pre-commit hooks tell a contributor to run can be run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_cnb_report import version

from .files import CHECKOUT, document, environments, text

INLINE = re.compile(r"`((?:tox|pytest|ruff|cnb-conformance|pip|pre-commit|\.ci/\w+)(?: [^`]*)?)`")
PAGES = ("CONTRIBUTING.md", ".github/pull_request_template.md", "docs/releasing.md")

ONE_OF_EACH = {
    "test **one rule**": 0,
    "test **one fault**": 0,
    "see how a fault is reported": 1,
    "test **one scenario**": 0,
}
"""Rows of the table of commands, with the exit code that each has."""


def commands(page: str) -> list[list[str]]:
    """The commands that a page shows, in a line of text or in a block."""
    shown = INLINE.findall(text(page))
    for block in re.findall(r"```sh\n(.*?)```", text(page), re.DOTALL):
        shown += re.split(r"&&|\n", block.replace("\\\n", " "))
    return [words for line in shown if (words := shlex.split(line, comments=True))]


@pytest.mark.parametrize("page", PAGES)
def test_only_environments_of_tox_that_there_are(page: str) -> None:
    named = {
        name
        for words in commands(page)
        if words[0] in {"tox", ".ci/run"}
        for name in (words[words.index("-e") + 1].split(",") if "-e" in words else ())
    }
    assert named <= set(environments())


@pytest.mark.parametrize("page", PAGES)
def test_only_files_and_folders_that_there_are(page: str) -> None:
    for words in commands(page):
        if words[0] == "pytest":
            for word in words[1:]:
                assert not word.startswith("tests/") or (CHECKOUT / word).exists(), word


def test_the_inner_loop_is_what_tox_runs() -> None:
    (shown,) = (words for words in commands("CONTRIBUTING.md") if "tests/catalogue" in words)
    (run,) = environments()["unit"]
    folders = [word for word in shlex.split(run) if word.startswith("tests/")]
    assert [word for word in shown if word.startswith("tests/")] == folders
    assert shown[1:3] == ["-k", "not browser"]
    assert '-k "not browser"' in run


@pytest.mark.parametrize("row", ONE_OF_EACH)
def test_one_of_each(row: str, tmp_path: Path) -> None:
    (command,) = re.findall(
        rf"^\| {re.escape(row)}.*?\| `cnb-conformance (.*?)` \|",
        text("CONTRIBUTING.md"),
        re.MULTILINE,
    )
    ended = subprocess.run(
        [sys.executable, "-m", "pytest_cnb_report.cli.main", *shlex.split(command)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == ONE_OF_EACH[row], ended.stdout + ended.stderr


def test_hooks_run_what_tox_runs() -> None:
    (repository,) = document(".pre-commit-config.yaml")["repos"]
    hooks = [hook["entry"] for hook in repository["hooks"]]
    assert hooks == environments()["lint"] + environments()["types"]


def test_the_changelog_is_about_this_version_or_the_next() -> None:
    first, *_ = re.findall(r"^## \[(.*?)\]", text("CHANGELOG.md"), re.MULTILINE)
    assert first in {"Unreleased", version.VERSION}
