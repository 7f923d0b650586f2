"""The GitLab component and the Tekton task: their shape, and their scripts as a shell runs them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from .github import ACTION
from .test_action import PROGRAM

ROOT = ACTION.parent
FEW = {
    "CNB_CONFORMANCE_PHASE": "exporter",
    "CNB_CONFORMANCE_REQUIREMENT": "report.image.tags",
    "CNB_CONFORMANCE_TARGET": "registry",
    "CNB_CONFORMANCE_QUICK": "1",
}
VERDICTS = [("reference", 0, "true"), ("reference:no-tags", 1, "false"), ("none", 2, "false")]


def run(words: list[str], folder: Path, variables: dict[str, str]) -> tuple[int, str]:
    path = f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **FEW, **variables, "PATH": path}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def component(**given: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the inputs of the GitLab component, and its jobs with the inputs filled in."""
    text = (ROOT / "templates" / "conformance.yml").read_text(encoding="utf-8")
    header, body = text.split("\n---\n")
    inputs = yaml.safe_load(header)["spec"]["inputs"]
    values = {name: each.get("default") for name, each in inputs.items()} | given
    filled = re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: str(values[match[1]]), body)
    assert "$[[" not in filled
    return inputs, yaml.safe_load(filled)


def test_the_component_names_what_it_takes() -> None:
    inputs, jobs = component(lifecycle="out/lifecycle", job="mine")
    assert [name for name, each in inputs.items() if "default" not in each] == ["lifecycle"]
    assert all(each["description"].endswith(".") for each in inputs.values())
    (job,) = jobs.values()
    assert set(jobs) == {"mine"}
    assert job["artifacts"]["paths"] == ["mine"]
    assert any("constraints.txt" in line for line in job["before_script"])


@pytest.mark.parametrize(("lifecycle", "code", "conformant"), VERDICTS)
def test_the_component(tmp_path: Path, lifecycle: str, code: int, conformant: str) -> None:
    job = component(lifecycle=lifecycle)[1]["conformance"]
    script = "\n".join(job["script"])
    ended, log = run(["bash", "-eo", "pipefail", "-c", script], tmp_path, job["variables"])
    assert ended == code, log
    reports = job["artifacts"]["reports"]
    said = (tmp_path / reports["dotenv"]).read_text().splitlines()
    assert f"conformant={conformant}" in said
    assert (tmp_path / reports["junit"]).is_file() == (code != 2)


def task() -> dict[str, Any]:
    document = yaml.safe_load((ROOT / "tekton" / "lifecycle-conformance.yaml").read_text())
    assert (document["apiVersion"], document["kind"]) == ("tekton.dev/v1", "Task")
    specification: dict[str, Any] = document["spec"]
    return specification


def test_the_task_declares_what_it_uses() -> None:
    declared = {f"params.{each['name']}" for each in task()["params"]}
    declared |= {f"results.{each['name']}.path" for each in task()["results"]}
    declared |= {f"workspaces.{each['name']}.path" for each in task()["workspaces"]}
    (step,) = task()["steps"]
    used = re.findall(r"\$\(((?:params|results|workspaces)[\w.-]+)", str(step))
    assert set(used) == declared
    assert "$(params" not in step["script"], "a parameter in a script is an injection"


@pytest.mark.parametrize(("lifecycle", "code", "conformant"), VERDICTS)
def test_the_task(tmp_path: Path, lifecycle: str, code: int, conformant: str) -> None:
    (step,) = task()["steps"]
    values = {
        "$(params.lifecycle)": lifecycle,
        "$(params.output)": "conformance",
        "$(params.version)": "main",  # cnb-conformance is on the PATH, as in an image that has it
        "$(results.conformant.path)": str(tmp_path / "conformant"),
        "$(results.why.path)": str(tmp_path / "why"),
    }
    variables = {each["name"]: values[each["value"]] for each in step["env"]}
    script = tmp_path / "script"
    script.write_text(step["script"])
    ended, log = run(["sh", str(script), "--strict"], tmp_path, variables)
    assert ended == code, log
    assert (tmp_path / "conformant").read_text() == conformant
    assert (tmp_path / "conformance" / "report.json").is_file() == (code != 2)
