"""What counts as a sentence, which are normative, and what a fingerprint does not see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cnb_report.trace.markdown import Kind, section_name
from pytest_cnb_report.trace.sentences import fingerprint, plain, sentences

from .made_up import TEXT


def _normative(text: str) -> list[tuple[str, str, int]]:
    return [(each.text, each.level, each.line) for each in sentences(text) if each.normative]


def test_each_normative_sentence_comes_with_its_keyword_and_line() -> None:
    assert _normative(TEXT) == [
        ("A kettle MUST have a lid", "MUST", 7),
        ("MUST close", "MUST", 11),
        ("If it is glass", "prose", 12),
        ("SHOULD be clear", "SHOULD", 13),
        ("wide | yes", "table", 19),
        ("thin | no", "table", 20),
        ("A spout MUST NOT drip", "MUST NOT", 22),
        ("A second spout MAY be there", "MAY", 23),
        ("Kettles SHOULD be blue", "SHOULD", 27),
    ]


def test_a_list_inherits_from_what_leads_to_it() -> None:
    text = "A kettle MUST have:\n\n- a lid\n- a spout\n  - of steel\n"
    assert [level for _, level, _ in _normative(text)] == ["MUST", "list", "list", "list"]


def test_a_list_without_a_keyword_asks_nothing() -> None:
    assert _normative("A kettle has:\n\n- a lid\n- a spout\n") == []


def test_items_above_another_heading_lead_to_nothing() -> None:
    assert _normative("It MUST boil:\n\n## Lids\n\n- a lid\n") == [("It MUST boil", "MUST", 1)]


@pytest.mark.parametrize("word", ["must", "shall", "should", "will", "required"])
def test_a_word_without_capitals_makes_a_sentence_normative_too(word: str) -> None:
    assert _normative(f"A kettle {word} boil.") == [(f"A kettle {word} boil", "prose", 1)]


def test_two_sentences_of_a_paragraph_have_lines_of_their_own() -> None:
    text = "The lid MUST\nclose. The spout MAY\ndrip, e.g. at night.\n"
    assert _normative(text) == [
        ("The lid MUST close", "MUST", 1),
        ("The spout MAY drip, e.g. at night", "MAY", 2),
    ]


def test_code_comments_and_definitions_of_links_do_not_count() -> None:
    text = (
        "```\nIt MUST boil.\n```\n<!-- It MUST\nboil. -->\n[must]: #must\n\n~~~\nIt MUST\n~~~\n"
        "`MUST` is a word.\n\nIt MAY boil.\n"
    )
    assert _normative(text) == [("It MAY boil", "MAY", 13)]


def test_a_fence_that_is_never_closed_ends_with_the_document() -> None:
    assert _normative("```\nIt MUST boil.\n\nIt MUST stop.") == []


def test_quoted_sentences_and_lists_count() -> None:
    text = "> It MUST boil. It MAY be:\n> - hot\n>- loud\n"
    assert [each[0] for each in _normative(text)] == ["It MUST boil", "It MAY be", "hot", "loud"]


def test_an_item_needs_no_space_before_code() -> None:
    assert _normative("-`lid` MUST close\n- `spout` MUST not\n")[0][0] == "lid MUST close"


def test_sections_are_named_by_their_headings() -> None:
    text = (
        "#### `pot` (**[odd](#x)**)\n##### Inputs\nIt MUST a.\n#### `r.toml` (TOML)\nIt MUST b.\n"
    )
    assert [each.section for each in sentences(text) if each.normative] == [
        "pot (odd): Inputs",
        "r.toml",
    ]
    assert section_name("Image, as **it** is:") == "Image, as it is"


def test_headings_and_examples_can_be_cited() -> None:
    found = sentences("## `r.toml` (TOML)\n\n```toml\na = 1\n```\n")
    assert [(each.kind, each.text, each.normative) for each in found] == [
        (Kind.HEADING, "r.toml (TOML)", False),
        (Kind.CODE, "a = 1", False),
    ]


SAME = "The lid of a `<kettle>` MUST close tightly"


@pytest.mark.parametrize(
    "other",
    [
        "The lid of a `<kettle>` MUST close tightly.",
        "The  lid\nof a `<kettle>`\n   MUST close tightly",
        "The **lid** of a `<kettle>` _MUST_ close *tightly*:",
        "The [lid](#lid) of a [`<kettle>`](other.md#a-(b)) MUST close [tightly][x].",
        "The lid of a <kettle> MUST close tightly",
        "The lid of a &lt;kettle&gt; MUST close tightly",
        "The lid of a \\<kettle\\> MUST close tightly",
    ],
)
def test_a_fingerprint_sees_words_alone(other: str) -> None:
    assert fingerprint(other) == fingerprint(SAME)


@pytest.mark.parametrize(
    "other",
    [
        "The lid of a `<kettle>` must close tightly",
        "The lid of a `<kettle>` MUST NOT close tightly",
        "The lid of a `<kettles>` MUST close tightly",
        "The lid of a `<kettle>` MUST close, tightly",
    ],
)
def test_a_fingerprint_sees_every_word(other: str) -> None:
    assert fingerprint(other) != fingerprint(SAME)


def test_names_with_underscores_and_stars_keep_them() -> None:
    assert plain("`CNB_RUN_IMAGE` and io.buildpacks.stack.\\* or a_b_c") == (
        "CNB_RUN_IMAGE and io.buildpacks.stack.* or a_b_c"
    )


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for each in sentences(text):
        assert 1 <= each.line <= text.count("\n") + 1


WORDS = st.lists(st.sampled_from(["lid", "MUST", "`a_b`", "**spout**", "[x](y)"]), min_size=1)


@given(WORDS, st.data())
def test_wrapping_changes_no_fingerprint(words: list[str], data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from([" ", "\n", "  "]), min_size=len(words)))
    wrapped = "".join(word + gap for word, gap in zip(words, gaps, strict=False))
    assert fingerprint(wrapped) == fingerprint(" ".join(words))
