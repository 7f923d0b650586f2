"""What a call that does not do as asked is blamed for: itself, or the input that it ignored."""

from __future__ import annotations

import codecs
from dataclasses import replace

import pytest

from pytest_cnb_report.judge.preconditions import (
    NotTestableError,
    ignored_input,
    refused,
    require_report,
    require_success,
    succeeded,
)
from pytest_cnb_report.judge.text import Choice
from pytest_cnb_report.judge.used_run_image import is_used
from pytest_cnb_report.judge.verdict import Answer, Verdict
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile
from requirements.observations import (
    Edit,
    asked,
    asked_of,
    call,
    chain,
    diff_ids,
    no_report,
    recorded,
    report_bytes,
    report_file,
    situation,
)

DRAFT = load_text(Profile.RFC_0129_DRAFT)
ANOTHER = diff_ids(lambda layers: [f"sha256:{n:064}" for n, _ in enumerate(layers)])
BY_VARIABLE = situation(run_image_by="environment")
REPORT_OF_BEFORE: Edit = lambda seen: asked(report_before=seen.report.content)(seen)  # noqa: E731


def names_unchanged(seen: Observation) -> Observation:
    return replace(seen, before=seen.after)


def accepted(*edits: Edit) -> Verdict:
    """Judge a rebase that was done although it has to be refused."""
    return refused(chain(*edits)(recorded("fault-unlisted-accepted", "rebaser-unlisted")))


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param((names_unchanged,), id="a report was written"),
        pytest.param((no_report,), id="what the names lead to has changed"),
        pytest.param((REPORT_OF_BEFORE,), id="only the report is as before"),
    ],
)
def test_what_was_done_on_another_run_image_ignored_the_input(edits: tuple[Edit, ...]) -> None:
    verdict = accepted(BY_VARIABLE, ANOTHER, *edits)
    assert verdict.answer is Answer.UNTESTABLE
    assert verdict.cause == "rebase.inputs.environment"


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param((ANOTHER,), id="no input is in question"),
        pytest.param((BY_VARIABLE,), id="it is the run image that was asked for"),
        pytest.param((BY_VARIABLE, ANOTHER, no_report, names_unchanged), id="nothing was done"),
        pytest.param(
            (BY_VARIABLE, ANOTHER, REPORT_OF_BEFORE, names_unchanged), id="an old report stands"
        ),
    ],
)
def test_what_exits_0_and_ignored_nothing_was_not_refused(edits: tuple[Edit, ...]) -> None:
    verdict = accepted(*edits)
    assert verdict.answer is Answer.BROKEN
    assert verdict.message == "the call was carried out instead of refused: exit code 0"


BUILD = recorded("variables", "exporter-inputs-by-environment")
FAILED = call(exit_code=1)


def test_a_build_that_fails_where_the_same_by_flags_does_not_ignored_an_input() -> None:
    verdict = ignored_input(replace(FAILED(BUILD), control=recorded("draft", "exporter-plain")))
    assert verdict is not None
    assert verdict.answer is Answer.BROKEN
    assert verdict.message == "an input was ignored: the exporter exited 1"
    assert (verdict.expected, verdict.actual) == ("exit code 0", succeeded(FAILED(BUILD)).actual)
    assert verdict.actual


def test_a_build_that_fails_by_flags_too_ignored_none() -> None:
    control = FAILED(recorded("draft", "exporter-plain"))
    assert ignored_input(replace(FAILED(BUILD), control=control)) is None


def test_without_a_control_only_what_is_broken_is_blamed_on_an_input() -> None:
    alone = replace(BUILD, control=None)
    assert ignored_input(alone) is None
    assert ignored_input(FAILED(alone)) is not None
    assert ignored_input(replace(alone, blocked="the analyzer exited 1")) is None


REBASE = recorded("draft", "rebaser-plain")


@pytest.mark.parametrize("which", ["a", "b", "either"])
def test_a_report_behind_a_byte_order_mark_is_read_where_one_is_permitted(which: Choice) -> None:
    marked = report_bytes(lambda content: codecs.BOM_UTF8 + content)(REBASE)
    text = replace(DRAFT, readings={**DRAFT.readings, "byte-order-mark": which})
    assert require_report(require_success(REBASE), text) == REBASE.report.table
    if which == "a":
        with pytest.raises(NotTestableError) as untestable:
            require_report(require_success(marked), text)
        assert untestable.value.verdict.cause == "report.valid-toml"
    else:
        assert require_report(require_success(marked), text) == REBASE.report.table


@pytest.mark.parametrize(
    "edit", [no_report, report_file(problem="it is a folder"), REPORT_OF_BEFORE]
)
def test_a_report_that_is_not_there_or_was_there_before_is_not_read(edit: Edit) -> None:
    with pytest.raises(NotTestableError) as untestable:
        require_report(require_success(edit(REBASE)), DRAFT)
    assert untestable.value.verdict.message == "there is no report"


A, B, C, D = (f"sha256:{letter * 64}" for letter in "abcd")


@pytest.mark.parametrize(
    ("wanted", "old", "actual", "used"),
    [
        ((A, B), (), (A, B, C), True),
        ((A, B), (), (C, B), True),
        ((A, B), (), (C,), False),
        ((A, B), (A,), (C, B), True),
        ((A, B), (A,), (A, C), False),
        # lost and repeated layers: what both images have is no sign of the old one
        ((A, B), (A, D), (A, A, C), True),
        ((A, B), (A, D), (A, D, C), False),
        ((A, B), (A, D), (C,), False),
        ((A, B), (A, B), (A, B, C), True),
        ((A, B), (A, B, C), (A, C), False),
        ((A, B), (B, A), (B, A), False),
        ((), (A,), (B,), True),
    ],
)
def test_a_run_image_is_told_by_the_layers_that_the_old_one_lacks(
    wanted: tuple[str, ...], old: tuple[str, ...], actual: tuple[str, ...], used: bool
) -> None:
    seen = asked_of(REBASE)
    assert seen.old_run_image is not None
    before = replace(seen.old_run_image, diff_ids=old)
    new = replace(seen, run_image=replace(seen.run_image, diff_ids=wanted), old_run_image=before)
    assert is_used(new, actual) is used


def test_at_a_build_there_is_no_old_run_image() -> None:
    seen = replace(asked_of(REBASE), old_run_image=None)
    assert is_used(seen, seen.run_image.diff_ids)
    assert not is_used(seen, (C,))
