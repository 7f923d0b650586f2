"""The same lifecycle gets the same verdicts, whichever registry its images are in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from machine import cannot_run, registry_in_a_container
from pytest_cnb_report.registry.process import find_program

LIFECYCLE = "reference:split-by-layer-count"
"""A faulty one, so that failures have to agree too."""

REQUIREMENTS = ("report.image.digest", "report.run-image.reference*", "rebase.layers")


def verdicts(registry: str, output: Path, lifecycle: str) -> dict[str, str]:
    """Run the console script at one registry; every result by its place."""
    options = [f"--requirement={pattern}" for pattern in REQUIREMENTS]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest_cnb_report.cli.main", "run"),
            *("--lifecycle", lifecycle, "--target", "registry", "--registry", registry),
            *("--examples", "4", "--output", str(output), *options),
            *("--", "-k", "plain or layers or several or new-name or mirror or unlisted"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        # Ryuk's image is not everywhere, and the suite sweeps its own containers
        env={**os.environ, "TESTCONTAINERS_RYUK_DISABLED": "true"},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads((output / "report.json").read_text())
    return {
        f"{r['requirement']} {r['phase']} {r['case']}": f"{r['outcome']}: {r['message']}"
        for r in report["results"]
    }


@pytest.mark.parametrize("registry", ["process", "container"])
def test_verdicts_do_not_depend_on_the_registry(registry: str, tmp_path: Path) -> None:
    if registry == "process" and find_program() is None:
        cannot_run("REGISTRIES", "docker-registry is not installed")
    if registry == "container":
        with registry_in_a_container():  # skips where there can be none
            pass
    lifecycle = os.environ.get("CNB_CONFORMANCE_LIFECYCLE", LIFECYCLE)
    embedded = verdicts("embedded", tmp_path / "embedded", lifecycle)
    other = verdicts(registry, tmp_path / registry, lifecycle)
    assert other == embedded
    assert any(verdict.startswith("fail") for verdict in embedded.values())
