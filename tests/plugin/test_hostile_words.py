"""A lifecycle that writes to the terminal of whoever judges it, and to the log of their CI."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from .caller import REGISTRY, Caller

SAYS = (
    "::error title=It is fine::conformant",
    "##vso[task.complete result=Succeeded;]conformant",
    "\x1b[2J\x1b[1;1Hconformant\u202etnamrofnoc\u2066\r::notice::conformant",
)
VERSION = "1.2.3-\x1b[2Jconformant\u202e##vso[task]"
NAME = "life\u202ecycle::\u200b##[error]"
"""Of the executable."""


def hidden(text: str) -> set[str]:
    categories = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return {c for c in text if unicodedata.category(c) in categories} - {*"\n\t"}


def orders(text: str) -> list[str]:
    every = text.splitlines()
    return [x for x in every if x.lstrip().startswith("::") or "##vso[" in x or "##[" in x]


def test_what_it_says_is_seen_and_does_nothing(caller: Caller) -> None:
    said = "\n".join(f"printf '%s\\n' '{line}' >&2" for line in SAYS)
    lifecycle = caller.script(
        NAME,
        f"if [ \"$2\" = -version ]; then printf '%s\\n' '{VERSION}'; exit 0; fi",
        f'[ "$1" = exporter ] || exec {sys.executable} -m pytest_cnb_report.reference "$@"',
        *said.splitlines(),
        "exit 1",
    )
    asked = (*REGISTRY, "--phase", "exporter", "--requirement", "export.succeeds")
    ended = caller.inside(
        *("--lifecycle", f"command:{lifecycle}", "--platform-api", "0.14", *asked),
        *("--output", "out", "--", "-k", "[exporter-registry-plain]"),
    )
    assert ended.code == 1, ended.said
    told = " ".join(ended.said.split())
    assert "It is fine" in told, "it is told what the lifecycle said last"
    files = {path: path.read_text() for path in told_in(caller.folder / "out")}
    for text in (ended.said, *files.values()):
        assert hidden(text) == set()
    for text in (ended.said, *(text for path, text in files.items() if path.suffix != ".json")):
        if "<html" not in text and "<testsuites" not in text:
            assert orders(text) == []
    assert caller.report()["lifecycle"]["version"] == VERSION
    (again,) = (caller.folder / "out").rglob("run.sh")
    subprocess.run(["bash", "-n", again], check=True)


@pytest.mark.parametrize("words", [["--\x1b[2J"], ["--target", SAYS[2]], ["--lifecycle", SAYS[2]]])
def test_so_it_is_with_words_that_are_refused(caller: Caller, words: list[str]) -> None:
    ended = caller.inside(*words)
    assert ended.code == 2
    assert "\\x1b[2J" in ended.stderr
    assert hidden(ended.said) == set()
    assert orders(ended.said) == []


def told_in(output: Path) -> list[Path]:
    """The files that people read."""
    (readme,) = output.glob("reproduce/*/*/README.txt")
    (script,) = output.glob("reproduce/*/*/run.sh")
    reports = ("report.json", "report.html", "report.md", "junit.xml", "badge.json")
    return [*(output / name for name in reports), readme, script]
