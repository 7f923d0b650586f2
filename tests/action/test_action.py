"""The GitHub action: its steps, run as a runner runs them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.registry.embedded import embedded_registry

from .github import ACTION, Runner, action

PROGRAM = str(Path(sys.executable).parent / "cnb-conformance")
ONE = {
    "program": PROGRAM,
    "target": "registry",
    "phase": "exporter",
    "requirement": "report.image.tags,report.image.digest",
    "workers": "",
    "args": "-k\nexporter-registry-plain",
}


def test_a_conformant_lifecycle(runner: Runner) -> None:
    ran = runner.use(**ONE, lifecycle="reference")
    assert ran.failed is None, ran.log
    assert ran.outputs["conformant"] == "true"
    assert ran.outputs["exit-code"] == "0"
    assert (ran.outputs["passed"], ran.outputs["failed"]) == ("2", "0")
    assert ran.outputs["complete"] == "false"
    output = runner.temporary / "lifecycle-conformance"
    assert ran.outputs["output"] == str(output)
    assert json.loads(Path(ran.outputs["report-json"]).read_text())["conformant"]
    for name in ("report-html", "report-md", "junit-xml", "badge-json"):
        assert Path(ran.outputs[name]).is_file(), name
    assert ran.outputs["reproduce"] == ""
    assert ran.summary == (output / "report.md").read_text()
    assert ran.caches == []
    assert ran.uploads == [
        {"name": "lifecycle-conformance", "path": str(output), "if-no-files-found": "ignore"}
    ]


def test_one_that_is_not(runner: Runner) -> None:
    ran = runner.use(**ONE, lifecycle="reference:no-tags", artifact="", output="my results")
    assert ran.failed == "Verdict"
    assert (ran.outputs["conformant"], ran.outputs["exit-code"]) == ("false", "1")
    assert ran.outputs["why"].startswith(
        "1 MUST requirement failed; the suite's own reference lifecycle"
    )
    assert ran.outputs["output"] == "my results"
    assert (runner.workspace / ran.outputs["reproduce"] / "README.txt").is_file()
    assert ran.summary.startswith("## ✗ not conformant")
    stop, go_on, error = (line for line in ran.log.splitlines() if line.startswith("::"))
    secret = stop.removeprefix("::stop-commands::")
    assert len(secret) == 32
    assert go_on == f"::{secret}::", "what is printed in between is no command"
    said = "::error title=Lifecycle conformance::not conformant: "
    assert error.startswith(f"{said}report.image.tags: ")
    assert "(1 MUST requirement failed; the suite's own reference" in error
    assert ran.outputs["first"].startswith("report.image.tags: ")
    assert ran.uploads == []


def test_a_workflow_that_reads_the_outputs_itself(runner: Runner) -> None:
    ran = runner.use(**ONE, lifecycle="reference:no-tags", fail="false", summary="false")
    assert ran.failed is None
    assert ran.outputs["conformant"] == "false"
    assert ran.summary == ""


def test_a_run_that_cannot_begin(runner: Runner) -> None:
    output = runner.temporary / "lifecycle-conformance"
    output.mkdir()
    (output / "report.json").write_text("an older run's")
    ran = runner.use(**ONE, lifecycle="no such lifecycle")
    assert ran.failed == "Verdict"
    assert (ran.outputs["conformant"], ran.outputs["exit-code"]) == ("false", "2")
    assert ran.outputs["report-json"] == ""
    assert ran.outputs["passed"] == ""
    assert "no such lifecycle: there is no such file or directory" in ran.log
    why = ran.outputs["why"]
    assert "no such lifecycle: there is no such file or directory" in why
    assert ran.summary == f"## ‼ could not judge\n\n{why}\n"
    assert f"could not judge: {why}" in ran.log


def test_inputs_are_never_read_as_shell(runner: Runner) -> None:
    evil = "$(touch evil); `touch evil` \"' && touch evil"
    runner.use(**{**ONE, "requirement": evil, "output": "out $(touch evil)"}, lifecycle=evil)
    assert not list(runner.workspace.rglob("evil"))
    assert (runner.workspace / "out $(touch evil)").is_dir()


def test_the_report_of_a_build(runner: Runner) -> None:
    with embedded_registry() as registry:
        (runner.workspace / "report.toml").write_text(
            f'[image]\ntags = ["{registry.address}/app:1"]\n'
        )
        ran = runner.use(
            program=PROGRAM,
            report="report.toml",
            run_image=f"{registry.address}/run:1",
            platform_api="0.14",
        )
    assert ran.failed == "Verdict"
    assert ran.outputs["exit-code"] == "2"
    assert "app:1 is not in the registry: push it" in ran.log


def test_every_option_is_an_input() -> None:
    names = {option.name for option in OPTIONS}
    inputs = set(action()["inputs"])
    own = {
        *("report", "run-image", "app-image", "run-file", "insecure"),
        *("workers", "args", "fail", "summary", "artifact", "cache", "program"),
    }
    assert inputs == names | own


def test_every_input_is_passed_on_under_its_own_name() -> None:
    (judge,) = (step for step in action()["runs"]["steps"] if step.get("id") == "judge")
    for option in OPTIONS:
        variable = option.name.replace("-", "_").upper()
        assert judge["env"][variable] == f"${{{{ inputs.{option.name} }}}}"
        word = "flag" if option.flag else "option"
        passed = f'{word} {option.name} "${variable}"'
        if option.name == "output":
            passed = "output=${OUTPUT:-$RUNNER_TEMP/lifecycle-conformance$SUFFIX}"
        assert passed in judge["run"], option.name


def test_every_input_and_output_is_described() -> None:
    document = action()
    for each in (*document["inputs"].values(), *document["outputs"].values()):
        assert each["description"].endswith(".")
    docs = (ACTION.parent / "docs" / "ci.md").read_text()
    for output in document["outputs"]:
        assert f"`{output}`" in docs, output


def prepared(runner: Runner, **inputs: str) -> dict[str, str]:
    """Run the first step alone."""
    document = action()
    (step,) = (each for each in document["runs"]["steps"] if each.get("id") == "prepare")
    given = {
        f"inputs.{name}": str(each.get("default", ""))
        for name, each in (document["inputs"].items())
    }
    context = {**given, **runner.context, **{f"inputs.{k}": v for k, v in inputs.items()}}
    context["github.action_path"] = str(ACTION.parent)
    code, log, outputs = runner.shell(step, context, runner.temporary / "summary.md")
    assert code == 0, log
    return outputs


def test_no_two_jobs_of_a_workflow_upload_under_one_name(tmp_path: Path) -> None:
    names = []
    for job, index, total in (("build", 0, 1), ("test", 0, 2), ("test", 1, 2)):
        place = tmp_path / f"{job}-{index}"
        place.mkdir()
        context = {
            "github.job": job,
            "strategy.job-index": str(index),
            "strategy.job-total": str(total),
        }
        runner = Runner(place, place, context=context)
        names += [prepared(runner)["artifact"] for _ in range(2)]
    assert names[:2] == ["lifecycle-conformance-build", "lifecycle-conformance-build-2"]
    assert len(set(names)) == 6
    assert prepared(runner, artifact="mine")["artifact"] == "mine"
    assert prepared(runner, artifact="")["artifact"] == ""


def test_extras_only_when_they_are_asked_for(runner: Runner) -> None:
    assert prepared(runner)["extras"] == ""
    assert prepared(runner, registry="container")["extras"] == "[containers]"
    assert prepared(runner, daemon="container")["extras"] == "[containers]"
    by_variable = {"CNB_CONFORMANCE_DAEMON": "container"}
    elsewhere = Runner(runner.workspace, runner.temporary, variables=by_variable)
    assert prepared(elsewhere)["extras"] == "[containers]"


def test_packages_are_kept_unless_nothing_is_installed(runner: Runner) -> None:
    assert prepared(runner)["cache"] == "true"
    assert prepared(runner, cache="false")["cache"] == "false"
    assert prepared(runner, program=PROGRAM)["cache"] == "false"
    keys = {prepared(runner)["cache_key"], prepared(runner, daemon="container")["cache_key"]}
    assert len(keys) == 2


def _normal(pin: str) -> str:
    """Write a name as package indexes compare them."""
    return pin.strip().lower().replace("_", "-")


def test_it_installs_itself(runner: Runner) -> None:
    """The one step that the others are spared: a virtual environment with this version in it."""
    ran = runner.use(**{**ONE, "program": ""}, lifecycle="reference")
    assert ran.failed is None, ran.log
    assert ran.outputs["conformant"] == "true"
    installed = runner.temporary / "cnb-conformance-venv" / "bin" / "cnb-conformance"
    (cache,) = ran.caches
    assert cache["key"].startswith("cnb-conformance-")
    python = str(installed.with_name("python"))
    listed = subprocess.run(
        [python, "-m", "pip", "freeze"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pins = (ACTION.parent / "constraints.txt").read_text().splitlines()
    kept = [line for line in listed if not line.startswith("pytest-cnb-report")]
    assert len(kept) > 10
    assert set(map(_normal, kept)) <= {_normal(pin.partition(" ")[0]) for pin in pins}
    assert not any(line.startswith("testcontainers") for line in listed)
    said = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"cnb-conformance \d+\.\d+\.\d+\S*\n", said.stdout)
