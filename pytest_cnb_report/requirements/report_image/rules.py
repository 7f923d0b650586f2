"""report.toml, `[image]`: the tags, the digest, the size and the ID of the app image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.names import normalised
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.preconditions import Done, require_report, require_success
from pytest_cnb_report.judge.rule import Rule
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict, broken, met, shown
from pytest_cnb_report.observe.observation import Observation


def _image_table(done: Done) -> Mapping[str, Any]:
    table = require_report(done).get("image")
    return table if isinstance(table, Mapping) else {}


def tags(observation: Observation, _: Text) -> Verdict:
    """Judge that the report names every reference that the app image was written to."""
    done = require_success(observation)
    found = _image_table(done).get("tags")
    expected = [*done.asked.images]
    if not isinstance(found, list) or not all(isinstance(tag, str) for tag in found):
        what = "is missing" if found is None else "is not an array of strings"
        return broken(f"image.tags {what}", expected=expected, actual=shown(found))
    written = {normalised(tag) for tag in found}
    missing = [tag for tag in expected if normalised(tag) not in written]
    if missing:
        return broken(
            f"image.tags leaves out {len(missing)} of the {len(expected)} names that were written",
            expected=expected,
            actual=found,
        )
    asked = {normalised(tag) for tag in expected}
    for tag in found:
        if normalised(tag) in asked:
            continue
        leads = observation.found.get(tag)
        if leads is None or leads.status != "image" or leads.image_id != done.app.image_id:
            return broken(
                "image.tags has a name that does not lead to the app image",
                expected=expected,
                actual=found,
            )
    return met()


def digest(observation: Observation, _: Text) -> Verdict:
    """Judge that the digest is the one of the manifest as the registry holds it."""
    done = require_success(observation)
    found = _image_table(done).get("digest")
    if found == done.app.digest:
        return met()
    what = _what_instead(done, found)
    return broken(f"image.digest {what}", expected=done.app.digest, actual=shown(found))


def _what_instead(done: Done, found: object) -> str:
    if found is None:
        return "is missing"
    if not isinstance(found, str):
        return "is not a string"
    if found == done.app.image_id:
        return "is the image ID, not the digest of the manifest"
    if found in done.asked.run_image.digests:
        return "is the run image's digest, not the app image's"
    before = done.observation.app_before
    if getattr(before, "digest", None) == found:
        return "is the digest from before, not that of the manifest that was written"
    return "is not the digest of the app image's manifest"


def manifest_size(observation: Observation, _: Text) -> Verdict:
    """Judge that the size is that of the manifest as the registry holds it, in bytes."""
    done = require_success(observation)
    found = _image_table(done).get("manifest-size")
    size = len(done.app.manifest or b"")
    if isinstance(found, bool) or not isinstance(found, (int, str)):
        what = "is missing" if found is None else "is neither an integer nor a string"
        return broken(f"image.manifest-size {what}", expected=size, actual=shown(found))
    if found in (size, str(size)):
        return met()
    return broken(
        "image.manifest-size is not the size of the manifest in bytes", expected=size, actual=found
    )


def image_id(observation: Observation, _: Text) -> Verdict:
    """Judge that the ID is that of the app image at the daemon."""
    done = require_success(observation)
    table = _image_table(done)
    found = table.get("image-id", table.get("imageID"))
    if isinstance(found, str) and found.removeprefix("sha256:") == (
        done.app.image_id.removeprefix("sha256:")
    ):
        return met()
    what = "is missing" if found is None else "is not the app image's ID"
    return broken(f"image.image-id {what}", expected=done.app.image_id, actual=shown(found))


RULES: Mapping[str, Rule] = {
    "report.image.tags": Rule(tags, asks.success),
    "report.image.digest": Rule(digest, asks.success),
    "report.image.manifest-size": Rule(manifest_size, asks.success),
    "report.image.image-id": Rule(image_id, asks.success),
}
