"""Who flips under a changed text: from records of the reference and of its faults."""

from __future__ import annotations

import functools
from pathlib import Path

import jsonschema_rs
import pytest

from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.planning.judge_record import judge_record
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.planning.text_comparison import Change
from pytest_cnb_report.planning.whatif import answers_of
from pytest_cnb_report.planning.whatif_records import what_if
from pytest_cnb_report.record.file import read_record
from pytest_cnb_report.report.layout import Line
from pytest_cnb_report.report.whatif import Answer, Cell, Row, WhatIf
from pytest_cnb_report.report.whatif_json import schema, to_json
from pytest_cnb_report.report.whatif_markdown import markdown
from pytest_cnb_report.report.whatif_terminal import render
from pytest_cnb_report.requirements.amendment import amended
from pytest_cnb_report.requirements.amendment_file import AmendmentError, parse_amendment
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Level, Outcome, Profile

OBSERVATIONS = Path(__file__).parents[2] / "fixtures" / "observations"
STALE = '[reading]\nstale-labels = "b"\n'
DIGEST = '[fields]\nreference-forms = ["digest-reference"]\n'
LABEL = '[fields]\nlabel-reference-forms = ["digest-reference"]\n'
CAMEL = '[fields]\ntable = "runImage"\n'


@functools.cache
def asked(change: str, *names: str, profile: Profile | None = None) -> WhatIf:
    amendment = parse_amendment(f'text = "a change"\n{change}', "change.toml")
    return what_if([OBSERVATIONS / f"{name}.xz" for name in names], amendment, profile)


def row(found: WhatIf, requirement: str) -> Row:
    (one,) = (each for each in found.rows if each.requirement == requirement)
    return one


def cell(found: WhatIf, requirement: str) -> Cell:
    (one,) = row(found, requirement).cells
    return one


def text_of(lines: tuple[Line, ...]) -> str:
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def test_a_requirement_flips_on_the_scenarios_that_ask_what_changed() -> None:
    found = asked(STALE, "draft")
    removed = cell(found, "rebase.labels.stack.removed")
    (transition,) = removed.transitions
    assert removed.answer is Answer.FLIPS
    assert (transition.before, transition.after) == (Outcome.PASS, Outcome.FAIL)
    assert 0 < len(transition.scenarios) < removed.judged
    assert found.flipping == found.columns


def test_a_form_that_is_no_longer_permitted_fails() -> None:
    found = asked(DIGEST, "draft", "daemon", "fault-image-id-for-reference")
    registry, daemon, image_id = row(found, "report.run-image.reference").cells
    assert registry.answer is Answer.STAYS
    assert daemon.answer is Answer.FLIPS
    assert image_id.answer is Answer.FLIPS


def test_a_form_in_the_label_is_a_question_of_its_own() -> None:
    found = asked(LABEL, "draft", "daemon")
    registry, daemon = row(found, "rebase.metadata.reference").cells
    assert (registry.answer, daemon.answer) == (Answer.STAYS, Answer.FLIPS)
    assert "report.run-image.reference" not in {each.requirement for each in found.rows}


def test_a_tag_is_still_told_by_its_own_requirement_alone() -> None:
    found = asked(DIGEST, "fault-tag-for-reference")
    assert cell(found, "report.run-image.reference").answer is Answer.STAYS


def test_what_no_record_writes_cannot_be_told() -> None:
    found = asked(DIGEST, "published", profile=Profile.RFC_0129_DRAFT)
    reference = cell(found, "report.run-image.reference")
    assert (reference.answer, reference.unwritten) == (Answer.CANNOT_TELL, True)
    assert reference.why == "the report has no run-image.reference"
    assert "no record has it (the report has no" in markdown(found).replace("\\", "")


def test_what_cannot_be_tested_any_more_follows_from_what_fails() -> None:
    found = asked(CAMEL, "draft")
    assert not row(found, "report.run-image.layout").follows
    top_layer = row(found, "report.run-image.top-layer")
    assert top_layer.follows
    assert top_layer.causes == ("report.run-image.layout",)
    assert found.rows[0].requirement == "report.run-image.layout"


def test_a_level_turns_failures_into_warnings() -> None:
    change = '[level]\n"report.run-image.*" = "SHOULD"\n'
    with pytest.raises(AmendmentError, match="only observes"):
        asked(change, "published", profile=Profile.RFC_0129_DRAFT)
    change = '[level]\n"report.run-image.image" = "SHOULD"\n'
    found = asked(change, "published", profile=Profile.RFC_0129_DRAFT)
    image = row(found, "report.run-image.image")
    (transition,) = image.cells[0].transitions
    assert (image.level, image.becomes) == (Level.MUST, Level.SHOULD)
    assert (transition.before, transition.after) == (Outcome.FAIL, Outcome.WARN)


def test_a_level_of_may_warns_nobody() -> None:
    found = asked('[level]\n"rebase.created.constant" = "MAY"\n', "fault-created-now")
    (transition,) = cell(found, "rebase.created.constant").transitions
    assert (transition.before, transition.after) == (Outcome.WARN, Outcome.OBSERVED)


def test_a_later_platform_api_asks_no_recorded_lifecycle() -> None:
    found = asked('[since]\n"report.run-image.image" = "0.16"\n', "draft")
    (transition,) = cell(found, "report.run-image.image").transitions
    assert (transition.before, transition.after) == (Outcome.PASS, Outcome.NOT_APPLICABLE)


def test_an_earlier_platform_api_asks_what_was_not_asked() -> None:
    found = asked('[since]\n"rebase.labels.base.*" = "0.11"\n', "api-0.11")
    transitions = cell(found, "rebase.labels.base.added").transitions
    assert {each.before for each in transitions} == {Outcome.NOT_APPLICABLE}
    assert {each.after for each in transitions} <= {Outcome.PASS, Outcome.FAIL}


def test_an_earlier_platform_api_that_no_scenario_is_about_cannot_be_told() -> None:
    found = asked('[since]\n"rebase.target.mismatch-refused" = "0.7"\n', "api-0.11")
    refused = cell(found, "rebase.target.mismatch-refused")
    assert refused.answer is Answer.CANNOT_TELL
    assert "no scenario of this record tests it at platform API 0.11" in refused.why


def test_a_question_without_effect_says_why_no_record_can_tell() -> None:
    found = asked('[reading]\nimage-by-digest = "b"\n', "unlisted", "draft")
    assert {c.answer for r in found.rows for c in r.cells} == {Answer.CANNOT_TELL}
    assert any("tag reference" in c.why for r in found.rows for c in r.cells)


def test_records_of_several_profiles_are_told_apart() -> None:
    found = asked(STALE, "draft", "published")
    said = markdown(found).replace("\\", "")
    assert "<br>rfc-0129-draft |" in said
    assert "<br>platform-spec |" in said


def test_what_another_profile_asks_does_not_apply() -> None:
    found = asked(DIGEST, "draft", "published")
    _, published = row(found, "report.run-image.reference").cells
    assert published.answer is Answer.NOT_APPLICABLE
    assert "platform-spec" in published.why


def test_an_amendment_that_fits_no_profile_is_refused() -> None:
    with pytest.raises(AmendmentError, match="which profile platform-spec does not have"):
        asked(DIGEST, "draft", profile=Profile.PLATFORM_SPEC)


def test_what_the_text_says_already_flips_nothing() -> None:
    found = asked('[reading]\nstale-labels = "a"\n', "draft")
    assert found.rows == ()
    said = markdown(found)
    assert "Nothing flips: no requirement depends on the change" in said
    assert "no change: the text already says so" in said


@pytest.mark.parametrize("change", [STALE, DIGEST, LABEL, CAMEL])
def test_every_form_says_the_same(change: str) -> None:
    found = asked(change, "draft", "daemon")
    data = to_json(found)
    jsonschema_rs.validate(schema(), data)
    assert data["answers"]["flips"] == sum(
        one["answer"] == "flips" for each in data["requirements"] for one in each["answers"]
    )
    wide = text_of(render(found, width=200))
    for each in found.rows:
        assert each.requirement in wide
        assert each.requirement in markdown(found)
    narrow = render(found, width=40, ascii_only=True)
    assert all(len(line) <= 40 and line.isascii() for line in text_of(narrow).splitlines())


def test_a_table_row_has_a_cell_for_each_recorded_lifecycle() -> None:
    found = asked(STALE, "draft", "daemon")
    lines = markdown(found).splitlines()
    (line,) = (each for each in lines if each.startswith("| `rebase.labels.stack.removed`"))
    assert line.count("|") == 4
    assert "**pass → fail, " in line


def test_the_result_does_not_depend_on_the_workers() -> None:
    amendment = parse_amendment(f'text = "a change"\n{STALE}', "change.toml")
    records = [OBSERVATIONS / "draft.xz", OBSERVATIONS / "api-0.11.xz"]
    assert what_if(records, amendment, None, workers=2) == what_if(records, amendment, None)


def outcomes(name: str, text: Text) -> dict[tuple[str, str], Outcome]:
    record = read_record(OBSERVATIONS / f"{name}.xz")
    settings = read_settings({option.name: option.default for option in OPTIONS})
    results = judge_record(record, text, settings, None).run(0.0).results
    return {
        (each.requirement, f"{each.phase.value}/{each.case}"): each.outcome
        for each in results
        if each.outcome is not Outcome.NOT_APPLICABLE
    }


@pytest.mark.parametrize(
    "change",
    [
        STALE,
        DIGEST,
        CAMEL,
        '[level]\n"rebase.created.constant" = "MAY"\n',
        '[since]\n"report.run-image.*" = "0.16"\n"rebase.labels.*" = "0.16"\n',
    ],
)
@pytest.mark.parametrize("name", ["draft", "daemon", "fault-image-id-for-reference"])
def test_a_flip_is_where_two_judgements_differ(name: str, change: str) -> None:
    text = load_text(Profile.RFC_0129_DRAFT)
    amendment = parse_amendment(f'text = "a change"\n{change}', "change.toml")
    before, after = (outcomes(name, each) for each in (text, amended(text, amendment)))
    differing = {
        (*key, before.get(key, Outcome.NOT_APPLICABLE), after.get(key, Outcome.NOT_APPLICABLE))
        for key in before.keys() | after.keys()
        if before.get(key) is not after.get(key)
    }
    found = {
        (each.requirement, f"{s.phase.value}/{s.case}", t.before, t.after)
        for each in asked(change, name).rows
        for c in each.cells
        for t in c.transitions
        for s in t.scenarios
    }
    assert found == differing


@pytest.mark.parametrize("name", ["unlisted", "api-0.11", "fault-tag-for-reference"])
def test_nothing_flips_that_was_not_judged_again(name: str) -> None:
    """Judging everything twice finds what judging the touched requirements finds."""
    record = read_record(OBSERVATIONS / f"{name}.xz")
    text = load_text(record.run.profile)
    for reading in load_register():
        for other in text.read_otherwise(reading.id):
            change = Change(text, other)
            some, every = (answers_of(name, record, change, every=e) for e in (False, True))
            assert some.cells == {key: every.cells[key] for key in some.cells}
            others = every.cells.keys() - some.cells.keys()
            assert not {k for k in others for c in every.cells[k] if c.answer is Answer.FLIPS}
