"""Which changes of a text are found, each at its line, and which are none."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_cnb_report.trace.check import Checked, CheckoutError, better_fit, check_document
from pytest_cnb_report.trace.rows import TracedDocument
from pytest_cnb_report.trace.update import updated
from pytest_cnb_report.values import PlatformApi

from .made_up import TEXT, Checkout, table

API = PlatformApi.parse("0.15")
SPEC, RFC = table()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    made.write(TEXT)
    return made


def _check(
    folder: Path, document: TracedDocument = SPEC, api: PlatformApi | None = None
) -> Checked:
    checked = check_document(document, folder, api)
    assert checked is not None
    return checked


def _found(folder: Path) -> list[tuple[str, int, str]]:
    return [
        (each.change.value, each.line, each.row.about if each.row else each.sentence.text)  # type: ignore[union-attr]
        for each in _check(folder).findings
    ]


def test_the_text_of_the_table_agrees(checkout: Checkout) -> None:
    checked = _check(checkout.folder)
    assert not checked.findings
    assert (checked.api, checked.stated, checked.name) == (API, API, "platform.md")
    assert len(checked.match.pairs) == len(SPEC.rows) == 8


def test_one_changed_one_removed_and_one_added_are_all_named_and_nothing_else(
    checkout: Checkout,
) -> None:
    checkout.change("A kettle MUST have a lid", "A kettle MUST have one lid")
    checkout.change("  - SHOULD be clear\n", "")
    checkout.change("- A second", "- A spout SHOULD be short\n- A second")
    assert _found(checkout.folder) == [
        ("changed", 7, "about line 7"),
        ("gone", 12, "about line 13"),
        ("new", 22, "A spout SHOULD be short"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A kettle MUST have a lid.", "A *kettle*\nMUST have a [lid](#lids)."),
        ("Lids are round.", "Lids are square."),
        ("# Kettles", "# Pots"),
        ("| wide  | yes     |", "|wide|yes|"),
        ("- MUST close\n", "* MUST close.\n"),
        ("Kettles SHOULD be blue.", "Kettles MUST be red."),
        ("MUST not count", "MUST count"),
    ],
)
def test_what_is_no_change_of_a_cited_sentence_is_not_found(
    checkout: Checkout, old: str, new: str
) -> None:
    checkout.change(old, new)
    assert not _found(checkout.folder)


def test_a_sentence_in_another_section_is_the_same_one(checkout: Checkout) -> None:
    checkout.change("- A spout MUST NOT drip\n", "")
    checkout.change("Lids are round.", "A spout MUST NOT drip.")
    assert not _found(checkout.folder)


def test_a_sentence_in_a_section_that_does_not_count_is_gone(checkout: Checkout) -> None:
    checkout.change("- A spout MUST NOT drip\n", "")
    checkout.change("Kettles SHOULD", "A spout MUST NOT drip. Kettles SHOULD")
    assert _found(checkout.folder) == [("gone", 20, "about line 22")]


def test_a_new_section_is_noticed(checkout: Checkout) -> None:
    checkout.change("## Colours", "## Handles\n\nA handle MUST be cold.\n\n## Colours")
    assert _found(checkout.folder) == [("new", 27, "A handle MUST be cold")]


def test_the_same_words_at_two_places_are_two_sentences(tmp_path: Path) -> None:
    text = TEXT.replace("A spout MUST NOT drip", "MUST close")
    document, _ = table(text)
    checkout = Checkout(tmp_path)
    checkout.write(text.replace("- MUST close\n- **If**", "- **If**"))
    (found,) = _check(checkout.folder, document).findings
    assert (found.change.value, found.section) == ("gone", "Lids")


def test_a_keyword_that_is_lost_is_a_sentence_that_is_gone(checkout: Checkout) -> None:
    checkout.change("A kettle MUST have a lid", "A kettle has a lid")
    assert _found(checkout.folder) == [("gone", 1, "about line 7")]


def test_lines_are_those_of_a_file_with_carriage_returns_too(checkout: Checkout) -> None:
    text = TEXT.replace("MUST NOT drip", "MUST NOT leak").replace("\n", "\r\n")
    checkout.file.write_bytes(text.encode())
    assert _found(checkout.folder) == [("changed", 22, "about line 22")]


def test_the_history_tells_which_sentence_became_which(checkout: Checkout) -> None:
    _git(checkout.folder, "init", "-q")
    blob = _git(checkout.folder, "hash-object", "-w", "platform.md")
    document, _ = table()
    known = replace(document, editions={blob: API})
    checkout.change("- A spout MUST NOT drip\n", "")
    checkout.change("A second spout MAY be there", "A second spout MUST NOT be there")
    gone, changed = _check(checkout.folder, known).findings
    assert (gone.change.value, gone.row) == ("gone", document.rows[6])
    assert (changed.change.value, changed.row) == ("changed", document.rows[7])
    words = _check(checkout.folder, known).words
    assert words[document.rows[7].fingerprint] == "A second spout MAY be there"


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_an_example_that_is_cited_can_change_too(checkout: Checkout) -> None:
    text = TEXT.replace("## Colours", "```toml\nlid = true\n```\n\n## Colours")
    document, _ = table(TEXT)
    rows = updated(document, text, API, ["lid = true"])
    cited = replace(document, rows=rows)
    checkout.write(text.replace("lid = true", "lid = true\nspout = true"))
    (found,) = _check(checkout.folder, cited).findings
    assert (found.change.value, found.line) == ("changed", 25)
    assert found.row is not None
    assert found.row.level == "example"


def test_the_history_tells_a_sentence_that_lost_its_keyword(checkout: Checkout) -> None:
    _git(checkout.folder, "init", "-q")
    blob = _git(checkout.folder, "hash-object", "-w", "platform.md")
    checkout.change("A kettle MUST have a lid", "A kettle has a lid")
    (found,) = _check(checkout.folder, replace(SPEC, editions={blob: API})).findings
    assert (found.change.value, found.line) == ("changed", 7)


def test_a_release_is_known_by_its_text_whatever_it_states(checkout: Checkout) -> None:
    text = TEXT.replace("`0.15`", "`0.7`")
    checkout.write(text)
    with pytest.raises(CheckoutError, match=r"specifies platform API 0\.7; the table has 0\.14"):
        _check(checkout.folder)
    blob = _git(checkout.folder, "hash-object", "platform.md")
    released = replace(SPEC, editions={blob: API})
    assert _check(checkout.folder, released).api == API


def test_a_newer_text_is_compared_with_the_newest_rows(checkout: Checkout) -> None:
    checkout.change("`0.15`", "`0.17`")
    checked = _check(checkout.folder)
    assert (checked.stated, checked.api) == (PlatformApi.parse("0.17"), API)


def test_the_given_platform_api_counts(checkout: Checkout) -> None:
    checkout.change("This document specifies Platform API version `0.15`.", "")
    with pytest.raises(CheckoutError, match="give --platform-api"):
        _check(checkout.folder)
    given = PlatformApi.parse("0.14")
    assert _check(checkout.folder, api=given).api == given
    assert better_fit(_check(checkout.folder, api=given)) is None


def test_a_checkout_without_the_document_is_refused_unless_it_need_not_have_it(
    tmp_path: Path,
) -> None:
    assert check_document(RFC, tmp_path) is None
    with pytest.raises(CheckoutError, match=r"platform\.md is missing"):
        check_document(SPEC, tmp_path)
    with pytest.raises(CheckoutError, match="no such folder"):
        check_document(SPEC, tmp_path / "nowhere")


def test_a_file_that_is_no_text_is_refused(checkout: Checkout) -> None:
    checkout.file.write_bytes(b"\xff\xfe")
    with pytest.raises(CheckoutError, match="not UTF-8"):
        _check(checkout.folder)
