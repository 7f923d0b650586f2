"""The workflows call what there is, with no more rights than they need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_cnb_report.version import VERSION

from .files import CHECKOUT, default_environments, document, environments, text

CI = ".github/workflows/ci.yml"
DOCS = ".github/workflows/docs.yml"
RELEASE = ".github/workflows/release.yml"
WORKFLOWS = (CI, DOCS, RELEASE)

MAY_WRITE = {
    "publish": {"id-token": "write"},
    "github-release": {"contents": "write"},
    "push-image": {
        "attestations": "write",
        "contents": "read",
        "id-token": "write",
        "packages": "write",
    },
    "pages": {"id-token": "write", "pages": "write"},
}


def jobs(workflow: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = document(workflow)["jobs"]
    return found


def steps(workflow: str) -> Iterator[dict[str, Any]]:
    for job in jobs(workflow).values():
        yield from job.get("steps", [])


def matrix() -> list[dict[str, str]]:
    """Environment and Python of each job that calls tox."""
    rows: list[dict[str, str]] = jobs(CI)["tox"]["strategy"]["matrix"]["include"]
    return rows


def test_ci_calls_every_environment_that_tox_runs_by_default_and_none_that_is_not_there() -> None:
    called = {row["env"] for row in matrix()}
    for step in steps(CI):
        called.update(re.findall(r"\.ci/run -e (\S+)", step.get("run", "")))
    assert default_environments() <= called <= set(environments())


def test_ci_runs_every_python_that_is_supported() -> None:
    classified = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text("pyproject.toml"))
    rows = {(row["env"], row["python"]) for row in matrix() if row["env"].startswith("py")}
    assert rows == {
        (f"py{version.replace('.', '')}{kind}", version)
        for version in classified
        for kind in ("", "-lowest")
    }


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_rights(workflow: str) -> None:
    assert document(workflow)["permissions"] == {"contents": "read"}
    for name, job in jobs(workflow).items():
        assert job.get("permissions", {}) == MAY_WRITE.get(name, {}), name
        assert "secrets" not in str(job), name
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_actions_are_pinned_to_a_major_version(workflow: str) -> None:
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|release/v\d+)", step["uses"]), step["uses"]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_jobs_end(workflow: str) -> None:
    for name, job in jobs(workflow).items():
        assert "uses" in job or job["timeout-minutes"] <= 60, name


def test_nothing_is_published_that_was_not_tested() -> None:
    assert set(jobs(RELEASE)["publish"]["needs"]) == {"ci", "build"}
    assert jobs(RELEASE)["push-image"]["needs"] == "publish"
    assert jobs(RELEASE)["ci"]["uses"] == f"./{CI}"
    assert "workflow_call" in document(CI)[True]


@pytest.mark.parametrize(
    ("tag", "changelog", "said"),
    [
        (f"v{VERSION}", f"## [{VERSION}] - 2026-01-31", None),
        ("v99.0.0", f"## [{VERSION}] - 2026-01-31", "tag v99.0.0 does not match version"),
        (f"v{VERSION}", "## [Unreleased]", f"CHANGELOG.md has no section for {VERSION}"),
    ],
)
def test_a_release_is_tagged_with_its_version_and_described(
    tmp_path: Path, tag: str, changelog: str, said: str | None
) -> None:
    (step,) = (step for step in steps(RELEASE) if step.get("name") == "Check the tag")
    (tmp_path / "pytest_cnb_report").mkdir()
    for name in ("__init__.py", "version.py"):
        shutil.copy(CHECKOUT / "pytest_cnb_report" / name, tmp_path / "pytest_cnb_report")
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{changelog}\n")
    (tmp_path / "python").symlink_to(sys.executable)
    ended = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_REF_NAME": tag},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == (0 if said is None else 1), ended.stdout + ended.stderr
    assert said is None or said in ended.stdout


def test_the_notes_of_a_release_are_its_section_of_the_changelog(tmp_path: Path) -> None:
    (step,) = (s for s in steps(RELEASE) if s.get("name") == "Take the notes from the changelog")

    def noted(changelog: str) -> tuple[int, str]:
        (tmp_path / "CHANGELOG.md").write_text(changelog)
        ended = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "GITHUB_REF_NAME": "v1.2.0"},
            capture_output=True,
            check=False,
        )
        return ended.returncode, (tmp_path / "notes.md").read_text().strip()

    newer, older = "## [Unreleased]\n\n- not yet\n\n", "## [1.1.0] - 2026-01-01\n\n- old\n"
    assert noted(f"{newer}## [1.2.0] - 2026-02-01\n\n- this\n\n{older}") == (0, "- this")
    assert noted(f"{newer}## [1.2.0] - 2026-02-01\n\n{older}")[0] == 1
