"""What is printed and published of the catalogue: the table, the JSON, the two pages."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from pytest_cnb_report.cli import options_page, report_schema_page, requirements, trace_page
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.trace.rows import load_table
from pytest_cnb_report.trace.view import every_edition

DOCS = Path(__file__).parents[2] / "docs"
CODE = re.compile(r"`[^`]*`")


def test_the_table_fits_a_terminal_of_eighty_columns() -> None:
    lines = requirements.requirements_table(80).splitlines()
    assert max(len(line) for line in lines) <= 80
    for requirement in load_catalogue():
        (line,) = (line for line in lines if line.split(" ", 1)[0] == requirement.id)
        assert requirement.level.value in line
    assert lines[0].split()[:3] == ["REQUIREMENT", "LEVEL", "PHASES"]


def test_a_wide_table_has_the_titles_too() -> None:
    table = requirements.requirements_table(200)
    assert all(requirement.title in table for requirement in load_catalogue())
    assert "WHAT" not in requirements.requirements_table(100)


def test_the_json_has_one_object_for_each_requirement() -> None:
    objects = json.loads(requirements.requirements_json())
    assert [row["id"] for row in objects] == [r.id for r in load_catalogue()]
    assert {frozenset(row) for row in objects} == {
        frozenset(
            {
                "id",
                "level",
                "derived",
                "area",
                "title",
                "text",
                "phases",
                "targets",
                "since",
                "profiles",
                "condition",
                "source",
                "sources",
                "readings",
                "hint",
            }
        )
    }
    (digest,) = (row for row in objects if row["id"] == "report.image.digest")
    assert digest["level"] == "MUST"
    assert digest["phases"] == ["exporter", "creator", "rebaser"]
    assert digest["targets"] == ["registry"]
    assert digest["profiles"] == ["rfc-0129-draft", "rfc-0129", "platform-spec"]
    assert digest["since"] is None
    assert digest["source"] == "Platform specification 0.15, report.toml"
    assert digest["sources"][0]["url"].endswith("/platform.md#reporttoml-toml")
    assert digest["readings"] == ["digest-and-image-id"]


@pytest.mark.parametrize("name", ["requirements.md", "open-questions.md", "options.md"])
def test_the_published_pages_are_in_step(name: str, tmp_path: Path) -> None:
    # what the records say is not asked again: that takes minutes
    tmp_path.joinpath("results").mkdir()
    shutil.copy(DOCS / "results" / "experiments.json", tmp_path / "results")
    assert requirements.main(["--write", str(tmp_path)]) == 0
    assert DOCS.joinpath(name).read_text("utf-8") == tmp_path.joinpath(name).read_text("utf-8"), (
        "regenerate with `python -m pytest_cnb_report.cli.requirements --write docs`"
    )


def test_a_folder_that_is_not_there_is_a_clear_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        requirements.main(["--write", str(tmp_path / "nowhere")])
    assert exit_.value.code == 2
    assert "nowhere" in capsys.readouterr().err


def test_every_link_within_the_pages_leads_somewhere() -> None:
    pages = {
        "requirements.md": requirements.requirements_markdown(),
        "open-questions.md": requirements.open_questions_markdown(DOCS / "results"),
        "trace.md": trace_page.trace_page(),
    }
    anchors = {name: set(re.findall(r'<a id="([^"]+)">', text)) for name, text in pages.items()}
    assert anchors["requirements.md"] == {requirement.id for requirement in load_catalogue()}
    assert anchors["open-questions.md"] == {reading.id for reading in load_register()}
    for name, text in pages.items():
        for page, anchor in re.findall(r"\]\(([a-z-]*\.md)?#([^)]+)\)", text):
            assert anchor in anchors[page or name]
    linked = set(re.findall(r"\]\(trace\.md#([^)]+)\)", pages["requirements.md"]))
    assert linked == {
        traced.id
        for sentences in every_edition(load_table()).sentences_of.values()
        for _, traced in sentences
    }


def test_every_key_of_the_results_file_stands_with_its_meaning() -> None:
    page = report_schema_page.report_schema_page()
    assert (DOCS / report_schema_page.REPORT_SCHEMA).read_text("utf-8") == page, (
        "run: python -m pytest_cnb_report.cli.requirements --write docs"
    )
    for key in ("conformant", "targets.*.judged", "results", "evidence", "requests[].path"):
        assert f"| `{key}`" in page
    assert re.findall(r"^\|.*\|\s*\|$", page, re.MULTILINE) == []


def test_every_option_stands_with_all_its_spellings() -> None:
    page = options_page.options_page()
    for option in OPTIONS:
        assert f"`--cnb-{option.name}` | `{option.attribute}` | `{option.variable}` |" in page
        if option.default:
            (meaning,) = re.findall(rf"^\| `--{option.name}(?: .*)?` \| .*$", page, re.MULTILINE)[
                :1
            ]
            assert meaning.endswith(f"| `{option.default}` |")
    assert set(options_page.MORE) <= {option.name for option in OPTIONS}


def test_no_word_of_the_texts_is_taken_for_markup() -> None:
    texts = [
        text
        for requirement in load_catalogue()
        for text in (requirement.text, requirement.hint, requirement.condition or "")
    ]
    texts += [
        text
        for reading in load_register()
        for text in (
            reading.question,
            reading.reading_a,
            reading.reading_b,
            reading.because,
            reading.observed,
        )
    ]
    assert [text for text in texts if re.search(r"[*<>_`|]", CODE.sub("", text))] == []
