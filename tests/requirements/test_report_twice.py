"""The report of a second rebase, judged like that of the first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.observe.observation import Observation

from .examples import Example, right, wrong
from .observations import (
    NO_DIGEST,
    Edit,
    again,
    asked_of,
    call,
    no_app,
    no_report,
    report_bytes,
    report_key,
)

TWICE = "draft/rebaser-twice"
REPEATED = "draft/rebaser-repeated"
AGAIN = "after the same rebase again, "


def changes_nothing(seen: Observation) -> Observation:
    """Have the second rebase write the image that is there already."""
    assert seen.again is not None
    name = asked_of(seen).images[0]
    same = replace(seen.again, before=seen.after, after={**seen.again.after, name: seen.app})
    return replace(seen, again=same)


def after_two(requirement: str, what: str, edit: Edit, words: str) -> tuple[Example, ...]:
    """The second report is wrong; it is not judged where there was no second success."""
    return (
        wrong(requirement, f"{what} of the second rebase", TWICE, again(edit), words=AGAIN + words),
        wrong(requirement, f"{what} of another rebase", REPEATED, again(edit), words=AGAIN + words),
        right(
            requirement,
            f"{what} of a second that failed",
            TWICE,
            again(edit),
            again(call(exit_code=1)),
        ),
        right(
            requirement, f"{what} of a second without an image", TWICE, again(edit), again(no_app())
        ),
    )


EXAMPLES: tuple[Example, ...] = (
    *(
        right(requirement, "of a second rebase that changes nothing", TWICE, changes_nothing)
        for requirement in (
            "report.written",
            "report.valid-toml",
            "report.image.tags",
            "report.image.digest",
            "report.image.manifest-size",
            "report.run-image.image",
            "report.run-image.reference",
            "report.run-image.top-layer",
            "report.run-image.after-rebase",
            "report.run-image.matches-label",
        )
    ),
    *after_two("report.written", "none", no_report, "the run succeeded, but there is no report"),
    *after_two("report.valid-toml", "no TOML", report_bytes(lambda _: b"="), "the report cannot"),
    *after_two(
        "report.image.digest",
        "the digest",
        report_key("image/digest", NO_DIGEST),
        "image.digest is",
    ),
    *after_two(
        "report.run-image.top-layer",
        "the top layer",
        report_key("run-image/top-layer", NO_DIGEST),
        "",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_report_of_a_second_rebase(example: Example) -> None:
    example.check()
