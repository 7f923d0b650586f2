"""A changed text on the command line: judged by, named wherever a verdict stands, and asked of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .console import Console, process

OBSERVATIONS = Path(__file__).parents[2] / "fixtures" / "observations"
DRAFT = OBSERVATIONS / "draft.xz"
STALE = 'text = "Labels stay"\n[reading]\nstale-labels = "b"\n'


@pytest.fixture
def stale(tmp_path: Path) -> Path:
    path = tmp_path / "stale.toml"
    path.write_text(STALE, encoding="utf-8")
    return path


def test_a_record_is_judged_by_the_changed_text(
    console: Console, stale: Path, tmp_path: Path
) -> None:
    assert console("judge", DRAFT, "-qq").code == 0
    ended = console("judge", DRAFT, "--amend", stale, "--output", tmp_path / "out")
    first = [" ".join(line.split()) for line in ended.out.splitlines()[:3]]
    assert ended.code == 1
    assert first[2] == f"amended text: Labels stay ({stale})"
    last = " ".join(ended.out[ended.out.index("not conformant") :].split())
    assert last.startswith("not conformant by an amended text (in part, registry only): ")
    assert "The amended text: Labels stay" in last
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert report["amendment"]["text"] == "Labels stay"
    assert [each["key"] for each in report["amendment"]["changes"]] == ["reading stale-labels"]
    failed = [each for each in report["results"] if each["outcome"] == "fail"]
    assert {each["requirement"] for each in failed} >= {"rebase.labels.stack.removed"}
    assert all(f"--amend {stale}" in each["reproduce"] for each in failed)
    assert "Judged by: It stays" in report["readings"]["stale-labels"]


def test_every_file_of_a_report_names_the_changed_text(
    console: Console, stale: Path, tmp_path: Path
) -> None:
    console("judge", DRAFT, "--amend", stale, "--output", tmp_path / "out")
    markdown = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert markdown.startswith("## ✗ not conformant by an amended text (in part, registry only): ")
    assert "**Amended text, not the profile's: Labels stay**" in markdown.splitlines()[2]
    html = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<title>Not conformant by an amended text (in part, registry only): " in html
    assert ": Labels stay</strong>" in html
    badge = json.loads((tmp_path / "out" / "badge.json").read_text("utf-8"))
    assert badge["message"].endswith("by an amended text (in part, registry only)")
    assert badge["color"] == "blue"
    suite = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()[0]  # noqa: S314 - our own
    assert suite.get("name", "").endswith(
        "rfc-0129-draft by an amended text (in part, registry only)"
    )
    said = console("outputs", tmp_path / "out").out.splitlines()
    assert "amended=Labels stay" in said


def test_runs_by_different_texts_are_not_compared(
    console: Console, stale: Path, tmp_path: Path
) -> None:
    console("judge", DRAFT, "--output", tmp_path / "old")
    console("judge", DRAFT, "--amend", stale, "--output", tmp_path / "new")
    problem = console("compare", tmp_path / "old", tmp_path / "new").problem
    assert "amended: Labels stay: their results cannot be compared" in problem
    assert console("compare", tmp_path / "new", tmp_path / "new").code == 0


def test_a_run_is_judged_by_the_changed_text(stale: Path) -> None:
    words = ("run", "--target", "registry", "--quick", "--requirement", "rebase.labels.*")
    ended = process(*words, "--amend", str(stale))
    assert ended.code == 0, ended
    assert "amended text: Labels stay" in ended.out
    assert "conformant by an amended text" in ended.out


@pytest.mark.parametrize("command", ["run", "judge", "whatif", "check-report"])
def test_a_mistake_in_the_file_ends_every_command(stale: Path, command: str) -> None:
    stale.write_text(STALE.replace("stale-labels", "stale"), encoding="utf-8")
    words = {
        "run": ("run",),
        "judge": ("judge", str(DRAFT)),
        "whatif": ("whatif", str(DRAFT)),
        "check-report": ("check-report", str(stale), "--run-image", "localhost:1/run"),
    }
    ended = process(*words[command], "--amend", str(stale))
    assert ended.code == 2
    assert f"{stale}:3: there is no open question 'stale'" in ended.err.replace("\n", " ")
    assert "Traceback" not in ended.err


def test_who_flips_is_told_in_every_format(console: Console, stale: Path) -> None:
    table = console("whatif", DRAFT, "--amend", stale)
    assert table.code == 0
    assert "pass → fail" in table.out
    assert all(len(line) <= 80 for line in table.out.splitlines())
    markdown = console("whatif", DRAFT, "--amend", stale, "--format", "markdown")
    assert markdown.out.startswith("### What if: Labels stay\n")
    data = json.loads(console("whatif", DRAFT, "--amend", stale, "--format", "json").out)
    assert data["answers"]["flips"] > 0


def test_a_flip_that_nobody_expects_is_exit_1(console: Console, stale: Path) -> None:
    assert console("whatif", DRAFT, "--amend", stale, "--expect", "none").code == 1
    stale.write_text(STALE.replace('"b"', '"a"'), encoding="utf-8")
    assert console("whatif", DRAFT, "--amend", stale, "--expect", "none").code == 0


def test_a_file_that_is_no_record_is_exit_2(console: Console, stale: Path) -> None:
    assert "is not a record" in console("whatif", stale, "--amend", stale).problem
    assert "cannot be read" in console("whatif", "nowhere.xz", "--amend", stale).problem
    assert "there is no record.xz in it" in console("whatif", ".", "--amend", stale).problem
    assert "no record is named" in console("whatif", "--amend", stale).problem
    problem = console("whatif", DRAFT, "--amend", stale, "--profile", "x").problem
    assert "--profile x: give one of" in problem


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two published records, whose folder of sources is the working folder."""
    for number, name in ((10, "draft"), (9, "api-0.11")):
        run = tmp_path / "docs" / "results" / f"v0.{number}"
        run.mkdir(parents=True)
        shutil.copy(OBSERVATIONS / f"{name}.xz", run / "record.xz")
    (tmp_path / "pytest_cnb_report").mkdir()
    monkeypatch.chdir(tmp_path / "pytest_cnb_report")
    return tmp_path


def test_the_published_records_are_found_in_a_checkout(
    console: Console, checkout: Path, stale: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout)
    listed = console("records").out.splitlines()
    assert [line.split()[-1] for line in listed] == [
        "FILE",
        "docs/results/v0.9/record.xz",
        "docs/results/v0.10/record.xz",
    ]
    assert listed[1].split()[:3] == ["reference", "0.11", "rfc-0129-draft"]
    data = json.loads(console("whatif", "--amend", stale, "--format", "json").out)
    assert [each["platform_api"] for each in data["records"]] == ["0.11", "0.15"]
    rows = json.loads(console("records", "--format", "json").out)
    assert [row["targets"] for row in rows] == [["registry"], ["registry"]]
