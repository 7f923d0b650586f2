"""`compare`: what changed between two runs, for people, for a summary and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_cnb_report.report.record import dumps
from pytest_cnb_report.values import Outcome, Profile

from .console import Console
from .made import result, run, written

BEFORE = run(result("report.written"), result("report.valid-toml", Outcome.FAIL, message="no TOML"))
AFTER = run(
    result("report.written", Outcome.FAIL, message="no report"), result("report.valid-toml")
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return written(tmp_path / "old", BEFORE), written(tmp_path / "new", AFTER)


def test_what_no_longer_passes_is_exit_code_1(console: Console, files: tuple[Path, Path]) -> None:
    ended = console("compare", *files)
    assert ended.code == 1
    assert "Newly failing\n  report.written (MUST)" in ended.out
    assert "Newly passing\n  report.valid-toml (MUST)" in ended.out
    assert ended.out.endswith("1 requirement passed before and does not now\n")


def test_what_was_gained_is_exit_code_0(console: Console, files: tuple[Path, Path]) -> None:
    before, _ = files
    assert console("compare", before, before).code == 0


def test_folders_stand_for_the_results_in_them(console: Console, files: tuple[Path, Path]) -> None:
    assert console("compare", *(file.parent for file in files)).code == 1


def test_as_json(console: Console, files: tuple[Path, Path]) -> None:
    ended = console("compare", *files, "--format", "json")
    told = json.loads(ended.out)
    assert ended.code == told["exit_code"] == 1
    assert [each["requirement"] for each in told["newly_failing"]] == ["report.written"]
    assert [each["requirement"] for each in told["newly_passing"]] == ["report.valid-toml"]


def test_as_markdown(console: Console, files: tuple[Path, Path]) -> None:
    ended = console("compare", *files, "--format", "markdown")
    assert ended.code == 1
    assert ended.out.startswith("## 1 requirement passed before and does not now\n")
    assert "| `report.written` | MUST | exporter" in ended.out


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_no_line_is_wider_than_the_terminal(
    console: Console,
    files: tuple[Path, Path],
    columns: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = console("compare", *files).out.splitlines()
    assert max(map(len, lines)) <= int(columns)


def test_colour_as_pytest_has_it(
    console: Console, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in console("compare", *files).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31;1mNewly failing\x1b[0m" in console("compare", *files).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in console("compare", *files).out
    monkeypatch.setenv("PY_COLORS", "1")
    assert "\x1b" in console("compare", *files).out


def test_runs_of_two_profiles_are_refused(console: Console, tmp_path: Path) -> None:
    old = written(tmp_path / "old", BEFORE)
    new = written(tmp_path / "new", run(result("report.written"), profile=Profile.PLATFORM_SPEC))
    problem = console("compare", old, new).problem
    assert "rfc-0129-draft" in problem
    assert "platform-spec" in problem
    assert "Judge the record of one of them again, with the --profile" in problem


def _damaged(text: str) -> dict[str, tuple[str, str]]:
    newer = text.replace('"schema_version": 1', '"schema_version": 7')
    return {
        "newer": (newer, "has layout 7"),
        "truncated": (text[: len(text) // 2], "ends in the middle"),
        "empty": ("", "ends in the middle"),
        "no JSON": ("<html></html>", "is not JSON"),
        "another tool's": (
            '{"version": "2.1.0", "runs": []}',
            "is not a results file of this suite",
        ),
        "another suite's": (text.replace("pytest-cnb-report", "other"), "was written by 'other'"),
        "a list": ("[]", "is not a results file of this suite"),
        "edited": (text.replace('"platform_api": "0.14"', '"platform_api": 14'), "$.platform_api"),
    }


@pytest.mark.parametrize("kind", sorted(_damaged("")))
@pytest.mark.parametrize("which", ["old", "new"])
def test_what_is_no_results_file_is_named(
    console: Console, tmp_path: Path, kind: str, which: str
) -> None:
    text, said = _damaged(dumps(BEFORE))[kind]
    good, bad = written(tmp_path / "good", BEFORE), tmp_path / "bad.json"
    bad.write_text(text)
    problem = console("compare", *((bad, good) if which == "old" else (good, bad))).problem
    assert problem.startswith("cnb-conformance compare: ")
    assert str(bad) in problem
    assert said in problem


def test_what_is_not_there_is_named(console: Console, tmp_path: Path) -> None:
    good = written(tmp_path / "good", BEFORE)
    assert "No such file" in console("compare", good, tmp_path / "gone.json").problem
    (tmp_path / "empty").mkdir()
    assert "empty/report.json" in console("compare", tmp_path / "empty", good).problem


def test_binary_is_no_results_file(console: Console, tmp_path: Path) -> None:
    good, bad = written(tmp_path / "good", BEFORE), tmp_path / "bad.json"
    bad.write_bytes(b"\x7fELF\xff\xfe" * 100)
    assert "is not JSON" in console("compare", good, bad).problem
