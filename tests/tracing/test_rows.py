"""The table that ships: every row is right in itself; and what a wrong one is told."""

from __future__ import annotations

from collections import Counter

import pytest

from pytest_cnb_report.platform_apis import PLATFORM_APIS, UPCOMING
from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.trace.rows import (
    COLUMNS,
    RowError,
    Status,
    load_table,
    parse_rows,
    parse_table,
    read_apis,
    write_apis,
    write_rows,
)
from pytest_cnb_report.trace.update import UNSEEN

from .made_up import DECLARED, TEXT, rows_of

CATALOGUE = load_catalogue()
GOOD = (
    "0123456789ab",
    "0.7-0.9",
    "Lids",
    "lifecycle",
    "MUST",
    "tested",
    "rebase.layers",
    "",
    "lid",
)


def test_every_document_of_the_buildpacks_project_is_traced() -> None:
    ours = {
        each.key
        for each in CATALOGUE.documents.values()
        if each.url.startswith("https://github.com/buildpacks/")
    }
    assert {each.key for each in load_table()} == ours


def test_every_requirement_is_named_by_a_sentence_of_a_text_that_it_cites() -> None:
    named = {
        (document.key, identifier)
        for document in load_table()
        for row in document.rows
        for identifier in row.requirements
    }
    traced = {each.key for each in load_table()}
    unnamed = [
        requirement.id
        for requirement in CATALOGUE
        if (cited := {each.document.key for each in requirement.sources} & traced)
        and not any((key, requirement.id) in named for key in cited)
    ]
    assert not unnamed, "say in trace/rows/*.tsv which sentences they test"


def test_somebody_has_looked_at_every_row() -> None:
    unseen = [row for each in load_table() for row in each.rows if row.about == UNSEEN]
    assert not unseen


def test_every_row_that_is_open_says_what_is_missing() -> None:
    for document in load_table():
        for row in document.rows:
            assert row.note or row.status is Status.TESTED, row


def test_no_row_is_there_twice() -> None:
    for document in load_table():
        counts = Counter((r.fingerprint, r.section, r.about) for r in document.rows)
        assert max(counts.values()) == 1


def test_the_table_has_every_platform_api_that_can_be_asked_for() -> None:
    (specification,) = (each for each in load_table() if each.key == "P")
    assert specification.apis == (*PLATFORM_APIS, UPCOMING)
    assert set(specification.editions.values()) == {*PLATFORM_APIS, UPCOMING}


def test_a_sentence_is_tested_by_requirements_of_its_texts_profile() -> None:
    for document in load_table():
        profile = document.document.profile
        for row in document.rows:
            for identifier in row.requirements:
                assert profile is None or profile in CATALOGUE[identifier].profiles, row


def test_a_sentence_is_tested_only_where_one_of_its_requirements_is_judged() -> None:
    old, new = read_apis("0.11-0.12")
    (row,) = parse_rows(_file(_with(1, "0.11-0.12", 6, "rebase.target.forced")), "P", CATALOGUE)
    assert row.at(new, CATALOGUE) == row
    before = row.at(old, CATALOGUE)
    assert (before.status, before.requirements) == (Status.OPEN, ())
    assert before.note == "tested from platform API 0.12 on"


def test_a_row_names_the_requirements_that_are_judged_at_a_platform_api() -> None:
    cells = _with(1, "0.11-0.12", 6, "rebase.layers rebase.target.forced")
    (row,) = parse_rows(_file(cells), "P", CATALOGUE)
    before = row.at(read_apis("0.11")[0], CATALOGUE)
    assert (before.status, before.requirements) == (Status.TESTED, ("rebase.layers",))
    assert row.at(None, CATALOGUE) == row


def test_every_section_that_is_cited_has_a_row() -> None:
    names = {
        "Deprecations: stack Key": "io.buildpacks.lifecycle.metadata (JSON) stack Key",
        "Deprecations: io.buildpacks.stack.* Labels": "io.buildpacks.stack.* Labels",
        "rebaser: Usage": "Usage",
        "Additional Terminology": "report.toml",  # defines the terms of other sections
    }
    rows = {each.key: {row.section for row in each.rows} for each in load_table()}
    for requirement in CATALOGUE:
        for source in requirement.sources:
            if source.document.key not in rows:
                continue
            section = names.get(source.section, source.section)
            assert section in rows[source.document.key], (requirement.id, source.section)


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (GOOD[:-1], "8 cells, expected 9"),
        ((*GOOD[:8], ""), "does not say what the sentence is about"),
        ((*GOOD[:6], "", "", "lid"), "tested, but by no requirement"),
        ((*GOOD[:6], "rebase.layer", "", "lid"), "there is no requirement 'rebase.layer'"),
        ((*GOOD[:6], "rebase.layers rebase.layers", "", "lid"), "given twice"),
        ((*GOOD[:5], "excluded", "", "", "lid"), "excluded needs a reason"),
        ((*GOOD[:5], "done", "", "", "lid"), "'done' is not a valid Status"),
        ((*GOOD[:3], "cook", *GOOD[4:]), "'cook' is not a valid Duty"),
        ((GOOD[0], "0.9-0.7", *GOOD[2:]), "not a list of platform APIs"),
        ((GOOD[0], "new", *GOOD[2:]), "not a platform API"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(cells: tuple[str, ...], problem: str) -> None:
    with pytest.raises(RowError, match=r"rows/P\.tsv:2: ") as refused:
        parse_rows(_file(cells), "P", CATALOGUE)
    assert problem in str(refused.value)


def test_a_file_with_other_columns_is_refused() -> None:
    with pytest.raises(RowError, match="the columns are not fingerprint, apis"):
        parse_rows("fingerprint\tsection\n", "P", CATALOGUE)


def test_a_document_that_is_not_in_the_catalogue_is_refused() -> None:
    declared = DECLARED.replace("documents.D", "documents.K")
    with pytest.raises(RowError, match="has no document K"):
        parse_table(declared, {"P": rows_of(TEXT), "K": _file()}, CATALOGUE)


@pytest.mark.parametrize("text", ["-", "0.7", "0.7-0.11", "0.7,0.9-0.11,0.15"])
def test_platform_apis_are_written_as_they_are_read(text: str) -> None:
    assert write_apis(read_apis(text)) == text


def test_rows_are_written_as_they_are_read() -> None:
    text = rows_of(TEXT)
    assert write_rows(parse_rows(text, "P", CATALOGUE)) == text


def _with(*changes: object) -> tuple[str, ...]:
    cells = list(GOOD)
    for at, value in zip(changes[::2], changes[1::2], strict=True):
        cells[int(str(at))] = str(value)
    return tuple(cells)


def _file(*rows: tuple[str, ...]) -> str:
    return "\n".join("\t".join(row) for row in (COLUMNS, *rows)) + "\n"
