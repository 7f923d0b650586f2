"""What the lifecycle metadata label says of the run image, checked at export and at rebase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.judge.identity import describe_digest, expected_references, identify
from pytest_cnb_report.judge.preconditions import SuccessfulCall, run_image_of
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict, broken, met, shown
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Phase


def run_images_of(
    observation: Observation, metadata: Mapping[str, Any], text: Text
) -> tuple[Mapping[str, Any], ...]:
    """Return what the label says of the run image, with the keys of `runImage`.

    At a rebase, text decides which key is changed: where either will do, both are returned.
    """
    if observation.phase is not Phase.REBASER:
        return (run_image_of(metadata),)
    found = []
    if text.accepts("metadata-key-spelling", "a"):
        found.append(run_image_of(metadata))
    if text.accepts("metadata-key-spelling", "b"):
        found.append(_spelled_in_kebab_case(metadata.get("run-image")))
    return tuple(found)


def _spelled_in_kebab_case(table: object) -> Mapping[str, Any]:
    if not isinstance(table, Mapping):
        return {}
    return {"topLayer" if key == "top-layer" else key: value for key, value in table.items()}


def check_top_layer(done: SuccessfulCall, found: object) -> Verdict:
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


def check_reference(done: SuccessfulCall, found: object, text: Text) -> Verdict:
    """Judge a label's `runImage.reference`."""
    expected = expected_references(done.observation, done.asked, text, "label")
    if not isinstance(found, str) or not found:
        what = "is not a string" if found else "is missing"
        return broken(f"runImage.reference {what}", expected=expected, actual=shown(found))
    identity = identify(done.observation, done.asked, found, text, "label")
    by_tag = identity.form == "name" and not text.accepts("tag-as-reference", "b")
    if identity.is_run_image and not by_tag:
        bare = identity.form == "manifest-digest"
        return met("by a manifest digest without a repository" if bare else "")
    why = "a tag, which can be moved" if identity.is_run_image else identity.what
    return broken(
        f"runImage.reference does not identify the run image: it is {why}",
        expected=expected,
        actual=found,
    )
