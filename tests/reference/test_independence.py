"""The reference shares nothing with the code that judges it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest_cnb_report.reference

FOLDER = Path(pytest_cnb_report.reference.__file__).parent
OWN = "pytest_cnb_report.reference"


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_it_imports_only_the_standard_library_tomli_and_itself() -> None:
    allowed = {*sys.stdlib_module_names, "tomli"}
    foreign = {
        (str(path.relative_to(FOLDER)), name)
        for path in FOLDER.rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] not in allowed and not name.startswith(OWN)
    }
    assert foreign == set()
