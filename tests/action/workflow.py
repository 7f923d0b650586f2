"""Runs a workflow as a shell does, with stand-ins for what GitHub provides."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from .github import Runner, filled


@dataclass
class Job:
    """What became of a job."""

    log: str = ""
    summary: str = ""
    failed: str | None = None
    """The step that failed, by its name, action or script."""


@dataclass
class Workflow:
    """A workflow that is run once, in a folder of its own."""

    path: Path
    folder: Path
    repository: Path
    """What is checked out."""
    suite: Path
    """What is checked out of the suite's repository."""
    program: str
    """The console script."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What every step has in its environment."""
    context: Mapping[str, str] = field(default_factory=dict)
    """Expressions that GitHub fills in, such as `github.token`."""
    artifacts: dict[str, Path] = field(default_factory=dict)

    def run(self) -> dict[str, Job]:
        """Run every job in the order of the file; those of a matrix are called `JOB-VALUE-…`."""
        ended: dict[str, Job] = {}
        for name, job in yaml.safe_load(self.path.read_text(encoding="utf-8"))["jobs"].items():
            matrix = list(_matrix(job.get("strategy", {}).get("matrix", {})))
            for number, values in enumerate(matrix):
                whole = "-".join([name, *values.values()])
                workspace = self.folder / whole
                workspace.mkdir(parents=True)
                context = {f"matrix.{key}": value for key, value in values.items()}
                context |= {"github.job": name, "github.workspace": str(workspace)}
                context |= {"strategy.job-index": str(number)}
                context |= {"strategy.job-total": str(len(matrix))}
                ended[whole] = self._job(job, workspace, {**self.context, **context})
        return ended

    def _job(self, job: Mapping[str, Any], workspace: Path, context: dict[str, str]) -> Job:
        ran = Job()
        if not _holds(job.get("if", ""), context, failed=False):
            return ran
        temporary = workspace.with_name(f"{workspace.name}.temporary")
        temporary.mkdir()
        summary = temporary / "step-summary.md"
        summary.write_text("")
        environment = {key: filled(value, context) for key, value in job.get("env", {}).items()}
        runner = Runner(workspace, temporary, {**self.variables, **environment}, context)
        for step in job["steps"]:
            if not _holds(step.get("if", ""), context, failed=ran.failed is not None):
                continue
            given = {k: filled(str(v), context) for k, v in step.get("with", {}).items()}
            if "uses" in step:
                failed = self._use(step["uses"].partition("@")[0], given, runner, ran)
            else:
                code, log, _ = runner.shell({**step, "shell": "bash"}, context, summary)
                failed = code != 0
                ran.log += log
            if failed:
                ran.failed = ran.failed or step.get("name", step.get("uses", step.get("run")))
        ran.summary += summary.read_text(encoding="utf-8")
        return ran

    def _use(self, action: str, given: Mapping[str, str], runner: Runner, ran: Job) -> bool:
        """Do what an action does, as far as the next steps can see; returns whether it failed."""
        workspace = runner.workspace
        if action in {"buildpacks/pytest-cnb-report", "./suite"}:
            inputs = {name.replace("-", "_"): value for name, value in given.items()}
            used = runner.use(**inputs, program=self.program)
            ran.log += used.log
            ran.summary += used.summary
            for upload in used.uploads:
                assert upload["name"] not in self.artifacts, "two uploads under one name"
                self.artifacts[upload["name"]] = Path(upload["path"])
            return used.failed is not None
        if action == "actions/checkout" and "repository" in given:
            assert given["repository"] == "buildpacks/pytest-cnb-report"
            (workspace / given["path"]).symlink_to(self.suite)
        elif action == "actions/checkout":
            shutil.copytree(self.repository, workspace, dirs_exist_ok=True)
        elif action == "actions/download-artifact":
            for name, path in self.artifacts.items():
                if fnmatchcase(name, given["pattern"]):
                    shutil.copytree(path, workspace / given["path"] / name)
        else:
            assert action in {"actions/setup-go", "actions/setup-python"}, action
        return False


def _matrix(declared: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Return the values of each job of a matrix; one without any where there is no matrix."""
    if "include" in declared:
        assert set(declared) == {"include"}
        yield from ({key: str(value) for key, value in row.items()} for row in declared["include"])
        return
    for values in itertools.product(*declared.values()):
        yield dict(zip(declared, map(str, values), strict=True))


def _holds(condition: str, context: Mapping[str, str], *, failed: bool) -> bool:
    """Evaluate an `if`: `always()`, `!cancelled()` and comparisons, joined by `&&`."""
    text = condition.strip()
    if text:
        assert text.startswith("${{"), text
        text = text.removeprefix("${{").removesuffix("}}").strip()
    terms = [term.strip() for term in text.split("&&") if term.strip()]
    going_on = {"always()", "!cancelled()"}
    if failed and not going_on & set(terms):
        return False
    for term in terms:
        if term in going_on:
            continue
        comparison = re.fullmatch(r"(\S+) == (\S+)", term)
        assert comparison is not None, term
        left, right = (
            each.strip("'") if each.startswith("'") else context.get(each, "")
            for each in comparison.groups()
        )
        if left != right:
            return False
    return True
