"""The example workflows: each step in a shell, with stand-ins for what it installs and fetches."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from .github import ACTION, action
from .test_action import PROGRAM
from .workflow import Workflow

ROOT = ACTION.parent
REFERENCE = f"{sys.executable} -m pytest_cnb_report.reference"
FEW = {
    "CNB_CONFORMANCE_TARGET": "registry",
    "CNB_CONFORMANCE_PHASE": "exporter",
    "CNB_CONFORMANCE_QUICK": "1",
    "CNB_CONFORMANCE_REQUIREMENT": "report.image.tags",
}

PACK = f"""\
#!/bin/sh
# pack, as far as the adapters call it: the reference, which reads flags with two dashes as well
command=$1
flags=
shift
while [ $# -gt 1 ]; do
  case $1 in
    version | --no-color | --publish | --trust-builder | --trust-extra-buildpacks) shift ;;
    --pull-policy | --builder | --network | --cache) shift 2 ;;
    --report-output-dir) flags="$flags -report $2/report.toml"; shift 2 ;;
    --path) flags="$flags -app $2"; shift 2 ;;
    --buildpack) buildpack=$2; shift 2 ;;
    --default-process) flags="$flags -process-type $2"; shift 2 ;;
    --force) flags="$flags --force"; shift ;;
    *) flags="$flags $1 $2"; shift 2 ;;
  esac
done
case $command in
  version) echo 0.40.5 ;;
  rebase) exec {REFERENCE} rebaser $flags "$1" ;;
  build)
    layers=$(mktemp -d)
    named=$(grep -Em2 '^(id|version) = ' "$buildpack/buildpack.toml")
    printf '[[order]]\\n[[order.group]]\\n%s\\n' "$named" >"$layers/order.toml"
    set -- -layers "$layers" -buildpacks "${{buildpack%/*/*}}" -launcher "$0" $flags "$1"
    exec {REFERENCE} creator "$@"
    ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for programs that stand in for those of a runner."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def stand_in(programs: Path, name: str, script: str = "exit 0") -> None:
    path = programs / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def phases(folder: Path, before: str = "") -> str:
    """Write the commands that make a lifecycle: the reference, with what is done before a phase."""
    script = "\n".join(["#!/bin/sh", before, f'exec {REFERENCE} "${{0##*/}}" "$@"', ""])
    return f"mkdir -p {folder}\n" + "\n".join(
        f"printf '%s' {shlex.quote(script)} >{folder}/{phase} && chmod +x {folder}/{phase}"
        for phase in ("analyzer", "exporter", "creator", "rebaser")
    )


def workflow(
    name: str,
    programs: Path,
    *,
    suite: Path = ROOT,
    context: Mapping[str, str] | None = None,
) -> Workflow:
    repository = programs.parent / "repository"
    repository.mkdir()
    path = os.pathsep.join([str(programs), str(Path(PROGRAM).parent), os.environ["PATH"]])
    return Workflow(
        path=ROOT / "examples" / "workflows" / f"{name}.yml",
        folder=programs.parent / "jobs",
        repository=repository,
        suite=suite,
        program=PROGRAM,
        variables={**FEW, "PATH": path},
        context=context or {},
    )


def test_a_lifecycle(programs: Path) -> None:
    broken = "[ $CNB_PLATFORM_API = 0.13 ] || export CNB_REFERENCE_FAULT=no-tags"
    stand_in(programs, "make", phases(Path("out/lifecycle"), broken))
    stand_in(programs, "gh", 'printf "%s\\n" "$@"; cat comment.md')
    ours = {
        "github.repository": "o/r",
        "github.event.pull_request.head.repo.full_name": "o/r",
        "github.event.pull_request.number": "12",
    }
    example = workflow("lifecycle", programs, context=ours)
    (example.repository / "known-failures.toml").write_text("")
    ran = example.run()
    assert ran["test-0.13"].failed is None, ran["test-0.13"].log
    assert ran["test-0.14"].failed == "buildpacks/pytest-cnb-report@main"
    assert "report.image.tags" in ran["test-0.14"].summary
    comment = ran["comment"]
    assert comment.failed is None, comment.log
    assert comment.log.splitlines().count("12") == 1
    said = re.findall(r"^(\*\*Platform.*|## . \w+ ?\w*|### .*)", comment.log, re.MULTILINE)
    assert said[:2] == ["**Platform API 0.13**", "## ✓ conformant "]
    assert said[2:5] == ["**Platform API 0.14**", "## ✗ not conformant", "### ✗ report.image.tags"]


def test_pack(programs: Path) -> None:
    stand_in(
        programs,
        "go",
        f'mkdir -p out\nprintf \'%s\' {shlex.quote(PACK)} >"$PACK"\nchmod +x "$PACK"',
    )
    stand_in(programs, "curl", f"{phases(Path('lifecycle'))}\ntar -czf lifecycle.tgz lifecycle")
    stand_in(programs, "docker")
    ran = workflow("pack", programs).run()
    rebase, build = ran["test-rebase-rebaser-0.15-0.21.0"], ran["test-build-creator-0.14-0.20.20"]
    assert rebase.failed is None, rebase.log
    assert build.failed is None, build.log
    for job in (rebase, build):
        assert "counts     1 met, of 1 requirement" in job.log
        assert "pack" in job.summary


def test_the_specification(programs: Path) -> None:
    stand_in(programs, "pip")
    # one that is installed has no docs/results beside it, which take a while to read
    few = next((ROOT / "docs" / "results" / "platforms").glob("kpack-*"))
    trace = f'[ "$1" != trace ] || set -- "$@" --results {shlex.quote(str(few))}'
    stand_in(programs, "cnb-conformance", f'{trace}\nexec {shlex.quote(PROGRAM)} "$@"')
    suite = programs.parent / "suite"
    recorded = suite / "docs" / "results" / "a lifecycle" / "record.xz"
    recorded.parent.mkdir(parents=True)
    shutil.copy(ROOT / "fixtures" / "observations" / "api-0.11.xz", recorded)
    example = workflow("spec", programs, suite=suite)
    text = "This document specifies Platform API version `0.15`.\n\n## Rebase\n\nIt MUST sing.\n"
    (example.repository / "platform.md").write_text(text)
    change = example.repository / "conformance" / "change.toml"
    change.parent.mkdir()
    change.write_text('text = "Labels stay"\n[reading]\nstale-labels = "b"\n')
    ran = example.run()
    assert ran["trace"].failed == "cnb-conformance trace --spec . --check --output trace.md"
    assert "platform.md:5: changed: Rebase" in ran["trace"].log
    assert "It MUST sing" in ran["trace"].summary
    assert ran["whatif"].failed is None, ran["whatif"].log
    assert ran["whatif"].summary.startswith("### What if: Labels stay\n\n**1 requirement flips")


def test_every_example_is_run_and_has_few_rights() -> None:
    names = {path.stem for path in (ROOT / "examples" / "workflows").iterdir()}
    assert names == {"lifecycle", "pack", "spec"}
    for name in names:
        document = yaml.safe_load((ROOT / "examples" / "workflows" / f"{name}.yml").read_text())
        assert document["permissions"] == {"contents": "read"}
        for job in document["jobs"].values():
            assert job["timeout-minutes"] <= 30
            assert set(job.get("permissions", {})) <= {"pull-requests"}
            for step in job["steps"]:
                if step.get("uses", "").startswith("buildpacks/") or step.get("uses") == "./suite":
                    assert set(step["with"]) <= set(action()["inputs"])
