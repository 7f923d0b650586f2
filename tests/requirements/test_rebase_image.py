"""A rebase: that it succeeds, what it takes, and under which names it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.image import NoImage

from .examples import Example, right, untestable, wrong
from .observations import (
    NO_DIGEST,
    app_of,
    asked,
    asked_of,
    before_of,
    blocked,
    control,
    diff_ids,
    failed,
    no_app,
    run_image,
    under,
)
from .rebase_edits import (
    CONFIG,
    DAEMON,
    LAYERS,
    REBASE,
    SAME,
    SEVERAL,
    SUCCEEDS,
    in_general,
    new,
    old,
    own,
    with_layers,
)

NEW_NAME = "draft/rebaser-new-name"
DEFAULT_CASE = "draft/rebaser-default-run-image"
BY_VARIABLE = "draft/rebaser-run-image-by-environment"
SAME_IMAGE = "rebase.tags.same-image"
PREVIOUS = "rebase.previous-image.untouched"
DEFAULT = "rebase.run-image.default"
INPUTS = "rebase.inputs.environment"


SUCCESSES = (
    right(SUCCEEDS, "of a rebase", REBASE, words="the rebaser exited 0 and wrote the app image"),
    right(SUCCEEDS, "onto the same run image", SAME),
    right(SUCCEEDS, "at a daemon", DAEMON),
    right(SUCCEEDS, "the second name is not written", SEVERAL, under(1, NoImage("nothing"))),
    wrong(
        SUCCEEDS,
        "without saving",
        "fault-succeeds-without-saving/rebaser-several-images",
        words="the rebaser exited 0, but the app image is the one that was there before",
        expected="an app image that was written by this call",
        actual=lambda seen: before_of(seen).image_id,
    ),
    wrong(
        SUCCEEDS,
        "a failure",
        REBASE,
        failed,
        words="the rebaser exited 1",
        expected="exit code 0",
        actual="ERROR: out of luck",
    ),
    wrong(SUCCEEDS, "no image", REBASE, no_app(), words="did not leave an app image"),
    wrong(
        SUCCEEDS,
        "an index",
        REBASE,
        under(0, NoImage("it is an index", there=True, what="an index")),
        words="the rebaser exited 0, but left an index in the app image's place",
        expected="an image under each name that was given",
        actual="it is an index",
    ),
    untestable(SUCCEEDS, "not reached", REBASE, blocked(), words="the rebaser was not run"),
)


NAMES = (
    right(SAME_IMAGE, "under three names", SEVERAL),
    right(SAME_IMAGE, "at a daemon", "daemon/rebaser-several-images"),
    wrong(
        SAME_IMAGE,
        "one not rebased",
        "fault-second-image-not-rebased/rebaser-several-images",
        words="not every name that was given leads to the same image",
        expected="one image under each name",
    ),
    wrong(
        SAME_IMAGE,
        "nothing under the last",
        SEVERAL,
        under(2, NoImage("nothing")),
        words="not every name",
        actual=lambda seen: {
            **dict.fromkeys(asked_of(seen).images, app_of(seen).digest),
            asked_of(seen).images[2]: None,
        },
    ),
    *in_general(SAME_IMAGE, SEVERAL),
    right(PREVIOUS, "written to a new name", NEW_NAME),
    right(PREVIOUS, "at a daemon", "daemon/rebaser-new-name"),
    right(PREVIOUS, "one of its layers is enough", NEW_NAME, diff_ids(lambda layers: layers[:3])),
    right(
        PREVIOUS,
        "onto a run image with more layers",
        NEW_NAME,
        lambda seen: run_image(diff_ids=(*new(seen), NO_DIGEST))(seen),
        with_layers(lambda seen: [*new(seen), own(seen)[0]]),
    ),
    wrong(
        PREVIOUS,
        "overwritten",
        "fault-previous-image-overwritten/rebaser-new-name",
        words="the image named by -previous-image was changed",
        expected=lambda seen: before_of(seen).digest,
        actual=lambda seen: app_of(seen).digest,
    ),
    wrong(
        PREVIOUS,
        "gone",
        NEW_NAME,
        lambda seen: replace(
            seen, after={**seen.after, asked_of(seen).previous_image or "": NoImage("gone")}
        ),
        words="the image named by -previous-image was changed",
        actual=None,
    ),
    wrong(
        PREVIOUS,
        "another manifest of the same config",
        NEW_NAME,
        lambda seen: replace(
            seen,
            after={
                **seen.after,
                asked_of(seen).previous_image or "": replace(before_of(seen), digest=NO_DIGEST),
            },
        ),
        words="was changed",
        actual=NO_DIGEST,
    ),
    wrong(
        PREVIOUS,
        "another image at a daemon",
        "daemon/rebaser-new-name",
        lambda seen: replace(
            seen,
            after={
                **seen.after,
                asked_of(seen).previous_image or "": replace(before_of(seen), image_id=NO_DIGEST),
            },
        ),
        words="was changed",
        expected=lambda seen: before_of(seen).image_id,
        actual=NO_DIGEST,
    ),
    wrong(
        PREVIOUS,
        "another image was rebased",
        NEW_NAME,
        with_layers(lambda seen: [*new(seen), NO_DIGEST]),
        words="the rebased image is not the one that -previous-image names",
        expected=lambda seen: list(own(seen)),
        actual=lambda seen: [*new(seen), NO_DIGEST],
    ),
    wrong(
        PREVIOUS,
        "its run image alone is no trace of it",
        NEW_NAME,
        with_layers(lambda seen: [*old(seen), NO_DIGEST]),
        words="the rebased image is not the one that -previous-image names",
    ),
    *in_general(PREVIOUS, NEW_NAME),
)


INPUT_EXAMPLES = (
    right(DEFAULT, "by the name", DEFAULT_CASE),
    right(DEFAULT, "without an old run image", DEFAULT_CASE, asked(old_run_image=None)),
    right(DEFAULT, "by a mirror", "draft/rebaser-default-run-image-mirror"),
    right(DEFAULT, "by the stack key", "draft/rebaser-default-run-image-stack"),
    right(DEFAULT, "below platform API 0.12", "api-0.11/rebaser-default-run-image"),
    right(DEFAULT, "in any order", DEFAULT_CASE, with_layers(lambda seen: list(new(seen))[::-1])),
    wrong(
        DEFAULT,
        "by the reference",
        "fault-default-from-reference/rebaser-default-run-image",
        words="with no run image given, the one that the metadata label names was not used: the"
        " rebaser exited 72",
        expected="exit code 0",
    ),
    wrong(
        DEFAULT,
        "another one",
        DEFAULT_CASE,
        with_layers(lambda seen: [*old(seen), *own(seen)]),
        words="was not used: another run image was used",
        expected=lambda seen: list(new(seen)),
        actual=lambda seen: [*old(seen), *own(seen)],
    ),
    wrong(
        DEFAULT,
        "no image",
        DEFAULT_CASE,
        no_app("gone"),
        words="was not used: the rebaser exited 0, but did not leave an app image",
        expected="an image under each name that was given",
        actual="gone",
    ),
    untestable(DEFAULT, "not reached", DEFAULT_CASE, blocked(), words="was not run"),
    right(INPUTS, "the run image by a variable", BY_VARIABLE),
    right(
        INPUTS, "the run image by the deprecated flag", "draft/rebaser-run-image-by-deprecated-flag"
    ),
    right(INPUTS, "force by a variable", "draft/rebaser-force-by-environment"),
    right(INPUTS, "the daemon by a variable", "daemon/rebaser-daemon-by-environment"),
    wrong(
        INPUTS,
        "the variable is ignored",
        "fault-run-image-variable-ignored/rebaser-run-image-by-environment",
        words="the input was ignored: another run image was used",
        expected=lambda seen: list(new(seen)),
        actual=lambda seen: list(app_of(seen).diff_ids),
    ),
    wrong(
        INPUTS,
        "refused",
        BY_VARIABLE,
        failed,
        words="the input was ignored: the rebaser exited 1",
        expected="exit code 0",
        actual="ERROR: out of luck",
    ),
    untestable(
        INPUTS,
        "never rebases",
        BY_VARIABLE,
        failed,
        control(failed),
        words="the rebaser also fails where it has to succeed: the rebaser exited 1",
        cause=SUCCEEDS,
    ),
    untestable(INPUTS, "not reached", BY_VARIABLE, blocked(), words="was not run"),
    untestable(
        LAYERS,
        "another run image by an input",
        "fault-run-image-variable-ignored/rebaser-run-image-by-environment",
        words="another run image was used",
        cause=INPUTS,
    ),
    untestable(
        CONFIG,
        "another run image by default",
        DEFAULT_CASE,
        with_layers(lambda seen: [*old(seen), *own(seen)]),
        words="another run image was used",
        cause=DEFAULT,
    ),
    untestable(CONFIG, "failed by default", DEFAULT_CASE, failed, words="exited 1", cause=DEFAULT),
    untestable(CONFIG, "failed by an input", BY_VARIABLE, failed, words="exited 1", cause=INPUTS),
)

EXAMPLES: tuple[Example, ...] = (
    *SUCCESSES,
    *NAMES,
    *INPUT_EXAMPLES,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_rebased_image(example: Example) -> None:
    example.check()
