"""`trace`: what it says, writes and exits with, on a specification that is made up."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from pytest_cnb_report.judge.text import Amended
from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.report.results import LifecycleFacts
from pytest_cnb_report.trace import rows
from pytest_cnb_report.values import Outcome
from tracing.made_up import TEXT, Checkout, table

from .console import Console
from .made import result, run, written

SCHEMA = Path(rows.__file__).with_name("schema.json")


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.setattr(rows, "load_table", table)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "spec").mkdir()
    checkout = Checkout(tmp_path / "spec")
    checkout.write(TEXT)
    return checkout


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Results of two lifecycles: one judged at a platform API whose text has the sentences."""
    layers = result("rebase.layers", Outcome.FAIL, message="lost")
    facts = LifecycleFacts("/opt/lifecycle", "directory", "v0.20.20", None)
    return written(tmp_path / "runs" / "v0.20.20", run(layers, layers, lifecycle=facts)).parent


@pytest.mark.usefixtures("spec")
def test_the_first_line_has_the_numbers_of_each_document(console: Console) -> None:
    ended = console("trace")
    assert ended.code == 0
    assert ended.out.splitlines()[0] == (
        "Platform specification 0.15: 8 of 8 tested · RFC 0129, first draft: 0 of 0 tested"
    )
    assert "  Lids    4 of 4 tested" in ended.out.splitlines()


def test_check_is_silent_about_what_agrees(console: Console, spec: Checkout) -> None:
    ended = console("trace", "--spec", spec.folder, "--check")
    assert ended.code == 0
    assert ended.out.splitlines()[1:] == [
        "all 8 cited sentences are unchanged, and no normative sentence is new"
    ]


def test_check_names_each_change_with_file_and_line(console: Console, spec: Checkout) -> None:
    spec.change("A kettle MUST have a lid", "A kettle MUST have one lid")
    spec.change("  - SHOULD be clear\n", "")
    spec.change("- A second", "- A spout SHOULD be short\n- A second")
    ended = console("trace", "--spec", spec.folder, "--check")
    assert ended.code == 1
    assert ended.out.splitlines()[1:] == [
        "platform.md:7: changed: Lids: about line 7",
        "    now: A kettle MUST have one lid",
        "    tested by rebase.layers",
        "platform.md:12: gone: Lids: about line 13",
        "    tested by rebase.layers",
        "platform.md:22: new: Spouts: not in the table: A spout SHOULD be short",
        "3 sentences differ from the table: 1 changed, 1 gone, 1 new",
        "which verdicts would change: cnb-conformance whatif (docs/evaluate-a-change.md)",
    ]


def test_on_github_each_finding_stands_at_its_line(
    console: Console, spec: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    spec.change("A spout MUST NOT drip", "A spout MUST NOT drip 100%")
    ended = console("trace", "--spec", spec.folder, "--check")
    assert ended.out.splitlines()[-1] == (
        "::error file=platform.md,line=22::changed: Spouts: about line 22"
    )


def test_without_check_a_change_is_shown_and_fails_nothing(
    console: Console, spec: Checkout, recorded: Path, tmp_path: Path
) -> None:
    spec.change("A spout MUST NOT drip", "A spout MUST drip")
    page = tmp_path / "trace.md"
    ended = console("trace", "--spec", spec.folder, "--results", recorded, "--output", page)
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == f"written: {page}"
    row = "| `platform.md:22` | changed | Spouts: about line 22<br>now: A spout MUST drip |"
    assert any(line.startswith(row) for line in page.read_text().splitlines())


def test_another_platform_api_than_the_stated_one_is_said(console: Console, spec: Checkout) -> None:
    spec.change("`0.15`", "`0.17`")
    ended = console("trace", "--spec", spec.folder, "--check")
    assert ended.code == 0
    note = "note: platform.md states platform API 0.17; compared with the rows of 0.15"
    assert ended.out.splitlines()[1] == note
    chosen = console("trace", "--spec", spec.folder, "--platform-api", "0.14", "--check")
    assert chosen.out.startswith("Platform specification 0.14: ")


def test_markdown_begins_with_the_numbers_and_has_sentences_and_results(
    console: Console, spec: Checkout, recorded: Path, tmp_path: Path
) -> None:
    page = tmp_path / "trace.md"
    words = ("--spec", spec.folder, "--results", recorded, "--output", page)
    assert console("trace", *words).code == 0
    lines = page.read_text().splitlines()
    assert lines[0].startswith("Platform specification 0.15: 8 of 8 tested · ")
    (row,) = (line for line in lines if "A kettle MUST have a lid" in line)
    assert "`platform.md:7`" in row
    assert "requirements.md#rebase.layers" in row
    (layers,) = (line for line in lines if re.match(r"\| \[`rebase\.layers`\]\S* \| .*2 \|$", line))
    assert f"{SIGNS[Outcome.FAIL].glyph}2" in layers
    assert "1. v0.20.20, API 0.14, registry, profile rfc-0129-draft" in lines


def test_a_run_by_an_amended_text_or_in_part_is_a_column_of_its_own(
    console: Console, spec: Checkout, recorded: Path, tmp_path: Path
) -> None:
    facts = LifecycleFacts("/opt/lifecycle", "directory", "v0.20.20", None)
    amended = Amended("Kettles may lose layers", "change.toml", ())
    passed = run(result("rebase.layers"), lifecycle=facts)
    written(recorded.parent / "amended", replace(passed, amendment=amended))
    written(recorded.parent / "quick", replace(passed, deselected=7, deselected_by="--quick"))
    own = LifecycleFacts("reference", "reference", "0.1.0", None)
    written(recorded.parent / "own", replace(passed, lifecycle=own))
    pages = [tmp_path / "trace.md", tmp_path / "trace.html", tmp_path / "trace.json"]
    outputs = [word for page in pages for word in ("--output", page)]
    words = ("--spec", spec.folder, "--results", recorded.parent, *outputs)
    assert console("trace", *words).code == 0
    markdown, html, told = (page.read_text() for page in pages)
    for name, judged_by in (
        ("v0.20.20", "rfc-0129-draft"),
        ("v0.20.20", "rfc-0129-draft, amended: Kettles may lose layers"),
        ("v0.20.20", "rfc-0129-draft, 7 results deselected by --quick"),
        ("reference (the suite's own)", "rfc-0129-draft"),
    ):
        assert f". {name}, API 0.14, registry, profile {judged_by}\n" in markdown
        assert f'<span class="n">{judged_by}</span>' in html
    lid = json.loads(told)["documents"][0]["sentences"][0]
    jsonschema_rs.validate(json.loads(SCHEMA.read_text()), json.loads(told))
    assert [(each["amended"], each["in_part"], each["outcomes"]) for each in lid["results"]] == [
        ("Kettles may lose layers", None, {"pass": 1}),
        (None, None, {"pass": 1}),
        (None, "7 results deselected by --quick", {"pass": 1}),
        (None, None, {"fail": 2}),
    ]


def test_json_follows_its_schema_and_has_what_stands_behind_a_sentence(
    console: Console, spec: Checkout, recorded: Path, tmp_path: Path
) -> None:
    spec.change("A spout MUST NOT drip", "A spout MUST drip")
    file = tmp_path / "trace.json"
    words = ("--spec", spec.folder, "--results", recorded, "--output", file)
    assert console("trace", *words).code == 0
    told = json.loads(file.read_text())
    jsonschema_rs.validate(json.loads(SCHEMA.read_text()), told)
    (document, _) = told["documents"]
    lid = document["sentences"][0]
    assert (lid["line"], lid["text"]) == (7, "A kettle MUST have a lid")
    assert (lid["status"], lid["requirements"]) == ("tested", ["rebase.layers"])
    assert lid["results"] == [
        {
            "requirement": "rebase.layers",
            "lifecycle": "v0.20.20",
            "platform_api": "0.14",
            "profile": "rfc-0129-draft",
            "amended": None,
            "in_part": None,
            "started": "2025-11-21T10:04:00Z",
            "targets": ["registry"],
            "outcomes": {"fail": 2},
        }
    ]
    (layers,) = (each for each in told["requirements"] if each["id"] == "rebase.layers")
    assert layers["rule"] == "requirements.rebase_image.image.layers"
    assert "split-by-layer-count" in layers["faults"]
    assert "rebaser-registry-plain" in layers["scenarios"]
    assert layers["open_questions"] == ["repeated-top-layer"]
    assert lid["id"] in layers["sentences"]
    assert [each["change"] for each in document["findings"]] == ["changed"]


def test_the_page_leads_from_sentence_to_requirement_and_back(
    console: Console, spec: Checkout, recorded: Path, tmp_path: Path
) -> None:
    page = tmp_path / "trace.html"
    spec.change("A second spout MAY be there", "A <b>second</b> spout MAY be there")
    words = ("--spec", spec.folder, "--results", recorded, "--output", page)
    assert console("trace", *words).code == 0
    html = page.read_text()
    first = table()[0].rows[0]
    assert f'id="P-{first.fingerprint}"' in html
    assert f'<a href="#P-{first.fingerprint}">Platform specification 0.15, Lids' in html
    assert 'href="#requirement-rebase.layers"' in html
    assert 'id="requirement-rebase.layers"' in html
    assert "docs/requirements.md#rebase.layers" in html
    assert "<b>second</b>" not in html
    assert "open-questions.md#repeated-top-layer" in html
    assert "http-equiv" in html
    assert "Colours: taste" in html


@pytest.mark.usefixtures("spec")
def test_what_cannot_be_done_is_one_message(
    console: Console, recorded: Path, tmp_path: Path
) -> None:
    assert "give --spec or --rfcs" in console("trace", "--check").problem
    assert "no such folder" in console("trace", "--spec", tmp_path / "nowhere").problem
    assert "platform.md is missing" in console("trace", "--spec", tmp_path).problem
    assert "ends in .html, .md, .json" in console("trace", "--output", "trace.txt").problem
    assert "give --output too" in console("trace", "--results", tmp_path).problem
    nowhere = tmp_path / "no" / "trace.md"
    assert str(nowhere) in console("trace", "--results", recorded, "--output", nowhere).problem
    empty = tmp_path / "empty"
    empty.mkdir()
    missing = console("trace", "--results", empty, "--output", tmp_path / "trace.md")
    assert "report.json" in missing.problem


@pytest.mark.usefixtures("spec")
def test_a_platform_api_has_to_be_one(console: Console) -> None:
    ended = console("trace", "--platform-api", "newest")
    assert ended.code == 2
    assert "'newest' is not a platform API version" in ended.err
