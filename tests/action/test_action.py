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
    assert error.startswith(
        "::error title=Lifecycle conformance::not conformant: 1 MUST requirement failed"
    )
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
    why = "the run could not begin, or was killed: see its output"
    assert ran.summary == f"## ‼ could not judge\n\n{why}\n"


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
        *("workers", "args", "fail", "summary", "artifact", "program"),
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
            passed = "output=${OUTPUT:-$RUNNER_TEMP/lifecycle-conformance}"
        assert passed in judge["run"], option.name


def test_every_input_and_output_is_described() -> None:
    document = action()
    for each in (*document["inputs"].values(), *document["outputs"].values()):
        assert each["description"].endswith(".")
    docs = (ACTION.parent / "docs" / "ci.md").read_text()
    for output in document["outputs"]:
        assert f"`{output}`" in docs, output


def test_it_installs_itself(runner: Runner) -> None:
    """The one step that the others are spared: a virtual environment with this version in it."""
    ran = runner.use(**{**ONE, "program": ""}, lifecycle="reference")
    assert ran.failed is None, ran.log
    assert ran.outputs["conformant"] == "true"
    installed = runner.temporary / "cnb-conformance-venv" / "bin" / "cnb-conformance"
    said = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"cnb-conformance \d+\.\d+\.\d+\S*\n", said.stdout)
