"""The adapters in `examples/adapters`: what a program is called with, and what is declined."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import tomli

from pytest_cnb_report.report.known_failures import loads
from pytest_cnb_report.requirements.catalogue import load_catalogue

from .files import CHECKOUT

ADAPTERS = CHECKOUT / "examples" / "adapters"
SPEAKS = {"pack-rebase": "0.15", "pack-build": "0.14", "kpack-rebase": "0.9"}
DECLINED, NOT_SPOKEN = 120, 11


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that prints its arguments, in the place of pack or kpack's."""
    path = tmp_path / "program"
    path.write_text('#!/bin/sh\necho "$*"\n')
    path.chmod(0o755)
    return path


def call(
    adapter: str, words: str, program: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    api = variables.pop("api", SPEAKS[adapter])
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(program.parent), "CNB_PLATFORM_API": api}
    programs = {"PACK": str(program), "KPACK_REBASE": str(program)}
    return subprocess.run(
        [ADAPTERS / adapter, *words.split()],
        env={**environment, **programs, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


@pytest.mark.parametrize(
    ("words", "variables", "called"),
    [
        (
            "rebaser -run-image r -force -report /x/report.toml app",
            {},
            "rebase --no-color --run-image r --force --publish --report-output-dir /x app",
        ),
        (
            "rebaser -previous-image old app",
            {"CNB_USE_DAEMON": "true", "CNB_RUN_IMAGE": "r"},
            "rebase --no-color --previous-image old --run-image r --pull-policy never app",
        ),
        ("rebaser app", {"CNB_FORCE_REBASE": "false"}, "rebase --no-color --publish app"),
    ],
)
def test_a_rebase_by_pack(
    words: str, variables: dict[str, str], called: str, program: Path
) -> None:
    ended = call("pack-rebase", words, program, **variables)
    assert (ended.returncode, ended.stdout.strip()) == (0, called)


def test_a_build_by_pack(program: Path, tmp_path: Path) -> None:
    (tmp_path / "buildpacks" / "id" / "1").mkdir(parents=True)
    words = f"-app /app -buildpacks {tmp_path}/buildpacks -tag b -run-image r -layers /l"
    ended = call("pack-build", f"creator {words} -report /x/report.toml a", program)
    assert ended.returncode == 0
    said = ended.stdout.strip()
    assert f"--buildpack {tmp_path}/buildpacks/id/1" in said
    assert "--tag b" in said
    assert "--publish --network host" in said
    assert "/l" not in said.split()
    assert said.endswith(" a")


def test_a_rebase_by_kpack(program: Path) -> None:
    ended = call("kpack-rebase", "rebaser -run-image r -report /x/y.toml a b", program)
    assert ended.stdout.strip() == "-run-image r -last-built-image a -report /x/y.toml a b"


@pytest.mark.parametrize(
    ("adapter", "words", "reason"),
    [
        ("pack-rebase", "rebaser a b", "pack rebase writes one image name"),
        ("pack-rebase", "rebaser -report /x/other.toml a", "pack rebase calls its report report"),
        ("pack-rebase", "creator a", "pack rebase has no creator"),
        ("pack-build", "creator -report /x/report.toml a", "pack build takes the run image of its"),
        ("pack-build", "creator -unknown a", "pack build has no way to say -unknown"),
        ("kpack-rebase", "rebaser a", "kpack's rebase has no default run image"),
        ("kpack-rebase", "rebaser -daemon a", "kpack's rebase has no way to say -daemon"),
    ],
)
def test_what_cannot_be_said_is_declined(
    adapter: str, words: str, reason: str, program: Path
) -> None:
    ended = call(adapter, words, program)
    assert ended.returncode == DECLINED
    assert ended.stderr.splitlines()[-1].startswith(reason)
    assert ended.stdout == ""


@pytest.mark.parametrize("adapter", SPEAKS)
def test_another_platform_api_is_not_spoken(adapter: str, program: Path) -> None:
    assert call(adapter, "rebaser", program, api="0.7").returncode == NOT_SPOKEN


def test_every_adapter_is_tried_and_its_known_failures_can_be_read() -> None:
    scripts = {path.name for path in ADAPTERS.iterdir() if not path.suffix}
    assert scripts == set(SPEAKS)
    known = [requirement.id for requirement in load_catalogue()]
    for path in ADAPTERS.glob("*.known-failures.toml"):
        assert loads(path.read_text("utf-8"), path.name, known).entries
    tomli.loads((ADAPTERS / "builder.toml").read_text("utf-8"))
