"""The forms of `reference` that a text permits, what it expects instead, and what it says then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from pytest_cnb_report.judge.identity import expected_references, identify
from pytest_cnb_report.judge.metadata_label import check_reference
from pytest_cnb_report.judge.preconditions import require_success
from pytest_cnb_report.judge.text import Choice, ReferenceForm, ReferenceHolder, Text
from pytest_cnb_report.judge.verdict import Answer, met
from pytest_cnb_report.observe.observation import Observation, RunImageFacts
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile, Target
from requirements.observations import asked_of, recorded

DRAFT = load_text(Profile.RFC_0129_DRAFT)
EXPORT = recorded("draft", "exporter-plain")
INDEX = recorded("draft", "exporter-index")
DAEMON = recorded("daemon", "rebaser-plain")


def facts(seen: Observation) -> RunImageFacts:
    return asked_of(seen).run_image


def repository(seen: Observation) -> str:
    return facts(seen).names[0].rpartition(":")[0]


def reference(seen: Observation) -> str:
    return f"{repository(seen)}@{facts(seen).digests[0]}"


def short(seen: Observation) -> str:
    return facts(seen).image_id.removeprefix("sha256:")[:12]


PERMITTED: dict[str, tuple[Callable[[Observation], str], ReferenceForm, str]] = {
    "a digest reference": (
        reference,
        "digest-reference",
        "a digest reference",
    ),
    "an image ID": (lambda s: facts(s).image_id, "image-id", "an image ID"),
    "a shortened one": (
        short,
        "short-image-id",
        "a shortened image ID",
    ),
    "a manifest digest": (
        lambda s: facts(s).digests[0],
        "manifest-digest",
        "a manifest digest without a repository",
    ),
    "a tag": (lambda s: facts(s).names[0], "tag", "a tag"),
}


def amended(*forms: ReferenceForm, tags: Choice = "a") -> Text:
    """The draft with the only forms that a reference in a report at a registry may have."""
    readings = {**DRAFT.readings, "tag-as-reference": tags}
    permitted: Mapping[tuple[ReferenceHolder, Target], frozenset[ReferenceForm]]
    permitted = {("report", Target.REGISTRY): frozenset(forms)}
    return replace(DRAFT, readings=readings, reference_forms=permitted)


@pytest.mark.parametrize("what", PERMITTED)
def test_an_amended_text_takes_the_forms_that_it_permits_and_no_others(what: str) -> None:
    write, form, words = PERMITTED[what]
    others = [other for _, other, _ in PERMITTED.values() if other != form]

    def leads_to(text: Text) -> str:
        return identify(EXPORT, asked_of(EXPORT), write(EXPORT), text).what

    assert leads_to(amended(*others, form, tags="b")) == "run image"
    assert (
        leads_to(amended(*others, tags="b")) == f"{words}, which the amended text does not permit"
    )


def test_a_tag_is_the_business_of_another_row_where_none_identifies_an_image() -> None:
    found = identify(EXPORT, asked_of(EXPORT), facts(EXPORT).names[0], amended("image-id"))
    assert found.what == "run image"


def test_forms_are_permitted_by_holder_and_target() -> None:
    text, written = amended("digest-reference"), facts(EXPORT).image_id
    assert not identify(EXPORT, asked_of(EXPORT), written, text).is_run_image
    assert identify(EXPORT, asked_of(EXPORT), written, text, "label").is_run_image
    assert identify(DAEMON, asked_of(DAEMON), facts(DAEMON).image_id, text).is_run_image


def reading(question: str, which: Choice) -> Text:
    return replace(DRAFT, readings={**DRAFT.readings, question: which})


@pytest.mark.parametrize(
    ("which", "write", "why"),
    [
        ("a", lambda index: index.index_digests[0], "the index that it is in"),
        ("b", lambda index: index.digests[0], "the manifest for one platform"),
    ],
)
@pytest.mark.parametrize("bare", [False, True])
def test_of_an_index_each_digest_is_named_for_what_it_is(
    which: Choice, write: Callable[[RunImageFacts], str], why: str, bare: bool
) -> None:
    text = reading("reference-of-index", which)
    digest = write(facts(INDEX))
    written = digest if bare else f"{repository(INDEX)}@{digest}"
    assert identify(INDEX, asked_of(INDEX), written, text).what == why


def _permitting(text: Text, *forms: ReferenceForm) -> Text:
    holders: tuple[ReferenceHolder, ...] = ("report", "label")
    forms_by = {(holder, target): frozenset(forms) for holder in holders for target in Target}
    return replace(text, reference_forms=forms_by)


@pytest.mark.parametrize(
    ("forms", "ids", "digests"),
    [
        (("image-id",), True, False),
        (("digest-reference",), False, True),
        (("image-id", "digest-reference"), True, True),
        (("tag",), False, False),
    ],
)
@pytest.mark.parametrize("seen", [EXPORT, DAEMON], ids=["registry", "daemon"])
def test_what_is_expected_has_a_permitted_form(
    seen: Observation, forms: tuple[ReferenceForm, ...], ids: bool, digests: bool
) -> None:
    hub = "index.docker.io/" if seen is DAEMON else ""
    references = [f"{hub}{repository(seen)}@{each}" for each in facts(seen).digests]
    expected = [*(references if digests else []), *([facts(seen).image_id] if ids else [])]
    assert expected_references(seen, asked_of(seen), _permitting(DRAFT, *forms)) == {
        "one of": expected
    }


def test_where_no_form_is_named_a_daemon_is_asked_by_image_id_and_a_registry_as_it_is_read() -> (
    None
):
    by_digest = reading("image-id-at-registry", "b")
    assert expected_references(EXPORT, asked_of(EXPORT), by_digest) == {
        "one of": [reference(EXPORT)]
    }
    expected = expected_references(DAEMON, asked_of(DAEMON), by_digest)
    assert isinstance(expected, dict)
    assert facts(DAEMON).image_id in expected["one of"]


def test_what_is_expected_of_a_report_is_not_what_is_expected_of_a_label() -> None:
    text = amended("digest-reference")
    asked = asked_of(EXPORT)
    assert expected_references(EXPORT, asked, text) == {"one of": [reference(EXPORT)]}
    assert expected_references(EXPORT, asked, text, "report") == {"one of": [reference(EXPORT)]}
    whole = expected_references(EXPORT, asked, DRAFT)
    assert expected_references(EXPORT, asked, text, "label") == whole


def test_a_label_is_judged_by_the_forms_that_a_label_may_have() -> None:
    done = require_success(EXPORT)
    text = _permitting(DRAFT, "image-id")
    assert check_reference(done, facts(EXPORT).image_id, text) == met()
    verdict = check_reference(done, reference(EXPORT), text)
    assert verdict.answer is Answer.BROKEN
    assert verdict.message == (
        "runImage.reference does not identify the run image: it is a digest reference, which the"
        " amended text does not permit"
    )
    assert verdict.expected == {"one of": [facts(EXPORT).image_id]}


def test_a_bare_manifest_digest_in_a_label_is_said_to_be_one() -> None:
    done = require_success(EXPORT)
    text = _permitting(DRAFT, "manifest-digest", "digest-reference")
    verdict = check_reference(done, facts(EXPORT).digests[0], text)
    assert verdict == met("by a manifest digest without a repository")
    assert check_reference(done, reference(EXPORT), text) == met()


@pytest.mark.parametrize(
    ("write", "question", "words"),
    [
        (
            lambda seen: facts(seen).digests[0],
            "bare-manifest-digest",
            "a manifest digest without a repository, which reads as an image ID",
        ),
        (
            lambda seen: facts(seen).image_id,
            "image-id-at-registry",
            "an image ID, which no registry can look up",
        ),
        (short, "short-image-id", "a shortened image ID"),
    ],
)
def test_why_a_reading_does_not_take_a_form(
    write: Callable[[Observation], str], question: str, words: str
) -> None:
    def leads_to(which: Choice) -> str:
        return identify(EXPORT, asked_of(EXPORT), write(EXPORT), reading(question, which)).what

    assert leads_to("a") == leads_to("either") == "run image"
    assert leads_to("b") == words
