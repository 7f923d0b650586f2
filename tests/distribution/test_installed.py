"""Installed in an empty environment and used from another folder, in each way."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .conftest import CHECKOUT, Installed, ran

ASKED = {
    "target": "registry",
    "phase": "rebaser",
    "requirement": "rebase.layers",
    "output": "out",
}


def is_judged(folder: Path) -> None:
    """Assert that a run judged what it was asked to and found it met."""
    report = json.loads((folder / "out" / "report.json").read_text())
    assert [(r["requirement"], r["outcome"]) for r in report["results"]] == [
        ("rebase.layers", "pass")
    ]


def test_it_is_the_installed_package(installed: Installed, tmp_path: Path) -> None:
    said = ran(
        installed.programs / "python",
        "-c",
        "import pytest_cnb_report as p, pytest_cnb_report.conformance as c; print(p, c)",
        cwd=tmp_path,
    )
    assert str(CHECKOUT) not in said
    assert said.count("__init__.py") == 2


def test_the_console_script(installed: Installed, tmp_path: Path) -> None:
    options = [word for name, value in ASKED.items() for word in (f"--{name}", value)]
    program = installed.programs / "cnb-conformance"
    said = ran(program, "run", "--quick", *options, cwd=tmp_path)
    assert "counts     1 met, of 1 requirement" in said
    assert "warning" not in said.lower()
    is_judged(tmp_path)


def test_plain_pytest(installed: Installed, tmp_path: Path) -> None:
    options = ["--cnb-quick", *(f"--cnb-{name}={value}" for name, value in ASKED.items())]
    suite = ("--pyargs", "pytest_cnb_report.conformance")
    python = installed.programs / "python"
    said = ran(python, "-m", "pytest", "-p", "no:randomly", *suite, *options, cwd=tmp_path)
    assert "1 passed" in said
    is_judged(tmp_path)


def test_the_fixtures_in_somebody_elses_tests(installed: Installed, tmp_path: Path) -> None:
    page = (CHECKOUT / "docs" / "using-the-fixtures.md").read_text(encoding="utf-8")
    example, *_ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "test_theirs.py").write_text(example)
    python = installed.programs / "python"
    said = ran(python, "-m", "pytest", "-p", "no:randomly", "--cnb-target=registry", cwd=tmp_path)
    assert "3 passed" in said


def test_a_checkout_beside_what_is_installed(installed: Installed, tmp_path: Path) -> None:
    options = [f"--cnb-{name}={value}" for name, value in ASKED.items() if name != "output"]
    options.append("--cnb-quick")
    python, output = installed.programs / "python", tmp_path / "out"
    words = ("-p", "no:randomly", "-p", "no:cacheprovider", f"--cnb-output={output}")
    said = ran(python, "-m", "pytest", *words, *options, "conformance", cwd=CHECKOUT)
    assert "1 passed" in said
    is_judged(tmp_path)


def test_the_vectors_and_the_schema_can_be_read(installed: Installed, tmp_path: Path) -> None:
    program = (
        "from importlib.resources import files\n"
        "vectors = files('pytest_cnb_report.fixtures') / 'reports' / 'vectors'\n"
        "print(len([v for v in vectors.iterdir() if (v / 'vector.json').is_file()]))\n"
        "print((files('pytest_cnb_report.report') / 'schema.json').is_file())\n"
    )
    count, schema = ran(installed.programs / "python", "-c", program, cwd=tmp_path).split()
    assert int(count) >= 200
    assert schema == "True"
