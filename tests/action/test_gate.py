"""A downstream project gates on conformance: green on what it knows, red on what is new."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .github import ACTION, Ran, Runner
from .test_action import PROGRAM

KNOWN = "known-failures.toml"

LIFECYCLE = f"""\
#!/bin/bash
# The reference, with a mistake that is known (until there is a file `mended`): no report where no
# path is given; and with a new one where there is a file `broken`: the old report is not replaced.
report=
layers=
for word in "$@"; do
  [[ $last == -report ]] && report=$word
  [[ $last == -layers ]] && layers=$word
  last=$word
done
[[ -n $report && -f $report ]] && old=$(cat "$report")
{sys.executable} -m pytest_cnb_report.reference "$@" || exit $?
if [[ $1 == exporter ]]; then
  home=$(dirname "$0")
  [[ -z $report && ! -f $home/mended ]] && rm -f "$layers/report.toml"
  [[ -f $home/broken ]] && printf '%s' "$old" >>"$report"
fi
exit 0
"""


@pytest.fixture
def project(runner: Runner) -> Path:
    script = runner.workspace / "lifecycle"
    script.write_text(LIFECYCLE)
    script.chmod(0o755)
    return runner.workspace


def judge(runner: Runner, **inputs: str) -> Ran:
    return runner.use(
        program=PROGRAM,
        lifecycle="command:./lifecycle",
        platform_api="0.14",
        target="registry",
        phase="exporter",
        requirement="report.default-path,report.replaced",
        workers="",
        **inputs,
    )


def first_lines(text: str, count: int = 10) -> str:
    return "\n".join(text.splitlines()[:count])


def test_the_story_of_a_gate(runner: Runner, project: Path) -> None:
    # what the project knows is written down
    first = judge(runner, write_known_failures=KNOWN)
    assert first.outputs["exit-code"] == "1"
    assert 'requirement = "report.default-path"' in (project / KNOWN).read_text()

    # and the gate is green
    green = judge(runner, known_failures=KNOWN)
    assert green.failed is None, green.log
    assert green.outputs["conformant"] == "true"
    assert int(first.outputs["failed"]) > 0
    assert green.outputs["known-failures"] == first.outputs["failed"]

    # a new mistake makes it red, and the reason is what a reader sees first
    (project / "broken").touch()
    red = judge(runner, known_failures=KNOWN)
    assert (red.failed, red.outputs["exit-code"]) == ("Verdict", "1")
    assert "### ✗ report.replaced" in first_lines(red.summary)
    assert "contents of the previous report were kept" in first_lines(red.summary, 15)
    assert "report.default-path" not in first_lines(red.summary)
    assert red.outputs["why"] == "1 MUST requirement failed"
    assert [path.name for path in Path(red.outputs["reproduce"]).iterdir() if path.is_dir()] == [
        "report.replaced"
    ]
    (project / "broken").unlink()
    assert judge(runner, known_failures=KNOWN).failed is None

    # the known mistake is mended: its entry has to go
    (project / "mended").touch()
    stale = judge(runner, known_failures=KNOWN)
    assert (stale.failed, stale.outputs["exit-code"]) == ("Verdict", "1")
    assert "the known failure of report.default-path is stale" in first_lines(stale.summary)
    assert f"{KNOWN}:" in stale.outputs["why"]

    # writing the file anew does that
    judge(runner, known_failures=KNOWN, write_known_failures=KNOWN)
    assert "report.default-path" not in (project / KNOWN).read_text()
    assert judge(runner, known_failures=KNOWN).failed is None


def test_the_documented_gitlab_job(tmp_path: Path) -> None:
    docs = (ACTION.parent / "docs" / "ci.md").read_text(encoding="utf-8")
    section = docs.partition("## GitLab\n")[2].partition("\n## ")[0]
    blocks = [each.partition("```")[0] for each in section.split("```yaml\n")[1:]]
    job = next(each for each in map(yaml.safe_load, blocks) if "conformance" in each)["conformance"]
    folder = tmp_path / job["variables"]["CNB_CONFORMANCE_LIFECYCLE"]
    folder.mkdir(parents=True)
    for phase in ("analyzer", "exporter", "creator", "rebaser"):
        path = folder / phase
        path.write_text(
            f'#!/bin/sh\nexec {sys.executable} -m pytest_cnb_report.reference {phase} "$@"\n'
        )
        path.chmod(0o755)
    (tmp_path / job["variables"]["CNB_CONFORMANCE_KNOWN_FAILURES"]).write_text("")
    install, *script = job["script"]
    assert install.startswith("pip install ")
    few = {
        "CNB_CONFORMANCE_PHASE": "exporter",
        "CNB_CONFORMANCE_REQUIREMENT": "report.default-path",
        "CNB_CONFORMANCE_TARGET": "registry",
    }
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(script)],
        cwd=tmp_path,
        env={
            **os.environ,
            **job["variables"],
            **few,
            "PATH": f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for artifact in (*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()):
        assert (tmp_path / artifact).exists(), artifact
    assert "conformant=true" in (tmp_path / "conformance.env").read_text().splitlines()
