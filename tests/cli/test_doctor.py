"""`doctor`: what there is to judge with, and what to do about the rest."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pytest_cnb_report.daemon.providers import KINDS as DAEMONS
from pytest_cnb_report.registry.providers import KINDS as REGISTRIES

from .console import Console, process

SUBJECTS = {
    "Python",
    "temporary folder",
    "journal",
    "lifecycle",
    "embedded registry",
    "registry program (process)",
    "Docker daemon",
    "image docker:dind",
    "image registry:2",
    "dockerd (private)",
    "testcontainers (container)",
    "user",
}


def findings(console: Console, *words: object) -> dict[str, dict[str, object]]:
    ended = console("doctor", "--format", "json", *words)
    assert (ended.code, ended.err) == (0, "")
    return {each["subject"]: each for each in json.loads(ended.out)["findings"]}


def test_everything_is_looked_at_and_nothing_is_left_without_advice(console: Console) -> None:
    found = findings(console)
    assert set(found) - {"platform APIs"} == SUBJECTS
    assert found["Python"]["usable"]
    assert found["embedded registry"]["usable"]
    for finding in found.values():
        assert finding["usable"] or finding["remedy"], finding


def test_it_looks_at_all_that_a_kind_of_registry_or_daemon_needs() -> None:
    needs = {kind.name: kind.needs for kind in REGISTRIES} | {
        f"{kind.name} daemon": kind.needs for kind in DAEMONS
    }
    for name, subjects in needs.items():
        assert set(subjects) <= SUBJECTS, name
        assert bool(subjects) == ("address" not in name), name


def test_where_there_is_nothing_it_says_what_to_do(
    console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    found = findings(console)
    assert not found["registry program (process)"]["usable"]
    assert "install Debian's docker-registry" in str(found["registry program (process)"]["remedy"])
    assert not found["Docker daemon"]["usable"]
    assert "start Docker" in str(found["Docker daemon"]["remedy"])
    table = console("doctor").out
    assert "target registry: can be tested with --registry embedded\n" in table
    assert "→ start Docker, or set DOCKER_HOST to its address" in table.replace(
        "\n" + " " * 31, " "
    )


def test_a_lifecycle_and_the_platform_apis_that_it_speaks(console: Console) -> None:
    found = findings(console, "--lifecycle", "reference")
    assert "reference (reference), version" in str(found["lifecycle"]["detail"])
    assert found["platform APIs"]["detail"] == "0.7, 0.8, 0.9, 0.10, 0.11, 0.12, 0.13, 0.14, 0.15"


def test_one_that_speaks_none(console: Console, tmp_path: Path) -> None:
    script = tmp_path / "deaf"
    script.write_text("#!/bin/sh\nexit 11\n")
    script.chmod(0o755)
    found = findings(console, "--lifecycle", f"command:{script}")
    assert not found["platform APIs"]["usable"]
    assert found["platform APIs"]["remedy"] == "a lifecycle has to support one of them to be tested"


def test_one_that_is_not_there(console: Console) -> None:
    found = findings(console, "--lifecycle", "/no/such/lifecycle")
    assert not found["lifecycle"]["usable"]
    assert found["lifecycle"]["remedy"] == (
        "give a directory of phase executables, a multiplexed lifecycle binary, a release archive"
        " (FILE.tgz), container:REF, image:REF, command:CMD or reference"
    )


@pytest.mark.skipif(
    "CNB_CONFORMANCE_LIFECYCLE" not in os.environ, reason="CNB_CONFORMANCE_LIFECYCLE is not set"
)
def test_a_real_one(console: Console) -> None:
    found = findings(console, "--lifecycle", os.environ["CNB_CONFORMANCE_LIFECYCLE"])
    assert found["lifecycle"]["usable"]
    assert found["platform APIs"]["usable"]


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_no_line_is_wider_than_the_terminal(columns: str) -> None:
    ended = process("doctor", COLUMNS=columns)
    assert ended.code == 0
    assert max(map(len, ended.out.splitlines())) <= int(columns)


def test_without_utf_8_the_signs_are_ascii() -> None:
    ended = process("doctor", PYTHONIOENCODING="ascii")
    assert ended.code == 0
    assert ended.out.isascii()
    assert ended.out.startswith("ok Python")


def test_a_user_whom_a_run_refuses(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `run` says of the user, `doctor` says before it; no target can be judged then."""
    monkeypatch.setattr(os, "geteuid", lambda: 4_021_321)
    user = findings(console)["user"]
    assert not user["usable"]
    refused = console("run", "--lifecycle", "reference", "--target", "registry", "--quick")
    assert refused.code == 2
    assert f"{user['detail']}; {user['remedy']}" in " ".join(refused.err.split())
    table = console("doctor").out
    assert table.endswith("\nno run can start until this is fixed: user\n")


def test_bad_usage_is_exit_code_2(console: Console) -> None:
    assert console("doctor", "--no-such-option").code == 2
