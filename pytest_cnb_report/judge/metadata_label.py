"""What the lifecycle metadata label says of the run image, checked at export and at rebase."""

from __future__ import annotations

from pytest_cnb_report.judge.identity import describe_digest, expected_references, identify
from pytest_cnb_report.judge.preconditions import Done
from pytest_cnb_report.judge.verdict import Verdict, broken, met, shown


def check_top_layer(done: Done, found: object) -> Verdict:
    """Judge a label's `runImage.topLayer`."""
    expected = done.asked.run_image.top_layer
    if found == expected:
        return met()
    if not isinstance(found, str):
        what = "is missing" if found is None else "is not a string"
        return broken(f"runImage.topLayer {what}", expected=expected, actual=shown(found))
    return broken(
        "runImage.topLayer is not the diff ID of the run image's top layer, but"
        f" {describe_digest(done.asked, found)}",
        expected=expected,
        actual=found,
    )


def check_reference(done: Done, found: object) -> Verdict:
    """Judge a label's `runImage.reference`."""
    expected = expected_references(done.asked)
    if not isinstance(found, str) or not found:
        what = "is not a string" if found else "is missing"
        return broken(f"runImage.reference {what}", expected=expected, actual=shown(found))
    identity = identify(done.observation, done.asked, found)
    if identity.is_run_image and identity.form != "name":
        return met()
    why = "a tag, which can be moved" if identity.is_run_image else identity.what
    return broken(
        f"runImage.reference does not identify the run image: it is {why}",
        expected=expected,
        actual=found,
    )
