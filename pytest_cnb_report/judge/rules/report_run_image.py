"""report.toml, the run image: the fields that RFC 0129 adds, each on its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.names import ImageName, normalised
from pytest_cnb_report.judge.guards import (
    Done,
    NotTestableError,
    made_elsewhere,
    require_report,
    require_success,
)
from pytest_cnb_report.judge.identity import Identity, describe_digest, identify
from pytest_cnb_report.judge.rules.rule import Rule, succeeding
from pytest_cnb_report.judge.run_image_fields import (
    FieldName,
    Fields,
    Place,
    find_fields,
    wanted_path,
)
from pytest_cnb_report.judge.verdict import (
    Json,
    Verdict,
    broken,
    met,
    observed,
    shown,
    untestable,
)
from pytest_cnb_report.observe.observation import Asked, Observation
from pytest_cnb_report.values import Profile

LAYOUT = "report.run-image.layout"
AFTER_REBASE = "report.run-image.after-rebase"
COHERENT = "report.run-image.coherent"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_FORMS = {
    "image-id": "an image ID",
    "short-image-id": "a short image ID",
    "digest-reference": "a digest reference",
    "manifest-digest": "a manifest digest without a repository",
    "name": "a name that can be moved",
    "none": "none that RFC 0129 names",
}


def fields_of(done: Done, profile: Profile) -> Fields:
    """Find the run image's fields in the report."""
    return find_fields(require_report(done), profile)


def placed(fields: Fields, name: FieldName) -> Place | None:
    """Return the field where the profile wants it, None where it is nowhere at all.

    Raises NotTestableError where it stands somewhere else: that is for the layout to say.
    """
    found = fields.right(name)
    if found is None and (fields.misplaced(name) is not None or fields.blocked is not None):
        raise NotTestableError(untestable(f"{name} is not where it is looked for", cause=LAYOUT))
    return found


def text_field(fields: Fields, name: FieldName, expected: Json) -> str | Verdict:
    """Return the field's text, or the verdict on a field that is missing or no text."""
    path = wanted_path(fields.profile, name)
    found = placed(fields, name)
    if found is None:
        return broken(f"the report has no {path}", expected=expected, actual=None)
    if not isinstance(found.value, str):
        return broken(f"{path} is not a string", expected=expected, actual=shown(found.value))
    if not found.value.strip():
        return broken(f"{path} is empty", expected=expected, actual=found.value)
    return found.value


def old_value() -> Verdict:
    """The field holds the old run image's value, which a requirement of its own is about."""
    return untestable("the field holds the value of the old run image", cause=AFTER_REBASE)


def layout(observation: Observation, profile: Profile) -> Verdict:
    """Judge that whatever fields there are stand where the profile puts them."""
    fields = fields_of(require_success(observation), profile)
    if fields.blocked is not None:
        return broken(fields.blocked, expected=f"a table for {profile.value}", actual=None)
    misplaced = {name: place for name in fields.places if (place := fields.misplaced(name))}
    if misplaced:
        takers = sorted({taker.value for place in misplaced.values() for taker in place.profiles})
        who = f"profile {' and '.join(takers)} would take it" if takers else "no profile takes it"
        where = ", ".join(place.dotted for place in misplaced.values())
        return broken(
            f"found at {where}, where {who} (judged by {profile.value})",
            expected=[wanted_path(profile, name) for name in misplaced],
            actual=[place.dotted for place in misplaced.values()],
            readings=("approved-field-place", "approved-key-case"),
        )
    if not fields.any:
        return untestable(
            "there is no field of the run image anywhere in the report",
            cause="report.run-image.image",
        )
    right = [place for name in fields.places if (place := fields.right(name))]
    return met(f"at {', '.join(place.dotted for place in right)}")


def image(observation: Observation, profile: Profile) -> Verdict:
    """Judge that `image` is a name under which the platform knows the run image."""
    done = require_success(observation)
    asked = done.asked
    expected = {"one of": list(asked.run_image.names)}
    found = text_field(fields_of(done, profile), "image", expected)
    if isinstance(found, Verdict):
        return found
    if _names(found, asked.run_image.names, asked):
        return met()
    if asked.old_run_image is not None and _names(found, asked.old_run_image.names, asked):
        return old_value()
    return broken(
        f"{wanted_path(profile, 'image')} is not a name under which the platform knows the"
        " run image",
        expected=expected,
        actual=found,
    )


def _names(text: str, names: tuple[str, ...], asked: Asked) -> bool:
    """Whether a text is one of the names, be it with the run image's own digest behind it."""
    name = ImageName.parse(text)
    if name is not None and name.digest in asked.run_image.digests and name.tag:
        name = name.without_digest
    spelled = text if name is None else str(name)
    return spelled in {normalised(known) for known in names}


def reference(observation: Observation, profile: Profile) -> Verdict:
    """Judge that `reference` identifies the run image that was used."""
    done = require_success(observation)
    expected = expected_references(done.asked)
    found = text_field(fields_of(done, profile), "reference", expected)
    if isinstance(found, Verdict):
        return found
    identity = identify(observation, done.asked, found)
    if identity.is_run_image:
        return met(f"by {_FORMS[identity.form]}")
    if identity.is_old_run_image:
        return old_value()
    return broken(
        f"{wanted_path(profile, 'reference')} does not identify the run image:"
        f" it is {identity.what}",
        expected=expected,
        actual=found,
    )


def expected_references(asked: Asked) -> Json:
    """Return the references that would do."""
    name = ImageName.parse(asked.run_image.names[0])
    repository = f"{name.registry}/{name.repository}" if name else ""
    digest_references = [f"{repository}@{digest}" for digest in asked.run_image.digests]
    return {"one of": [*digest_references, asked.run_image.image_id]}


def _identified(done: Done, profile: Profile) -> tuple[str, Identity]:
    """Return a reference that identifies the run image; raises NotTestableError otherwise."""
    found = placed(fields_of(done, profile), "reference")
    text = found.value if found is not None else None
    if isinstance(text, str) and text.strip():
        identity = identify(done.observation, done.asked, text)
        if identity.is_run_image:
            return text, identity
        if identity.is_old_run_image:
            raise NotTestableError(old_value())
    raise NotTestableError(
        untestable(
            "there is no reference that identifies the run image",
            cause="report.run-image.reference",
        )
    )


def immutable(observation: Observation, profile: Profile) -> Verdict:
    """Judge that `reference` still identifies the run image once its names have been moved."""
    text, identity = _identified(require_success(observation), profile)
    if identity.form != "name":
        return met(f"{_FORMS[identity.form]} cannot be moved")
    if made_elsewhere(observation):
        return broken(
            f"{wanted_path(profile, 'reference')} is a tag, which can be moved to another image",
            expected="an image ID or a digest reference",
            actual=text,
        )
    later = observation.found_later.get(text)
    now = later.digest or later.image_id if later is not None else None
    return broken(
        f"{wanted_path(profile, 'reference')} is a tag: once that was moved, it led to"
        " another image",
        expected="an image ID or a digest reference",
        actual=[text, now],
    )


def form(observation: Observation, profile: Profile) -> Verdict:
    """Observe which form of reference the lifecycle chose."""
    text, identity = _identified(require_success(observation), profile)
    return observed(f"{_FORMS[identity.form]}", actual=text)


def top_layer(observation: Observation, profile: Profile) -> Verdict:
    """Judge that `top-layer` is the diff ID of the run image's top layer."""
    done = require_success(observation)
    asked = done.asked
    expected = asked.run_image.top_layer
    found = text_field(fields_of(done, profile), "top-layer", expected)
    if isinstance(found, Verdict):
        return found
    if found == expected:
        return met()
    if asked.old_run_image is not None and found == asked.old_run_image.top_layer:
        return old_value()
    path = wanted_path(profile, "top-layer")
    if not DIGEST.fullmatch(found):
        return broken(
            f"{path} is not written as sha256: and 64 lower-case hex digits",
            expected=expected,
            actual=found,
        )
    if not asked.own_run_image and _refers_to_run_image(done, profile):
        # the two fields speak of one image and contradict each other: a row of its own says so
        return untestable("it is not the top layer of what reference leads to", cause=COHERENT)
    return broken(
        f"{path} is not the diff ID of the run image's top layer, but"
        f" {describe_digest(asked, found)}",
        expected=expected,
        actual=found,
    )


def _refers_to_run_image(done: Done, profile: Profile) -> bool:
    found = fields_of(done, profile).right("reference")
    if found is None or not isinstance(found.value, str):
        return False
    return identify(done.observation, done.asked, found.value).is_run_image


def after_rebase(observation: Observation, profile: Profile) -> Verdict:
    """Judge that no field still speaks of the run image from before the rebase."""
    done = require_success(observation)
    old = done.asked.old_run_image
    if old is None:
        return untestable("the run image before and after the rebase is the same")
    fields = fields_of(done, profile)
    stale: dict[str, Any] = {}
    seen = 0
    for name in ("image", "reference", "top-layer"):
        found = placed(fields, name)
        if found is None or not isinstance(found.value, str):
            continue
        seen += 1
        if _is_old(done, name, found.value):
            stale[wanted_path(profile, name)] = found.value
    if stale:
        return broken(
            f"{', '.join(stale)} still {'speak' if len(stale) > 1 else 'speaks'} of the old"
            " run image",
            expected="the values of the new run image",
            actual=stale,
        )
    if not seen:
        return untestable(
            "there is no field of the run image in the report", cause="report.run-image.image"
        )
    return met()


def _is_old(done: Done, name: str, text: str) -> bool:
    asked = done.asked
    old = asked.old_run_image
    if old is None:
        return False
    if name == "image":
        return _names(text, old.names, asked) and not _names(text, asked.run_image.names, asked)
    if name == "top-layer":
        return text == old.top_layer != asked.run_image.top_layer
    return identify(done.observation, asked, text).is_old_run_image


RULES: Mapping[str, Rule] = {
    "report.run-image.layout": Rule(layout, succeeding()),
    "report.run-image.image": Rule(image, succeeding()),
    "report.run-image.reference": Rule(reference, succeeding()),
    "report.run-image.reference.immutable": Rule(immutable, succeeding()),
    "report.run-image.reference.form": Rule(form, succeeding()),
    "report.run-image.top-layer": Rule(top_layer, succeeding()),
    "report.run-image.after-rebase": Rule(after_rebase, succeeding(but=("same-run-image",))),
}
