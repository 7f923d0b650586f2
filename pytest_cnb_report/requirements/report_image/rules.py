"""report.toml, `[image]`: the tags, the digest, the size and the ID of the app image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pytest_cnb_report.drive.names import normalised
from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.identity import DIGEST
from pytest_cnb_report.judge.preconditions import (
    SuccessfulCall,
    made_elsewhere,
    require_report,
    require_success,
)
from pytest_cnb_report.judge.rule import Rule
from pytest_cnb_report.judge.second_call import on_each_call
from pytest_cnb_report.judge.text import Choice, Text
from pytest_cnb_report.judge.verdict import (
    Verdict,
    broken,
    cannot_tell,
    met,
    not_applicable,
    shown,
)
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.values import Target

_SIZES: Mapping[Choice, tuple[tuple[type, ...], str]] = {
    "a": ((str,), "is not a string"),
    "b": ((int,), "is not an integer"),
    "either": ((int, str), "is neither an integer nor a string"),
}
"""What `manifest-size` may be, by reading, and what to say of anything else."""


def _image_table(done: SuccessfulCall, text: Text) -> Mapping[str, Any]:
    table = require_report(done, text).get("image")
    return table if isinstance(table, Mapping) else {}


def _belongs_elsewhere(done: SuccessfulCall, target: Target, text: Text) -> bool:
    """Whether a key is not asked for, because the app image did not go to this target."""
    return done.observation.target is not target and text.accepts("digest-and-image-id", "b")


def tags(observation: Observation, text: Text) -> Verdict:
    """Judge that the report names every reference that the app image was written to."""
    done = require_success(observation)
    found = _image_table(done, text).get("tags")
    expected = [*done.asked.images]
    if not isinstance(found, list) or not all(isinstance(tag, str) for tag in found):
        what = "is missing" if found is None else "is not an array of strings"
        return broken(f"image.tags {what}", expected=expected, actual=shown(found))
    if _have_moved(observation, expected, found):
        return cannot_tell("every name in image.tags refers to another image now", Evidence.CALL)
    written = {normalised(tag) for tag in found}
    missing = [tag for tag in expected if normalised(tag) not in written]
    if missing:
        return broken(
            f"image.tags lacks {len(missing)} of the {len(expected)} names that were written",
            expected=expected,
            actual=found,
        )
    asked = {normalised(tag) for tag in expected}
    # of a build that was made elsewhere not every name that was asked for is known
    others = text.accepts("tags-not-asked-for", "b") or made_elsewhere(observation)
    for tag in found:
        if normalised(tag) in asked:
            continue
        if not others:
            return broken(
                "image.tags has a name that the run was not asked to write",
                expected=expected,
                actual=found,
            )
        leads = observation.found.get(tag)
        if leads is None or leads.status != "image" or leads.image_id != done.app.image_id:
            return broken(
                "image.tags has a name that does not lead to the app image",
                expected=expected,
                actual=found,
            )
    return met()


def _have_moved(observation: Observation, expected: list[str], found: list[str]) -> bool:
    """Whether an app image of a finished build is known by its digest, and no name leads to it.

    Names that led to it once may have been moved to the image of a later build.
    """
    leads = [observation.found.get(tag) for tag in found]
    return (
        made_elsewhere(observation)
        and "@" in expected[0]
        and bool(leads)
        and all(each is not None and each.status == "image" for each in leads)
    )


def digest(observation: Observation, text: Text) -> Verdict:
    """Judge that the digest is the one of the manifest as the registry holds it.

    A daemon has no manifest to compare with: only the form of the digest can be judged there.
    """
    done = require_success(observation)
    if _belongs_elsewhere(done, Target.REGISTRY, text):
        return not_applicable("a daemon has no manifest")
    found = _image_table(done, text).get("digest")
    if found == done.app.digest and found is not None:
        return met()
    if done.app.digest is None and isinstance(found, str) and DIGEST.fullmatch(found):
        return met()
    what = _what_instead(done, found)
    return broken(f"image.digest {what}", expected=done.app.digest, actual=shown(found))


def _what_instead(done: SuccessfulCall, found: object) -> str:
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
        return "is the previous manifest's digest, not that of the manifest that was written"
    return "is not the digest of the app image's manifest"


def manifest_size(observation: Observation, text: Text) -> Verdict:
    """Judge that the size is that of the manifest as the registry holds it, in bytes.

    A daemon has no manifest to compare with: any size will do there.
    """
    done = require_success(observation)
    if _belongs_elsewhere(done, Target.REGISTRY, text):
        return not_applicable("a daemon has no manifest")
    found = _image_table(done, text).get("manifest-size")
    size = None if done.app.manifest is None else len(done.app.manifest)
    kinds, unlike = _SIZES[text.reading("manifest-size-type")]
    if isinstance(found, bool) or not isinstance(found, kinds):
        what = "is missing" if found is None else unlike
        return broken(f"image.manifest-size {what}", expected=size, actual=shown(found))
    if found in (size, str(size)):
        return met()
    if size is None and re.fullmatch(r"[1-9][0-9]*", str(found)):
        return met()
    return broken(
        "image.manifest-size is not the size of the manifest in bytes",
        expected=size,
        actual=shown(found),
    )


def image_id(observation: Observation, text: Text) -> Verdict:
    """Judge that the ID is that of the app image: its config's digest."""
    done = require_success(observation)
    if _belongs_elsewhere(done, Target.DAEMON, text):
        return not_applicable("a registry has no image ID")
    table = _image_table(done, text)
    spellings: tuple[tuple[str, Literal["a", "b"]], ...] = (("image-id", "a"), ("imageID", "b"))
    keys = [key for key, reading in spellings if text.accepts("image-id-key", reading)]
    found = {key: table[key] for key in keys if key in table}
    right = done.app.image_id.removeprefix("sha256:")
    wrong = [
        key
        for key, value in found.items()
        if not isinstance(value, str) or value.removeprefix("sha256:") != right
    ]
    if found and not wrong:
        return met()
    key = wrong[0] if wrong else keys[0]
    what = "is not the app image's ID" if found else "is missing"
    return broken(f"image.{key} {what}", expected=done.app.image_id, actual=shown(table.get(key)))


RULES = on_each_call(
    {
        "report.image.tags": Rule(tags, asks.success),
        "report.image.digest": Rule(digest, asks.success),
        "report.image.manifest-size": Rule(manifest_size, asks.success),
        "report.image.image-id": Rule(image_id, asks.success),
    }
)
