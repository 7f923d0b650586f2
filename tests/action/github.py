"""Runs a composite action as a runner does: expressions filled in, each step in a shell."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ACTION = Path(__file__).parents[2] / "action.yml"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMPARISON = re.compile(r"(\S+)\s*(==|!=)\s*'([^']*)'")


@dataclass
class Ran:
    """What became of a run of the action."""

    outputs: Mapping[str, str]
    summary: str
    log: str
    failed: str | None
    """The first step that failed; later ones were skipped."""
    uploads: list[Mapping[str, str]] = field(default_factory=list)
    caches: list[Mapping[str, str]] = field(default_factory=list)


def action() -> dict[str, Any]:
    """Read the action."""
    document: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return document


@dataclass
class Runner:
    """A runner with a workspace and a temporary folder."""

    workspace: Path
    temporary: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    """Expressions of a workflow, such as `strategy.job-index`."""

    def use(self, **given: str) -> Ran:
        """Use the action with these inputs, underscores for dashes."""
        document = action()
        known = document["inputs"]
        inputs = {name: str(each.get("default", "")) for name, each in known.items()}
        for name, value in given.items():
            assert name.replace("_", "-") in known, f"the action has no input {name}"
            inputs[name.replace("_", "-")] = value
        context = {f"inputs.{name}": value for name, value in inputs.items()}
        context.update(self.context)
        context["github.action_path"] = str(ACTION.parent)
        summary = self.temporary / "summary.md"
        summary.write_text("")
        ran = Ran({}, "", "", None)
        for step in document["runs"]["steps"]:
            if ran.failed is not None or not _condition(step.get("if", ""), context):
                continue
            if "uses" in step:
                used = {"actions/upload-artifact@v4": ran.uploads, "actions/cache@v4": ran.caches}
                used[step["uses"]].append(
                    {k: filled(str(v), context) for k, v in step["with"].items()}
                )
                continue
            code, log, outputs = self.shell(step, context, summary)
            ran.log += log
            context.update(
                {f"steps.{step.get('id')}.outputs.{key}": value for key, value in outputs.items()}
            )
            if code:
                ran.failed = step["name"]
        ran.outputs = {
            name: filled(each["value"], context) for name, each in document["outputs"].items()
        }
        ran.summary = summary.read_text(encoding="utf-8")
        return ran

    def shell(
        self, step: Mapping[str, Any], context: Mapping[str, str], summary: Path
    ) -> tuple[int, str, dict[str, str]]:
        """Run one step as `shell: bash` does on GitHub."""
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "expressions in a script are injections"
        output = self.temporary / f"output-{step.get('id', 'none')}"
        output.write_text("")
        script = self.temporary / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        environment = {
            **os.environ,
            **self.variables,
            **{name: filled(value, context) for name, value in step.get("env", {}).items()},
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        lines = output.read_text(encoding="utf-8").splitlines()
        return done.returncode, done.stdout, dict(line.split("=", 1) for line in lines)


def filled(text: str, context: Mapping[str, str]) -> str:
    """Fill in expressions; one that is not known is empty, as on GitHub."""
    return _EXPRESSION.sub(lambda match: context.get(match[1], ""), text)


def _condition(text: str, context: Mapping[str, str]) -> bool:
    """Evaluate the `if` of a step; the action keeps to comparisons with a text."""
    if not text:
        return True
    expression = _EXPRESSION.fullmatch(text)
    assert expression is not None, text
    comparison = _COMPARISON.fullmatch(expression[1])
    assert comparison is not None, text
    left, operator, right = comparison.groups()
    same = context.get(left, "") == right
    return same if operator == "==" else not same
