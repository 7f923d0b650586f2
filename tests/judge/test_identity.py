"""What a reference identifies, of all the images that the lab knows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.judge.identity import (
    Identity,
    chain_id,
    describe_digest,
    expected_references,
    identify,
)
from pytest_cnb_report.observe.observation import Observation, RunImageFacts
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile
from requirements.observations import (
    NO_DIGEST,
    app_of,
    asked,
    asked_of,
    before_of,
    found,
    no_app,
    recorded,
    run_image,
)

DRAFT = load_text(Profile.RFC_0129_DRAFT)
EXPORT = recorded("draft", "exporter-plain")
INDEX = recorded("draft", "exporter-index")
REBASE = recorded("draft", "rebaser-plain")
DAEMON = recorded("daemon", "rebaser-plain")
OTHER = "registry.example/other/run:stable"
NOWHERE = "a name that refers to nothing"


def facts(seen: Observation) -> RunImageFacts:
    return asked_of(seen).run_image


def old(seen: Observation) -> RunImageFacts:
    before = asked_of(seen).old_run_image
    assert before is not None
    return before


def identity(seen: Observation, text: str) -> Identity:
    return identify(seen, asked_of(seen), text, DRAFT)


def digits(digest: str, count: int = 64) -> str:
    return digest.removeprefix("sha256:")[:count]


def reference(seen: Observation, digest: str | None) -> str:
    return f"{facts(seen).names[0].rpartition(':')[0]}@{digest}"


IDENTITIES: dict[str, tuple[Observation, Callable[[Observation], str], str, str]] = {
    "an image ID": (EXPORT, lambda s: facts(s).image_id, "image-id", "run image"),
    "its digits": (EXPORT, lambda s: digits(facts(s).image_id), "image-id", "run image"),
    "twelve of them": (
        EXPORT,
        lambda s: digits(facts(s).image_id, 12),
        "short-image-id",
        "run image",
    ),
    "twelve behind sha256:": (
        EXPORT,
        lambda s: f"sha256:{digits(facts(s).image_id, 12)}",
        "short-image-id",
        "run image",
    ),
    "sixty-three": (EXPORT, lambda s: digits(facts(s).image_id, 63), "short-image-id", "run image"),
    "eleven at a registry": (
        EXPORT,
        lambda s: digits(facts(s).image_id, 11),
        "short-image-id",
        "too short an image ID to tell one image from all others",
    ),
    "eleven at a daemon": (
        DAEMON,
        lambda s: digits(facts(s).image_id, 11),
        "short-image-id",
        "run image",
    ),
    "of the old run image": (REBASE, lambda s: old(s).image_id, "image-id", "old run image"),
    "of the app image": (REBASE, lambda s: app_of(s).image_id, "image-id", "the app image"),
    "of the app image from before": (
        REBASE,
        lambda s: before_of(s).image_id,
        "image-id",
        "the app image from before",
    ),
    "of nothing": (
        EXPORT,
        lambda _: NO_DIGEST,
        "image-id",
        "a reference to a digest that matches no known image",
    ),
    "short, of nothing": (
        EXPORT,
        lambda _: "sha256:000000000000",
        "short-image-id",
        "an image ID that matches no known image",
    ),
    "a manifest digest": (EXPORT, lambda s: facts(s).digests[0], "manifest-digest", "run image"),
    "its digits alone": (
        EXPORT,
        lambda s: digits(facts(s).digests[0]),
        "manifest-digest",
        "run image",
    ),
    "the digest of an index": (
        INDEX,
        lambda s: facts(s).digests[1],
        "manifest-digest",
        "run image",
    ),
    "the old one's": (REBASE, lambda s: old(s).digests[0], "manifest-digest", "old run image"),
    "the app's": (REBASE, lambda s: app_of(s).digest or "", "manifest-digest", "the app image"),
    "a chain ID": (
        EXPORT,
        lambda s: chain_id(facts(s).diff_ids),
        "image-id",
        "a reference to the chain ID of the run image",
    ),
    "a digest reference": (
        EXPORT,
        lambda s: reference(s, facts(s).digests[0]),
        "digest-reference",
        "run image",
    ),
    "of the index": (
        INDEX,
        lambda s: reference(s, facts(s).digests[1]),
        "digest-reference",
        "run image",
    ),
    "to the old run image": (
        REBASE,
        lambda s: reference(s, old(s).digests[0]),
        "digest-reference",
        "old run image",
    ),
    "to the app image": (
        REBASE,
        lambda s: reference(s, app_of(s).digest),
        "digest-reference",
        "the app image",
    ),
    "to a config": (
        REBASE,
        lambda s: reference(s, old(s).image_id),
        "digest-reference",
        "a reference to the image ID of the old run image",
    ),
    "a name": (EXPORT, lambda s: facts(s).names[0], "name", "run image"),
    "a mirror": (EXPORT, lambda s: facts(s).names[1], "name", "run image"),
    "the app's name": (EXPORT, lambda s: asked_of(s).images[0], "name", "the app image"),
    "a name at a daemon": (DAEMON, lambda s: facts(s).names[0], "name", "run image"),
    "an unknown name": (EXPORT, lambda _: OTHER, "name", f"{NOWHERE} (it was not looked up)"),
    "hex digits that are a name": (
        EXPORT,
        lambda _: "0" * 12,
        "name",
        f"{NOWHERE} (it was not looked up)",
    ),
    "no name": (EXPORT, lambda _: "Not A Name", "none", "neither an image ID nor an image name"),
    "upper case": (
        EXPORT,
        lambda s: facts(s).image_id.upper(),
        "none",
        "neither an image ID nor an image name",
    ),
}


@pytest.mark.parametrize("what", IDENTITIES)
def test_what_a_reference_identifies(what: str) -> None:
    seen, make, form, means = IDENTITIES[what]
    found_out = identity(seen, make(seen))
    assert (found_out.form, found_out.what) == (form, means)
    assert found_out.is_run_image == (means == "run image")
    assert found_out.is_old_run_image == (means == "old run image")


def test_a_digest_in_a_repository_that_has_it_not() -> None:
    text = f"registry.example/other@{facts(EXPORT).digests[0]}"
    seen = found(text, Resolution("elsewhere", why="it names the registry registry.example"))(
        EXPORT
    )
    assert identity(seen, text).what == (
        "the digest of the run image, but it names the registry registry.example"
    )
    seen = found(text, Resolution("nothing"))(EXPORT)
    assert identity(seen, text).what == "the digest of the run image, but it refers to nothing"
    assert identity(found(text, None)(EXPORT), text).is_run_image
    app = f"registry.example/other@{app_of(EXPORT).digest}"
    seen = found(app, Resolution("nothing", why="nothing is there"))(EXPORT)
    assert identity(seen, app).what == "the digest of the app image, but nothing is there"


def test_a_daemon_need_not_have_a_repository() -> None:
    text = f"registry.example/other@{facts(DAEMON).digests[0]}"
    seen = found(text, Resolution("nothing"))(DAEMON)
    assert identity(seen, text).is_run_image


def test_digits_that_begin_two_image_ids_are_ambiguous() -> None:
    text = digits(facts(REBASE).image_id, 12)
    twin = replace(old(REBASE), image_id=f"sha256:{text}".ljust(71, "0"))
    seen = asked(old_run_image=twin)(REBASE)
    assert identity(seen, text).what == "ambiguous: more than one image ID begins with it"
    assert identity(seen, digits(facts(REBASE).image_id)).is_run_image


def test_digits_that_the_daemon_finds_ambiguous_are() -> None:
    text = digits(facts(DAEMON).image_id, 12)
    ambiguous = Resolution("ambiguous", why="two images begin with it")
    assert identity(found(text, ambiguous)(DAEMON), text).what.startswith(
        "ambiguous: more than one"
    )
    whole = digits(facts(DAEMON).image_id)
    assert identity(found(whole, ambiguous)(DAEMON), whole).is_run_image
    other = Resolution("nothing")
    assert identity(found(text, other)(DAEMON), text).is_run_image


def test_a_name_of_another_image() -> None:
    there = Resolution("image", digest=NO_DIGEST, image_id=NO_DIGEST)
    assert identity(found(OTHER, there)(EXPORT), OTHER) == Identity(
        "name", "a name of another image"
    )
    nowhere = Resolution("nothing", why="there is no image of that name")
    assert identity(found(OTHER, nowhere)(EXPORT), OTHER).what == (
        f"{NOWHERE} (there is no image of that name)"
    )
    by_id = Resolution("image", image_id=facts(EXPORT).image_id)
    assert identity(found(OTHER, by_id)(EXPORT), OTHER).is_run_image
    by_digest = Resolution("image", digest=facts(EXPORT).digests[0])
    assert identity(found(OTHER, by_digest)(EXPORT), OTHER).is_run_image


def test_what_is_not_there_is_not_looked_at() -> None:
    seen = no_app()(EXPORT)
    assert identity(seen, app_of(EXPORT).image_id).what == (
        "a reference to a digest that matches no known image"
    )
    # at a daemon an app image has no digest, which is not the same as an empty one
    assert not identity(DAEMON, reference(DAEMON, NO_DIGEST)).is_run_image


DESCRIBED: dict[str, Callable[[RunImageFacts], str]] = {
    "the image ID": lambda run: run.image_id,
    "the manifest digest": lambda run: run.digests[0],
    "the chain ID": lambda run: chain_id(run.diff_ids),
    "the digest of the stored blob of layer 1 of 2": lambda run: run.blob_digests[0],
    "the digest of the stored blob of layer 2 of 2": lambda run: run.blob_digests[1],
    "the diff ID of layer 1 of 2": lambda run: run.diff_ids[0],
    "the diff ID of layer 2 of 2": lambda run: run.diff_ids[1],
}


@pytest.mark.parametrize("what", DESCRIBED)
def test_a_digest_is_recognised(what: str) -> None:
    make = DESCRIBED[what]
    known = asked_of(REBASE)
    assert describe_digest(known, make(facts(REBASE))) == f"{what} of the run image"
    assert describe_digest(known, make(old(REBASE))) == f"{what} of the old run image"


def test_other_digests_are_said_to_be_of_nothing() -> None:
    assert describe_digest(asked_of(EXPORT), NO_DIGEST) == "a digest that matches no known image"


def test_a_layer_that_is_stored_as_it_is_goes_by_its_diff_id() -> None:
    one = facts(EXPORT)
    seen = run_image(blob_digests=one.diff_ids)(EXPORT)
    assert describe_digest(asked_of(seen), one.diff_ids[0]).startswith(
        "the diff ID of layer 1 of 2"
    )


def test_a_chain_id_is_that_of_the_image_specification() -> None:
    one, two, three = (f"sha256:{hashlib.sha256(text).hexdigest()}" for text in (b"a", b"b", b"c"))
    assert chain_id((one,)) == one
    pair = f"sha256:{hashlib.sha256(f'{one} {two}'.encode()).hexdigest()}"
    assert chain_id((one, two)) == pair
    assert chain_id((one, two, three)) == (
        f"sha256:{hashlib.sha256(f'{pair} {three}'.encode()).hexdigest()}"
    )


def test_the_references_that_would_do() -> None:
    index = facts(INDEX)
    repository = index.names[0].rpartition(":")[0]
    assert expected_references(INDEX, asked_of(INDEX), DRAFT) == {
        "one of": [*(f"{repository}@{each}" for each in index.digests), index.image_id]
    }
    odd = run_image(names=("NO NAME",))(EXPORT)
    assert expected_references(odd, asked_of(odd), DRAFT) == {
        "one of": [f"@{facts(EXPORT).digests[0]}", facts(EXPORT).image_id]
    }


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="0123456789abcdefghsx:/@.-_ A", max_size=80))
def test_any_text_gets_an_identity(text: str) -> None:
    found_out = identity(EXPORT, text)
    assert found_out.what
    assert not found_out.is_run_image or found_out.form != "none"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=12, max_value=64), st.booleans())
def test_any_unambiguous_part_of_the_image_id_identifies_it(count: int, prefixed: bool) -> None:
    text = ("sha256:" if prefixed else "") + digits(facts(EXPORT).image_id, count)
    assert identity(EXPORT, text).is_run_image


def test_the_names_of_the_lab_are_names() -> None:
    assert all(ImageName.parse(name) for name in facts(EXPORT).names)
