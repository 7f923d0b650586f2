"""report.toml, the run image: the fields that RFC 0129 adds, each on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.names import ImageName, normalised
from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.identity import (
    DIGEST,
    Identity,
    describe_digest,
    expected_references,
    find_identity,
    identify,
)
from pytest_cnb_report.judge.preconditions import (
    NotTestableError,
    SuccessfulCall,
    made_elsewhere,
    require_report,
    require_success,
)
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.run_image_fields import (
    Fields,
    Place,
    accepting,
    find_fields,
)
from pytest_cnb_report.judge.text import FieldName, Text
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
from pytest_cnb_report.platform_apis import RUN_IMAGE_NAMES_IN_LABEL

LAYOUT = "report.run-image.layout"
AFTER_REBASE = "report.run-image.after-rebase"
COHERENT = "report.run-image.coherent"
_FORMS = {
    "image-id": "an image ID",
    "short-image-id": "a short image ID",
    "digest-reference": "a digest reference",
    "manifest-digest": "a manifest digest without a repository",
    "name": "a name that can be moved",
    "none": "none that RFC 0129 names",
}


def fields_of(done: SuccessfulCall, text: Text) -> Fields:
    """Find the run image's fields in the report."""
    return find_fields(require_report(done, text), text)


def placed(fields: Fields, name: FieldName) -> Place | None:
    """Return the field where the text wants it, None where it is nowhere at all.

    Raises NotTestableError where it stands somewhere else: that is for the layout to say.
    """
    found = fields.right(name)
    if found is None and (fields.misplaced(name) is not None or fields.blocked is not None):
        raise NotTestableError(untestable(f"{name} is not where the profile has it", cause=LAYOUT))
    return found


def text_field(fields: Fields, name: FieldName, expected: Json) -> str | Verdict:
    """Return the field's text, or the verdict on a field that is missing or no text."""
    path = fields.layout.path(name)
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


def layout(observation: Observation, text: Text) -> Verdict:
    """Judge that whatever fields there are stand where the text puts them."""
    fields = fields_of(require_success(observation), text)
    if fields.blocked is not None:
        return broken(fields.blocked, expected=f"a table for {text.profile.value}", actual=None)
    # what the text gives no name to is for nobody to miss
    misplaced = {name: place for name in text.field_names if (place := fields.misplaced(name))}
    if misplaced:
        takers = sorted({name for place in misplaced.values() for name in accepting(place, text)})
        who = f"text {' and '.join(takers)} would accept it" if takers else "no text accepts it"
        where = ", ".join(place.dotted for place in misplaced.values())
        return broken(
            f"found at {where}, where {who} (profile {text.profile.value})",
            expected=[fields.layout.path(name) for name in misplaced],
            actual=[place.dotted for place in misplaced.values()],
        )
    if not any(fields.places[name] for name in text.field_names):
        return untestable(
            "the report has no run image field",
            cause="report.run-image.image",
        )
    right = [place for name in text.field_names if (place := fields.right(name))]
    return met(f"at {', '.join(place.dotted for place in right)}")


def image(observation: Observation, text: Text) -> Verdict:
    """Judge that `image` is a name under which the platform knows the run image."""
    done = require_success(observation)
    asked = done.asked
    names = known_names(observation, asked, text)
    expected = {"one of": list(names)}
    found = text_field(fields_of(done, text), "image", expected)
    if isinstance(found, Verdict):
        return found
    if _names(found, names, asked, text):
        return met()
    if _is_old(done, "image", found, text):
        return old_value()
    return broken(
        f"{text.layout.path('image')} is not a name under which the platform knows the run image",
        expected=expected,
        actual=found,
    )


def known_names(observation: Observation, asked: Asked, text: Text) -> tuple[str, ...]:
    """Return the names under which the platform knows the run image, by the accepted readings.

    Where the name is resolved, a requirement of its own says which of them it has to be. Of a build
    that was made elsewhere, the platform's own name for the run image is not known.
    """
    names = asked.run_image.names
    which = text.reading("run-image-name")
    resolved = text.resolved_name and observation.platform_api >= RUN_IMAGE_NAMES_IN_LABEL
    if which == "either" or resolved or made_elsewhere(observation) or asked.given is None:
        return names
    if which == "a":
        name = ImageName.parse(asked.given)
        tagged = name is not None and name.tag is not None
        return (asked.given.partition("@")[0],) if tagged else (asked.given,)
    listed = {normalised(name) for entry in asked.listed for name in entry.names}
    # forced onto an unlisted run image, the label lists that one from then on
    return tuple(name for name in names if normalised(name) in listed) or names


def _names(name_text: str, names: tuple[str, ...], asked: Asked, text: Text) -> bool:
    """Whether it is one of the names, be it with the run image's own digest behind it."""
    name = ImageName.parse(name_text)
    if name is not None and name.digest in asked.run_image.digests:
        if name.tag:
            name = name.without_digest
        elif text.accepts("run-image-name-digest", "a") and _given_without_tag(asked) == str(name):
            return True
    spelled = name_text if name is None else str(name)
    return spelled in {normalised(known) for known in names}


def _given_without_tag(asked: Asked) -> str | None:
    """Return the run image as it was given with tag and digest, without the tag."""
    name = ImageName.parse(asked.given or "")
    if name is None or name.tag is None or name.digest is None:
        return None
    return f"{name.registry}/{name.repository}@{name.digest}"


def reference(observation: Observation, text: Text) -> Verdict:
    """Judge that `reference` identifies the run image that was used."""
    done = require_success(observation)
    expected = expected_references(observation, done.asked, text)
    found = text_field(fields_of(done, text), "reference", expected)
    if isinstance(found, Verdict):
        return found
    identity = identify(observation, done.asked, found, text)
    if identity.is_run_image:
        return met(f"by {_FORMS[identity.form]}")
    if identity.is_old_run_image:
        return old_value()
    return broken(
        f"{text.layout.path('reference')} does not identify the run image: it is {identity.what}",
        expected=expected,
        actual=found,
    )


def _identified(done: SuccessfulCall, text: Text) -> tuple[str, Identity]:
    """Return a reference that identifies the run image; raises NotTestableError otherwise."""
    found = placed(fields_of(done, text), "reference")
    value = found.value if found is not None else None
    if isinstance(value, str) and value.strip():
        identity = identify(done.observation, done.asked, value, text)
        if identity.is_run_image:
            return value, identity
        if identity.is_old_run_image:
            raise NotTestableError(old_value())
    raise NotTestableError(
        untestable(
            "there is no reference that identifies the run image",
            cause="report.run-image.reference",
        )
    )


def immutable(observation: Observation, text: Text) -> Verdict:
    """Judge that `reference` still identifies the run image once its names have been moved."""
    reference_text, identity = _identified(require_success(observation), text)
    if identity.form != "name":
        return met(f"{_FORMS[identity.form]} cannot be moved")
    if text.accepts("tag-as-reference", "b"):
        return met("a tag identifies the run image until it is moved")
    if made_elsewhere(observation):
        return broken(
            f"{text.layout.path('reference')} is a tag, which can be moved to another image",
            expected="an image ID or a digest reference",
            actual=reference_text,
        )
    later = observation.found_later.get(reference_text)
    now = later.digest or later.image_id if later is not None else None
    return broken(
        f"{text.layout.path('reference')} is a tag: after it was moved, it referred to another"
        " image",
        expected="an image ID or a digest reference",
        actual=[reference_text, now],
    )


def form(observation: Observation, text: Text) -> Verdict:
    """Observe which form of reference the lifecycle chose."""
    reference_text, identity = _identified(require_success(observation), text)
    return observed(f"{_FORMS[identity.form]}", actual=reference_text)


def top_layer(observation: Observation, text: Text) -> Verdict:
    """Judge that `top-layer` is the diff ID of the run image's top layer."""
    done = require_success(observation)
    asked = done.asked
    expected = asked.run_image.top_layer
    found = text_field(fields_of(done, text), "top-layer", expected)
    if isinstance(found, Verdict):
        return found
    if found == expected:
        return met()
    if asked.old_run_image is not None and found == asked.old_run_image.top_layer:
        return old_value()
    path = text.layout.path("top-layer")
    if not DIGEST.fullmatch(found):
        return broken(
            f"{path} is not written as sha256: and 64 lower-case hex digits",
            expected=expected,
            actual=found,
        )
    if not asked.own_run_image and _refers_to_run_image(done, text):
        # the two fields speak of one image and contradict each other: a row of its own says so
        return untestable("it is not the top layer of what reference leads to", cause=COHERENT)
    return broken(
        f"{path} is not the diff ID of the run image's top layer, but"
        f" {describe_digest(asked, found)}",
        expected=expected,
        actual=found,
    )


def _refers_to_run_image(done: SuccessfulCall, text: Text) -> bool:
    found = fields_of(done, text).right("reference")
    if found is None or not isinstance(found.value, str):
        return False
    return identify(done.observation, done.asked, found.value, text).is_run_image


def after_rebase(observation: Observation, text: Text) -> Verdict:
    """Judge that no field still speaks of the run image from before the rebase."""
    done = require_success(observation)
    old = done.asked.old_run_image
    if old is None:
        return untestable("the run image before and after the rebase is the same")
    fields = fields_of(done, text)
    stale: dict[str, Any] = {}
    seen = 0
    for name in ("image", "reference", "top-layer"):
        found = placed(fields, name)
        if found is None or not isinstance(found.value, str):
            continue
        seen += 1
        if _is_old(done, name, found.value, text):
            stale[text.layout.path(name)] = found.value
    if stale:
        return broken(
            f"{', '.join(stale)} still {'describe' if len(stale) > 1 else 'describes'} the old run"
            " image",
            expected="the values of the new run image",
            actual=stale,
        )
    if not seen:
        return untestable("the report has no run image field", cause="report.run-image.image")
    return met()


def _is_old(done: SuccessfulCall, name: str, value: str, text: Text) -> bool:
    asked = done.asked
    old = asked.old_run_image
    if old is None:
        return False
    if name == "image":
        names = asked.run_image.names
        return _names(value, old.names, asked, text) and not _names(value, names, asked, text)
    if name == "top-layer":
        return value == old.top_layer != asked.run_image.top_layer
    return find_identity(done.observation, asked, value).is_old_run_image


RULES: Mapping[str, Rule] = {
    "report.run-image.layout": Rule(layout, asks.success),
    "report.run-image.image": Rule(image, asks.success),
    "report.run-image.reference": Rule(reference, asks.success),
    "report.run-image.reference.immutable": Rule(immutable, asks.success),
    "report.run-image.reference.form": Rule(form, asks.success),
    "report.run-image.top-layer": Rule(top_layer, asks.success),
    "report.run-image.after-rebase": Rule(
        after_rebase, asks.success & ~asks.same_run_image, needs(Evidence.OLD_RUN_IMAGE)
    ),
}
