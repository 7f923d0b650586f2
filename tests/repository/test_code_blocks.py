"""Every fenced block of the README and the written pages is run, parsed, or read by what reads it.

A block in a language without a check, and a command of a program without one, fail: no new block is
left out. Options are parsed by the real parser and their values looked up;
`test_documented_commands` runs the commands themselves, as quick runs on the reference.
"""

from __future__ import annotations

import argparse
import configparser
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tomli
import yaml

from pytest_cnb_report.cli.main import _parser, _split
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.report.known_failures import loads
from pytest_cnb_report.report.record import read
from pytest_cnb_report.requirements.amendment_file import read_amendment
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.values import PLATFORM_APIS, Level, Outcome, Profile

from .files import CHECKOUT, document, environments, text

FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^\1``` *$", re.MULTILINE | re.DOTALL)
GENERATED = re.compile(r"<!-- (Generated from|made by)")

NOT_OURS = {
    *(
        "apt-get",
        "cat",
        "cd",
        "code=0",
        "code=$?",
        "curl",
        "exit",
        "gh",
        "git",
        "go",
        "mutmut",
        "rm",
        "tar",
    ),
    *("tee", "unzip", "make", "mkdir", "echo", "pack", "rebase", "."),
}
"""Programs whose words say nothing of this project; their syntax is checked all the same."""

SUBSTITUTED = {
    "port=5000": "port=0",  # another test may hold it
    "input(": "print(",  # nobody is there to press Enter
}
IMAGE = "ghcr.io/buildpacks/pytest-cnb-report"
STANDS_FOR = {"$code": "1"}
"""What a shell puts in the place of a word."""
RUN_ELSEWHERE = {"docs/using-the-fixtures.md": "tests/fixtures_api/test_example.py"}
"""Pages whose Python, ini and TOML blocks are run by a module of its own, as pytest files."""


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    body: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> Iterator[Block]:
    pages = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
    for path in pages:
        content = path.read_text("utf-8")
        if GENERATED.match(content):
            continue
        for found in FENCE.finditer(content):
            indent, language, body = found.groups()
            lines = [line.removeprefix(indent) for line in body.splitlines()]
            number = content.count("\n", 0, found.start()) + 1
            yield Block(str(path.relative_to(CHECKOUT)), number, language, "\n".join(lines) + "\n")


def shell(script: str) -> None:
    """Check the syntax of a script, and every command of a program that is the project's own."""
    # `…` and `[…]` stand for words that a reader fills in
    ended = subprocess.run(
        ["bash", "-n"], input=script, text=True, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    for words in commands(script):
        command(words)


def commands(script: str) -> Iterator[list[str]]:
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&<>")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set(";|&"):
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                    words.pop(0)
                if words:
                    yield words
                words = []
            else:
                words.append(word)


def command(words: Sequence[str]) -> None:
    program, rest = called(words)
    if program.startswith("before="):
        return
    if program in {"python", "python3", "pip", "pipx"}:
        assert rest[:2] in (["-m", "venv"], ["-m", "build"]) or rest[0] == "install", words
    elif program == "cnb-conformance":
        conformance(rest)
    elif program == "tox":
        named = rest[rest.index("-e") + 1].split(",") if "-e" in rest else []
        assert set(named) <= set(environments()), words
    elif program == "pytest":
        for word in rest:
            assert not word.startswith("tests/") or (CHECKOUT / word).exists(), word
            assert not word.startswith("--cnb-") or word[6:] in {o.name for o in OPTIONS}, word
    elif program == "bash":
        assert re.search(r"reproduce/.*run\.sh$|^run\.sh$", rest[0]), words
        assert set(rest[1:]) <= {"--call", "--keep"}, words
    else:
        assert words[0] in NOT_OURS, f"no check for the program {words[0]!r}"


def called(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the program that is run in the end, and its arguments."""
    program, rest = Path(words[0]).name, list(words[1:])
    if any(word in rest for word in ("<", ">", ">>")):
        rest = rest[: min(rest.index(word) for word in ("<", ">", ">>") if word in rest)]
    through = {"uvx": "cnb-conformance", "pipx": "cnb-conformance", "docker": IMAGE}.get(program)
    for place, word in enumerate(rest):
        if through is not None and word.partition(":")[0] == through:
            return "cnb-conformance", rest[place + 1 :]
    return program, rest


def conformance(words: Sequence[str]) -> None:
    own, for_pytest = _split([STANDS_FOR.get(word, word) for word in words])
    options = parser().parse_args(own)  # exits with 2 where it does not know one
    assert not for_pytest or options.command in {"run", "matrix"}
    given: Mapping[str, Any] = vars(options)
    if profile := given.get("profile"):
        Profile(profile)
    for api in flat(given.get("platform_api")):
        assert api in {*map(str, PLATFORM_APIS), "API", "0.16"}, api
    for glob in flat(given.get("requirement")):
        assert glob == "…" or any(fnmatchcase(name, glob) for name in known()), glob


@cache
def known() -> tuple[str, ...]:
    """The identifiers of all requirements."""
    return tuple(requirement.id for requirement in load_catalogue())


@cache
def parser() -> argparse.ArgumentParser:
    """The parser of the console script, which takes a while to make."""
    return _parser()


def flat(value: object) -> list[str]:
    return list(value) if isinstance(value, list) else [] if value is None else [str(value)]


def is_sh(block: Block, _: Path) -> None:
    shell(block.body)


def is_console(block: Block, _: Path) -> None:
    shown = re.findall(r"^\$ ((?:.*\\\n)*.*)", block.body, re.MULTILINE)
    assert shown, "no line begins with `$ `: what is printed alone is `text`"
    shell("\n".join(shown))


def is_adapter(block: Block, _: Path) -> None:
    """A part of a script of somebody's own."""
    ended = subprocess.run(["sh", "-n"], input=block.body, text=True, check=False)
    assert ended.returncode == 0


def is_python(block: Block, _: Path) -> None:
    if is_run_elsewhere(block):
        return
    program = block.body
    for before, after in SUBSTITUTED.items():
        program = program.replace(before, after)
    exec(compile(program, str(block), "exec"), {})  # noqa: S102 - what the page tells to run


def is_run_elsewhere(block: Block) -> bool:
    module = RUN_ELSEWHERE.get(block.page)
    return module is not None and f'blocks("{block.language}")' in text(module)


def is_toml(block: Block, folder: Path) -> None:
    read = tomli.loads(block.body)
    if is_run_elsewhere(block):
        return
    if "known-failure" in read:
        assert loads(block.body, str(block), known()).entries
    else:
        path = folder / "change.toml"
        heading = "" if "text" in read else 'text = "a change"\n'
        path.write_text(heading + block.body)
        assert read_amendment(path).settings


def is_ini(block: Block, _: Path) -> None:
    ini = configparser.ConfigParser()
    ini.read_string(block.body)
    assert set(ini["pytest"]) <= {option.attribute for option in OPTIONS}


def is_yaml(block: Block, _: Path) -> None:
    inputs = document("action.yml")["inputs"]
    seen = False
    written = yaml.safe_load(block.body)
    if isinstance(written, dict) and written.get("kind") == "TaskRun":
        (task,) = (document(f"tekton/{path.name}") for path in (CHECKOUT / "tekton").iterdir())
        assert written["spec"]["taskRef"]["name"] == task["metadata"]["name"]
        declared = {each["name"] for each in task["spec"]["params"]}
        assert {each["name"] for each in written["spec"]["params"]} <= declared
        seen = True
    for key, value in pairs(written):
        if key == "component":
            name = value.rpartition("/")[2].partition("@")[0]
            component = next(yaml.safe_load_all(text(f"templates/{name}.yml")))
            assert set(written["include"][0]["inputs"]) <= set(component["spec"]["inputs"])
            seen = True
        if key in {"run", "script"}:
            shell("\n".join(value) if isinstance(value, list) else value)
            seen = True
        if key == "with" and isinstance(value, tuple):
            uses, given = value
            if uses.startswith("buildpacks/pytest-cnb-report@"):
                assert set(given) <= set(inputs), block
                seen = True
    assert seen, "nothing in it that could be checked"


def pairs(node: object) -> Iterator[tuple[str, Any]]:
    """Every key and value of a document; `with` comes with the action that it is for."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key), (node["uses"], value) if key == "with" else value
            yield from pairs(value)
    elif isinstance(node, list):
        for each in node:
            yield from pairs(each)


def is_markdown(block: Block, _: Path) -> None:
    """What `whatif` printed is the beginning of a published answer; the other one is the badge."""
    answers = [path.read_text("utf-8") for path in (CHECKOUT / "docs" / "changes").glob("*.md")]
    assert any(answer.startswith(block.body) for answer in answers) or "badge.json" in block.body


def is_text(block: Block, _: Path) -> None:
    assert not re.search(r"^\$ ", block.body, re.MULTILINE), "commands are in a `console` block"


CHECKS: Mapping[str, Callable[[Block, Path], None]] = {
    "sh": is_sh,
    "shell": is_adapter,
    "console": is_console,
    "python": is_python,
    "toml": is_toml,
    "ini": is_ini,
    "yaml": is_yaml,
    "markdown": is_markdown,
    "text": is_text,
}


@pytest.mark.parametrize("block", list(blocks()), ids=str)
def test_a_block_is_true(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert block.language in CHECKS, f"{block}: no check for a block of {block.language!r}"
    CHECKS[block.language](block, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        "cnb-conformance run --lifecylce x\n",
        "cnb-conformance run --requirement rebase.lairs\n",
        "cnb-conformance judge a.xz --profile draft\n",
        "true && unknown-program\n",
        "tox -e nowhere\n",
        "if\n",
    ],
)
def test_a_block_that_is_not_fails(body: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, SystemExit, ValueError)):
        is_sh(Block("page.md", 1, "sh", body), tmp_path)


def test_the_front_page_has_the_results_that_are_published() -> None:
    row = re.compile(r"^\| v(\S+) \| (\S+) \| (.*) \|$", re.MULTILINE)
    rows = row.findall(text("docs/index.md"))
    assert rows
    for version, api, failed in rows:
        folder = f"v{version}-api-{api}-platform-spec-registry"
        report = read(CHECKOUT / "docs" / "results" / folder / "report.json.xz")
        found = {
            result.requirement
            for result in report.results
            if (result.level, result.outcome) == (Level.MUST, Outcome.FAIL)
        }
        assert set(re.findall(r"`(.*?)`", failed)) == found


def test_the_command_of_the_tutorial_on_the_reference(tmp_path: Path) -> None:
    (script,) = (each.body for each in blocks() if "-k app-without-history" in each.body)
    (words,) = commands(script.replace('"$PWD/lifecycle"', "reference"))
    ended = subprocess.run(
        [sys.executable, "-m", "pytest_cnb_report.cli.main", *words[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "counts     1 met, of 1 requirement" in ended.stdout
    assert (tmp_path / "results" / "report.html").is_file()
