"""Bringing the table up to another text: what is added, kept and dropped, and where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.trace import update
from pytest_cnb_report.trace.rows import Row, Status, TracedDocument, parse_rows, write_apis
from pytest_cnb_report.trace.update import UNSEEN, updated
from pytest_cnb_report.values import PlatformApi

from .made_up import TEXT, rows_of, table

NEXT = PlatformApi.parse("0.16")
SPEC, RFC = table()


def _told(rows: tuple[Row, ...]) -> list[tuple[str, str]]:
    return [(row.about, write_apis(row.apis)) for row in rows]


def test_sentences_that_stand_get_the_platform_api() -> None:
    assert {apis for _, apis in _told(updated(SPEC, TEXT, NEXT))} == {"0.14-0.16"}


def test_a_new_sentence_gets_an_open_row_at_its_place() -> None:
    text = TEXT.replace("- A second", "- A spout MUST end. It MAY bend.\n- A second")
    rows = updated(SPEC, text, NEXT)
    assert _told(rows)[6:] == [
        ("about line 22", "0.14-0.16"),
        (UNSEEN, "0.16"),
        (UNSEEN, "0.16"),
        ("about line 23", "0.14-0.16"),
    ]
    assert [row.level for row in rows[7:9]] == ["MUST", "MAY"]
    assert {row.status for row in rows[7:9]} == {Status.OPEN}


def test_a_sentence_that_does_not_stand_keeps_its_other_platform_apis() -> None:
    text = TEXT.replace("- A spout MUST NOT drip\n", "")
    assert ("about line 22", "0.14-0.15") in _told(updated(SPEC, text, NEXT))
    assert ("about line 22", "0.14") in _told(updated(SPEC, text, PlatformApi.parse("0.15")))


def test_a_row_without_any_platform_api_is_dropped() -> None:
    rows = tuple(replace(row, apis=(NEXT,)) for row in SPEC.rows)
    only = replace(SPEC, rows=rows)
    kept = updated(only, TEXT.replace("A kettle MUST have a lid. ", ""), NEXT)
    assert [row.about for row in kept] == [row.about for row in rows[1:]]


def test_doing_it_twice_changes_nothing() -> None:
    text = TEXT.replace("- A second", "- MUST close\n- MUST close\n- A second")
    once = updated(SPEC, text, NEXT)
    again = updated(replace(SPEC, rows=once), text, NEXT)
    assert again == once
    assert len(once) == len(SPEC.rows) + 2


def test_a_sentence_that_is_not_normative_is_added_where_it_is_cited() -> None:
    (row,) = updated(RFC, TEXT, None, ["Lids are", "MUST not count"])[1:2]
    assert (row.about, row.apis, row.section, row.level) == (UNSEEN, (), "Lids", "cited")
    cited = updated(RFC, TEXT, None, ["MUST not count"])
    assert (cited[-1].section, cited[-1].level) == ("Colours", "example")


def test_the_command_changes_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(update, "load_table", table)
    monkeypatch.setattr(update, "ROWS", tmp_path)
    (tmp_path / "platform.md").write_text(TEXT)
    assert update.main(["--spec", str(tmp_path), "--platform-api", "0.16"]) == 0
    rows = parse_rows((tmp_path / "P.tsv").read_text(), "P", load_catalogue())
    assert rows == updated(SPEC, TEXT, NEXT)
    assert not (tmp_path / "D.tsv").exists()
    with pytest.raises(SystemExit) as ended:
        update.main(["--spec", str(tmp_path)])
    assert ended.value.code == 2
    assert "--platform-api" in capsys.readouterr().err


def test_what_was_made_up_is_what_is_read() -> None:
    assert isinstance(SPEC, TracedDocument)
    assert parse_rows(rows_of(TEXT), "P", load_catalogue()) == SPEC.rows
