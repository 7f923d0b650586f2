"""The register of open questions agrees with the catalogue, both ways."""

from __future__ import annotations

import pytest

from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.requirements.interpretations import JudgedBy, load_register, parse_register

ROW = """
[[reading]]
id = "a-question"
question = "Which?"
reading-a = "This."
reading-b = "That."
sources = [{ document = "P", section = "report.toml" }]
judged-by = "a"
because = "So."
observed = "This."
requirements = ["report.written"]
"""


def test_each_reading_is_named_by_what_it_touches_and_back() -> None:
    catalogue, register = load_catalogue(), load_register()
    from_readings = {(r, reading.id) for reading in register for r in reading.requirements}
    from_requirements = {(r.id, reading) for r in catalogue for reading in r.readings}
    assert from_readings == from_requirements
    assert len(from_readings) > len(register) - 1


def test_identifiers_and_questions_are_worded_alike() -> None:
    for reading in load_register():
        assert reading.id == reading.id.lower()
        assert set(reading.id) <= set("abcdefghijklmnopqrstuvwxyz-")
        assert reading.question.endswith("?")


def test_the_readings_behind_a_requirement_come_in_its_order() -> None:
    requirement = load_catalogue()["report.image.manifest-size"]
    behind = load_register().behind(requirement)
    assert [reading.id for reading in behind] == ["manifest-size-type", "digest-and-image-id"]


@pytest.mark.parametrize(
    ("identifier", "judged_by", "ending"),
    [
        ("stale-labels", JudgedBy.A, "Judged by: It is removed:"),
        ("toml-version", JudgedBy.B, "Judged by: Any published version;"),
        ("image-id-key", JudgedBy.EITHER, "Either reading passes."),
    ],
)
def test_a_reading_says_what_is_judged_by(
    identifier: str, judged_by: JudgedBy, ending: str
) -> None:
    reading = load_register()[identifier]
    assert reading.judged_by is judged_by
    said = reading.read_as(reading.judged_by.value)
    assert said.startswith(reading.question)
    assert ending in said


def test_an_unknown_reading_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_register()["no-such-question"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('judged-by = "a"', 'judged-by = "c"', "reading a-question: 'c' is not a valid JudgedBy"),
        ('reading-b = "That."', "", "reading a-question: required field missing"),
        ('because = "So."', 'because = "So."\nwhy = "x"', r"reading a-question: .*\(why\)"),
        ('section = "report.toml"', 'section = "x"', "Platform specification 0.15 has no section"),
        ("[[reading]]", "[[readings]]", "readings: unknown key readings"),
        ('"report.written"', '"report.writen"', "names report.writen, which does not name it"),
    ],
)
def test_a_wrong_row_is_refused_by_name(old: str, new: str, message: str) -> None:
    assert old in ROW
    with pytest.raises(ValueError, match=message):
        parse_register(ROW.replace(old, new), load_catalogue())


def test_a_requirement_that_is_not_named_back_is_refused() -> None:
    with pytest.raises(ValueError, match=r"requirement .*names reading .*which does not name it"):
        parse_register("", load_catalogue())
