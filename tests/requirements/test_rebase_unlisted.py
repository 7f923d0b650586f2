"""Rebases onto run images that the app image does not name, where nothing forbids them yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.observation import Observation

from .examples import Example, right, untestable, wrong
from .observations import (
    Edit,
    app_of,
    asked_of,
    blocked,
    diff_ids,
    failed,
    recorded,
    situation,
)

PERMITTED = "rebase.unlisted.permitted"
INPUTS = "rebase.inputs.environment"
LAYERS = "rebase.layers"
CASE = "unlisted/rebaser-unlisted-permitted"
by_variable = situation(run_image_by="environment")


def with_control(*edits: Edit) -> Edit:
    """Add the same rebase by flags, with edits."""

    def edit(seen: Observation) -> Observation:
        by_flags = recorded(*CASE.split("/"))
        for each in edits:
            by_flags = each(by_flags)
        return replace(seen, control=by_flags)

    return edit


def onto_the_old(seen: Observation) -> Observation:
    asked = asked_of(seen)
    assert asked.old_run_image is not None
    old, new = asked.old_run_image.diff_ids, asked.run_image.diff_ids
    return diff_ids(lambda layers: [*old, *layers[len(new) :]])(seen)


EXAMPLES: tuple[Example, ...] = (
    right(PERMITTED, "done", CASE),
    right(PERMITTED, "done by a variable", CASE, by_variable),
    wrong(
        PERMITTED,
        "refused",
        CASE,
        failed,
        words="the rebase onto a run image that the app image does not list failed: the rebaser"
        " exited 1",
        expected="exit code 0",
    ),
    wrong(
        PERMITTED,
        "onto the listed one",
        CASE,
        onto_the_old,
        words="another run image was used",
        expected=lambda seen: list(asked_of(seen).run_image.diff_ids),
        actual=lambda seen: list(app_of(seen).diff_ids),
    ),
    wrong(
        PERMITTED,
        "refused by flags too",
        CASE,
        by_variable,
        failed,
        with_control(failed),
        words="does not list failed: the rebaser exited 1",
    ),
    wrong(
        PERMITTED,
        "onto the listed one by flags too",
        CASE,
        by_variable,
        onto_the_old,
        with_control(onto_the_old),
        words="another run image was used",
    ),
    untestable(
        PERMITTED,
        "refused by a variable alone",
        CASE,
        by_variable,
        failed,
        with_control(),
        words="the rebaser exited 1",
        cause=INPUTS,
    ),
    untestable(
        PERMITTED,
        "onto the listed one by a variable alone",
        CASE,
        by_variable,
        onto_the_old,
        with_control(),
        words="another run image was used",
        cause=INPUTS,
    ),
    untestable(
        PERMITTED,
        "never rebases",
        CASE,
        failed,
        with_control(situation(unlisted=False), failed),
        words="the rebaser also fails where it has to succeed",
        cause="rebase.succeeds",
    ),
    untestable(PERMITTED, "not reached", CASE, blocked(), words="was not run"),
    untestable(
        INPUTS,
        "refused by flags too",
        CASE,
        by_variable,
        failed,
        with_control(failed),
        words="also fails where it has to succeed",
        cause=PERMITTED,
    ),
    untestable(
        INPUTS,
        "never rebases, unlisted",
        CASE,
        by_variable,
        failed,
        with_control(failed, with_control(situation(unlisted=False), failed)),
        words="also fails where it has to succeed",
        cause="rebase.succeeds",
    ),
    untestable(
        INPUTS,
        "onto the listed one by flags too",
        CASE,
        by_variable,
        onto_the_old,
        with_control(onto_the_old),
        words="the same rebase by flags uses another run image too",
        cause=PERMITTED,
    ),
    untestable(
        LAYERS, "refused where it is permitted", CASE, failed, words="exited 1", cause=PERMITTED
    ),
    untestable(
        LAYERS,
        "by a variable onto the listed one",
        CASE,
        by_variable,
        onto_the_old,
        with_control(onto_the_old),
        words="another run image was used",
        cause=PERMITTED,
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    example.check()
