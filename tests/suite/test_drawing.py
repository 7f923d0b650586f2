"""One seed draws the same label sets, whoever has them drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.generated_cases import GENERATED, generated_cases
from pytest_cnb_report.planning.generated import draw_label_sets
from pytest_cnb_report.strategies import CHARACTERS

PROGRAM = """
import {modules}
from pytest_cnb_report.drive.generated_cases import generated_cases
from pytest_cnb_report.planning.generated import draw_label_sets
for case in generated_cases():
    for labels in draw_label_sets(case.generated, examples=60, seed=3):
        print(sorted(labels.app.items()), sorted(labels.run_image.items()))
"""


def drawn_by(modules: str, folder: Path) -> str:
    """Draw in a process of its own, whose module `theirs` is somebody's project."""
    folder.mkdir()
    strings = [f"telling {number}" for number in range(50)]
    (folder / "theirs.py").write_text(f"STRINGS = {strings}\nNUMBERS = {list(range(200, 400))}\n")
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(modules=modules)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_what_a_project_has_loaded_changes_nothing(tmp_path: Path) -> None:
    plain = drawn_by("sys", tmp_path / "plain")
    assert plain.count("\n") > 40
    assert drawn_by("theirs", tmp_path / "project") == plain


@pytest.mark.parametrize("case", generated_cases(), ids=lambda case: case.name)
def test_another_seed_draws_other_sets(case: Case) -> None:
    assert case.generated is not None
    one, same, other = (
        draw_label_sets(case.generated, examples=20, seed=seed) for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_text_is_of_all_characters_and_no_others() -> None:
    small = [each for each in GENERATED if each.strategy == "small"]
    sets = [labels for each in small for labels in draw_label_sets(each, examples=800, seed=0)]
    text = "".join(value for labels in sets for value in labels.run_image.values())
    assert set(text) == set(CHARACTERS)
