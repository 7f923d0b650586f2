"""What the documents show does what they say."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from pytest_cnb_report.options import OPTIONS

from .caller import ONE_ITEM, Caller

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in (*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md"))
    if path.name
    not in {"requirements.md", "open-questions.md", "scenarios.md"}  # generated, tried elsewhere
)


def blocks(document: str, language: str) -> list[str]:
    """The blocks of code in a document that are in this language."""
    text = (CHECKOUT / document).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_adapter_that_is_shown(caller: Caller) -> None:
    program, *_ = blocks("docs/writing-an-adapter.md", "shell")
    (command,) = blocks("docs/writing-an-adapter.md", "sh")
    (caller.folder / "phases").mkdir()
    for phase in ("analyzer", "exporter", "creator", "rebaser"):
        reference = f"exec {sys.executable} -m pytest_cnb_report.reference {phase}"
        caller.script(f"phases/{phase}", f'{reference} "$@"')
    program = program.replace("/opt/lifecycle/", f"{caller.folder}/phases/")
    log = caller.folder / "calls.log"
    caller.script("adapter.sh", *re.sub(r">>\S+", f">>{log}", program).splitlines()[1:])
    words = command.split("cnb-conformance run")[1].replace("'", "").split()
    ended = caller.inside(*words, *ONE_ITEM)
    assert ended.code == 0, ended.said
    assert [line.split()[0] for line in log.read_text().splitlines()][-4:] == [
        "analyzer",
        "exporter",
        "rebaser",
        "rebaser",
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_links_lead_to_what_is_there(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        place, _, anchor = link.partition("#")
        if ":" in place:
            continue
        target = document.parent / place if place else document
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            text = target.read_text(encoding="utf-8")
            headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}
            assert anchor in anchors | set(re.findall(r'<a id="([^"]+)">', text)), link


def test_commands_that_are_shown_name_options_that_there_are() -> None:
    known = {f"--{option.name}" for option in OPTIONS}
    for document in DOCUMENTS:
        for block in blocks(str(document.relative_to(CHECKOUT)), r"(?:sh|console)"):
            for command in re.findall(r"cnb-conformance run (.*)", block.replace("\\\n", " ")):
                words = re.findall(r"(?<= )--[a-z][a-z-]*", f" {command.partition(' -- ')[0]}")
                assert set(words) <= known, f"{document.name}: {command}"
