"""Which image a reference identifies, judged from what is known of every image in the lab."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.judge.text import ReferenceForm, ReferenceHolder, Text
from pytest_cnb_report.judge.verdict import Json
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Asked, Observation, RunImageFacts
from pytest_cnb_report.values import Target

Form = Literal["image-id", "short-image-id", "digest-reference", "manifest-digest", "name", "none"]
"""What a reference looks like; RFC 0129 permits an image ID and a digest reference."""

_SHORTEST = 12
"""Hex digits of the shortest image ID that is taken at a registry, which itself resolves none."""

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_WHOLE = 64
_HEX = re.compile(r"(?:sha256:)?([0-9a-f]{1,64})")


@dataclass(frozen=True)
class Identity:
    """What a reference is and what it leads to.

    `what` is `run image` where it identifies the run image that was used, `old run image` for the
    one before a rebase; otherwise it says in words what it is instead.
    """

    form: Form
    what: str

    @property
    def is_run_image(self) -> bool:
        """Whether it identifies the run image that was used, and no other."""
        return self.what == "run image"

    @property
    def is_old_run_image(self) -> bool:
        """Whether it identifies the run image from before the rebase."""
        return self.what == "old run image"


_IN_WORDS: Mapping[Form, tuple[ReferenceForm, str]] = {
    "digest-reference": ("digest-reference", "a digest reference"),
    "image-id": ("image-id", "an image ID"),
    "short-image-id": ("short-image-id", "a shortened image ID"),
    "manifest-digest": ("manifest-digest", "a manifest digest without a repository"),
    "name": ("tag", "a tag"),
}
"""Each form that can lead to an image, as an amendment names it, and in words."""


def identify(
    observation: Observation,
    asked: Asked,
    reference: str,
    text: Text,
    holder: ReferenceHolder = "report",
) -> Identity:
    """Say what a reference identifies, by the forms that a text takes for the run image.

    Where it leads to the run image in another form, `what` names that form.
    """
    identity = find_identity(observation, asked, reference)
    if not identity.is_run_image:
        return identity
    permitted = text.reference_forms.get((holder, observation.target))
    why = (
        _why_not_by_form(observation, identity.form, text)
        if permitted is None
        else _why_not_permitted(identity.form, permitted, text)
    ) or _why_not_by_digest(observation, asked, reference, identity.form, text)
    return identity if why is None else Identity(identity.form, why)


def _why_not_permitted(form: Form, permitted: frozenset[ReferenceForm], text: Text) -> str | None:
    """Say why an amended text does not take a form that leads to the run image."""
    name, words = _IN_WORDS[form]
    if name in permitted or (name == "tag" and not text.accepts("tag-as-reference", "b")):
        return None  # where no tag identifies an image, a row of its own is about it
    return f"{words}, which the amended text does not permit"


def _why_not_by_form(observation: Observation, form: Form, text: Text) -> str | None:
    """Say why a text does not take a form that leads to the run image; None where it does."""
    if form == "manifest-digest" and not text.accepts("bare-manifest-digest", "a"):
        return "a manifest digest without a repository, which reads as an image ID"
    if form in {"image-id", "short-image-id"}:
        at_registry = observation.target is Target.REGISTRY
        if at_registry and not text.accepts("image-id-at-registry", "a"):
            return "an image ID, which no registry can look up"
        if form == "short-image-id" and not text.accepts("short-image-id", "a"):
            return "a shortened image ID"
    return None


def _why_not_by_digest(
    observation: Observation, asked: Asked, reference: str, form: Form, text: Text
) -> str | None:
    """Say why a text does not take the digest of a reference that leads to the run image."""
    if form in {"digest-reference", "manifest-digest"}:
        _, at, digest = reference.rpartition("@")
        digest = digest if at else f"sha256:{reference.removeprefix('sha256:')}"
        if digest not in accepted_digests(observation, asked, text):
            inside = digest not in asked.run_image.index_digests
            return "the manifest for one platform" if inside else "the index that it is in"
    return None


def accepted_digests(observation: Observation, asked: Asked, text: Text) -> tuple[str, ...]:
    """Return the manifest digests by which a text takes the run image to be identified.

    A daemon does not tell those of indexes from others.
    """
    facts = asked.run_image
    if not facts.index_digests or observation.target is Target.DAEMON:
        return facts.digests
    own = tuple(digest for digest in facts.digests if digest not in facts.index_digests)
    which = {"a": own, "b": facts.index_digests, "either": facts.digests}
    return which[text.reading("reference-of-index")]


def find_identity(observation: Observation, asked: Asked, text: str) -> Identity:
    """Say what a reference leads to, by digests alone where it has one and else by asking."""
    hexadecimal = _HEX.fullmatch(text)
    if hexadecimal:
        by_id = _by_hex(observation, asked, text, hexadecimal[1])
        if by_id is not None:
            return by_id
    name = ImageName.parse(text)
    if name is None:
        return Identity("none", "neither an image ID nor an image name")
    if name.digest is not None:
        return Identity("digest-reference", _by_digest(observation, asked, text, name.digest))
    return Identity("name", _by_name(observation, asked, text))


def _images(observation: Observation, asked: Asked) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Every image in the lab: what it is, its manifest digests, its image ID."""
    yield "run image", asked.run_image.digests, asked.run_image.image_id
    if asked.old_run_image is not None:
        yield "old run image", asked.old_run_image.digests, asked.old_run_image.image_id
    for what, state in (
        ("the app image", observation.app),
        ("the app image from before", observation.app_before),
    ):
        if isinstance(state, AppImage):
            yield what, (state.digest,) if state.digest else (), state.image_id


def _by_hex(observation: Observation, asked: Asked, text: str, digits: str) -> Identity | None:
    """Read hex digits as an image ID or a manifest digest; None where they match nothing here."""
    whole = len(digits) == _WHOLE
    form: Form = "image-id" if whole else "short-image-id"
    matches = [
        what
        for what, _, image_id in _images(observation, asked)
        if image_id.removeprefix("sha256:").startswith(digits)
    ]
    if matches:
        return Identity(form, _told_apart(observation, text, digits, matches))
    if whole:
        for what, digests, _ in _images(observation, asked):
            if f"sha256:{digits}" in digests:
                return Identity("manifest-digest", what)
        return Identity(form, _known_digest(asked, f"sha256:{digits}"))
    if text.startswith("sha256:"):
        return Identity(form, "an image ID that matches no known image")
    return None


def _told_apart(observation: Observation, text: str, digits: str, matches: Sequence[str]) -> str:
    """Say which of the images whose IDs begin with these digits is meant, if any one is."""
    if observation.target is Target.REGISTRY and len(digits) < _SHORTEST:
        return "too short an image ID to tell one image from all others"
    resolution = observation.found.get(text)
    ambiguous = resolution is not None and resolution.status == "ambiguous"
    if len(set(matches)) > 1 or (ambiguous and len(digits) < _WHOLE):
        return "ambiguous: more than one image ID begins with it"
    return matches[0]


def _by_digest(observation: Observation, asked: Asked, text: str, digest: str) -> str:
    for what, digests, _ in _images(observation, asked):
        if digest not in digests:
            continue
        found = observation.found.get(text)
        nowhere = found is not None and found.status != "image"
        if observation.target is Target.REGISTRY and nowhere:
            why = (found.why if found is not None else None) or "it refers to nothing"
            return f"the digest of the {what.removeprefix('the ')}, but {why}"
        return what
    return _known_digest(asked, digest)


def _known_digest(asked: Asked, digest: str) -> str:
    return f"a reference to {describe_digest(asked, digest)}"


def _by_name(observation: Observation, asked: Asked, text: str) -> str:
    found = observation.found.get(text)
    if found is None or found.status != "image":
        return f"a name that refers to nothing ({found.why if found else 'it was not looked up'})"
    for what, digests, image_id in _images(observation, asked):
        if found.digest in digests or found.image_id == image_id:
            return what
    return "a name of another image"


def describe_digest(asked: Asked, digest: str) -> str:
    """Say what a digest is, of all that the lab knows, so that a mistake can be recognised."""
    for what, facts in (("run image", asked.run_image), ("old run image", asked.old_run_image)):
        if facts is not None:
            found = _part_of(facts, digest)
            if found is not None:
                return f"{found} of the {what}"
    return "a digest that matches no known image"


def _part_of(facts: RunImageFacts, digest: str) -> str | None:
    count = len(facts.diff_ids)
    known = {
        facts.image_id: "the image ID",
        **dict.fromkeys(facts.digests, "the manifest digest"),
        chain_id(facts.diff_ids): "the chain ID",
        **{
            blob: f"the digest of the stored blob of layer {number} of {count}"
            for number, blob in enumerate(facts.blob_digests, 1)
        },
        **{
            diff_id: f"the diff ID of layer {number} of {count}"
            for number, diff_id in enumerate(facts.diff_ids, 1)
        },
    }
    return known.get(digest)


def chain_id(diff_ids: tuple[str, ...]) -> str:
    """Return the chain ID of a stack of layers (OCI image specification, Layer ChainID)."""
    chain = diff_ids[0]
    for diff_id in diff_ids[1:]:
        chain = "sha256:" + hashlib.sha256(f"{chain} {diff_id}".encode()).hexdigest()
    return chain


def expected_references(
    observation: Observation, asked: Asked, text: Text, holder: ReferenceHolder = "report"
) -> Json:
    """Return the references that would do."""
    name = ImageName.parse(asked.run_image.names[0])
    repository = f"{name.registry}/{name.repository}" if name else ""
    digests = accepted_digests(observation, asked, text)
    permitted = text.reference_forms.get((holder, observation.target))
    if permitted is None:
        by_id = observation.target is Target.DAEMON or text.accepts("image-id-at-registry", "a")
        by_digest = True
    else:
        by_id, by_digest = "image-id" in permitted, "digest-reference" in permitted
    own = [asked.run_image.image_id] if by_id else []
    references = [f"{repository}@{digest}" for digest in digests] if by_digest else []
    return {"one of": [*references, *own]}
