"""Every documented command of the console script is run, page by page, in the order of the page.

The reference stands for the lifecycles that pages name, and runs are quick ones. What needs Docker,
a registry of its own or a real failure is run by the tests that `ELSEWHERE` names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from .files import CHECKOUT
from .test_code_blocks import blocks, commands

PROGRAM = Path(sys.executable).with_name("cnb-conformance")
LIFECYCLES = (
    *("lifecycle", "path/to/lifecycle", "cnb/lifecycle", "out/lifecycle"),
    *("out/v0.19", "out/v0.20", "out/v0.21"),
)
STANDS_FOR = {"/cnb/lifecycle": "cnb/lifecycle", "$PWD/lifecycle": "lifecycle"}
ELSEWHERE = {
    "check-report": "tests/cli/test_check_report.py",
    "simplify": "tests/cli/test_simplify.py",
    "image:": "tests/lifecycles/test_image.py",
    "container:": "tests/daemon/test_lifecycle_in_a_container.py",
    ".tgz": "tests/lifecycles/test_archive.py",
    "release/bin": "tests/distribution/test_installed.py",
    "whatif": "tests/amend/test_whatif.py",
}
"""What a command contains that is run by another module."""


def documented() -> dict[str, list[list[str]]]:
    """Return the commands of each page, as words."""
    found: dict[str, list[list[str]]] = {}
    for block in blocks():
        if block.language == "sh":
            ours = (words for words in commands(block.body) if _is_ours(words))
            found.setdefault(block.page, []).extend(ours)
    return {page: lines for page, lines in found.items() if lines}


def _is_ours(words: Sequence[str]) -> bool:
    if not words[0].endswith("cnb-conformance"):
        return False
    return not any(part in " ".join(words) for part in ELSEWHERE)


PAGES = documented()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands of the pages refer to."""
    folder = tmp_path_factory.mktemp("prepared")
    for name in LIFECYCLES:
        for phase in ("analyzer", "exporter", "creator", "rebaser"):
            script(folder / name / phase, f'{phase} "$@"')
    script(folder / "adapter.sh", '"$@"')
    change = CHECKOUT / "docs" / "changes" / "stale-stack-labels.toml"
    shutil.copy(change, folder / "change.toml")
    results = folder / "results" / "v0.19"
    run(folder, "run", "--quick", "--target", "registry", "--output", str(results))
    shutil.copytree(results, results.with_name("v0.20"))
    for name, file in (("OLD.json", "report.json"), ("NEW.json", "report.json")):
        shutil.copy(results / file, folder / name)
    shutil.copy(results / "record.xz", folder / "record.xz")
    return folder


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it for one page."""
    return shutil.copytree(prepared, tmp_path / "workspace")


def script(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    reference = f"{sys.executable} -m pytest_cnb_report.reference"
    path.write_text(f"#!/bin/sh\nexec {reference} {words}\n")
    path.chmod(0o755)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("DOCKER_")}
    return subprocess.run(
        [PROGRAM, *words],
        cwd=folder,
        env=inherited,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def arguments(words: Sequence[str]) -> Iterator[str]:
    """Return the words behind the program's name, of a run that is quick and at the registry."""
    runs = words[1] == "run" or "--lifecycle" in words
    rest = list(words[2:])
    behind = rest[rest.index("--") :] if "--" in rest else []
    yield words[1]
    yield from (STANDS_FOR.get(word, word) for word in rest[: len(rest) - len(behind)])
    if runs and not behind and "--quick" not in words:
        yield "--quick"
    if runs and "--target" not in words:
        yield from ("--target", "registry")
    yield from behind


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page(page: str, workspace: Path) -> None:
    for words in PAGES[page]:
        ended = run(workspace, *arguments(words))
        # the reference does not try again what a registry has refused once
        code = 1 if "--registry-faults" in words else 0
        assert ended.returncode == code, f"{' '.join(words)}\n{ended.stdout}\n{ended.stderr}"


def test_what_is_left_out_is_run_elsewhere() -> None:
    for path in ELSEWHERE.values():
        assert (CHECKOUT / path).is_file()
    assert len(PAGES) >= 8
