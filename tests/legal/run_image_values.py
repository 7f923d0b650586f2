"""Reports that say of the run image what is right in another form, at another place as well."""

from __future__ import annotations

from typing import Any

from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.registry import Registry
from pytest_cnb_report.reference.report import Report

from .report_values import ADDITIVE, Table, edit_run_image, with_document
from .variation import APPROVED_ONLY, BOTH, Variation

_IDENTIFIES = "RFC 0129, Spec. Changes: a reference is an image ID or a digest reference."
_NAMED = "Question run-image-name, read either way: the draft asks no more than that it be there."
_NAMES = (
    "exporter mirror",
    "exporter plain",
    "creator tag-and-digest",
    "rebaser mirror",
    "rebaser plain",
    "rebaser tag-and-digest",
)


def _both_places(document: Table) -> Table:
    image = document["image"]
    fields = document.get("run-image") or image["run-image"]
    return {"image": {**image, "run-image": fields}, "run-image": fields}


def _every_place(document: Table) -> Table:
    """Put other names of the run image wherever no text of this profile looks."""
    image = document["image"]
    own = document.get("run-image") or image["run-image"]
    fields = {**own, "image": "registry.example/other:1", "mirrors": ["registry.example/a:1"]}
    spelled = {**fields, **_camel(fields)}
    inside = {**image, "run-image": spelled, "runImage": spelled}
    if "run-image" in document:
        return {"image": inside, "run-image": own, "runImage": spelled}
    return {"image": {**inside, "run-image": own}, "run-image": spelled}


def _camel(table: Table) -> Table:
    return {("topLayer" if key == "top-layer" else key): value for key, value in table.items()}


def _camel_case(document: Table, *, beside: bool) -> Table:
    image = dict(document["image"])
    fields = image.pop("run-image")
    if beside:
        return {"image": {**image, "run-image": {**fields, **_camel(fields)}}}
    return {"image": {**image, "runImage": _camel(fields)}}


def _no_mirrors(document: Table) -> bool:
    return not document["image"]["run-image"].get("mirrors")


LAYOUTS = (
    Variation(
        "both-layouts",
        "The run image's fields stand at the top and below `[image]`, equal.",
        ADDITIVE,
        (with_document(_both_places),),
        profiles=BOTH,
    ),
    Variation(
        "every-layout",
        "Beside the right fields there are others, in every layout and spelling.",
        ADDITIVE,
        (with_document(_every_place),),
        false_alarm="report.run-image.layout takes a field of another text beside all of its own"
        " for a misplaced one",
    ),
    Variation(
        "mirrors-in-the-drafts-table",
        "A report of the draft has mirrors beside its own fields.",
        ADDITIVE,
        (with_document(lambda d: edit_run_image(d, {"mirrors": ["registry.example/a:1"]})),),
    ),
    Variation(
        "camel-case",
        "The run image's fields are in camelCase, and so is their table.",
        "RFC 0129 as approved, Spec. Changes: the paragraph says `runImage.topLayer`.",
        (with_document(lambda document: _camel_case(document, beside=False)),),
        profiles=APPROVED_ONLY,
    ),
    Variation(
        "camel-case-beside",
        "The run image's table has its fields in both spellings.",
        "RFC 0129 as approved: its examples spell them in one way and its paragraph in the other.",
        (with_document(lambda document: _camel_case(document, beside=True)),),
        profiles=APPROVED_ONLY,
    ),
    Variation(
        "mirrors-of-the-approved-text",
        "A report of the draft has the mirrors where the approved text puts them.",
        ADDITIVE,
        (
            with_document(
                lambda document: {
                    **document,
                    "image": {
                        **document["image"],
                        "run-image": {"mirrors": ["registry.example/run:1"]},
                    },
                }
            ),
        ),
        false_alarm="report.run-image.layout takes a field of another text beside all of its own"
        " for a misplaced one",
    ),
    Variation(
        "empty-mirrors",
        "Where there are no mirrors, the report has an empty array of them.",
        "Question empty-mirrors: an empty array says what a missing one does.",
        (with_document(lambda d: edit_run_image(d, {"mirrors": []} if _no_mirrors(d) else {})),),
        cases=("exporter no-mirrors", "creator no-mirrors", "rebaser forced-unlisted"),
        profiles=APPROVED_ONLY,
    ),
)


def _image_id_of(report: Report) -> str:
    return str(report.run_image.manifest["config"]["digest"])


class _ByImageId(Report):
    def run_image_reference(self) -> str:
        return _image_id_of(self)


class _ByImageIdAlone(Report):
    def run_image_reference(self) -> str:
        return _image_id_of(self).removeprefix("sha256:")


class _ByShortImageId(Report):
    def run_image_reference(self) -> str:
        return _image_id_of(self).removeprefix("sha256:")[:12]


class _ByShortImageIdWithAlgorithm(Report):
    def run_image_reference(self) -> str:
        return _image_id_of(self)[: len("sha256:") + 20]


class _WithTagAndDigest(Report):
    def run_image_reference(self) -> str:
        name, at, digest = super().run_image_reference().rpartition("@")
        return f"{name}:{Name.parse(self.run_image.name).tag}{at}{digest}"


class _AtTheMirror(Report):
    def run_image_reference(self) -> str:
        usual = super().run_image_reference()
        digest = usual.rpartition("@")[2]
        return next((Name.parse(name).with_digest(digest) for name in self.entry.mirrors), usual)


class _ByIndex(Registry):
    def find(self, text: str, platform: Any = None) -> Any:  # noqa: ANN401 - as the registry's own
        found = super().find(text, platform)
        name = Name.parse(text)
        answer = None if found is None else self._manifest(name)
        if found is None or answer is None:
            return found
        return found._replace(reference=name.with_digest(answer[0]))


class _ByFirstMirror(Report):
    def run_image_image(self) -> str:
        return self.entry.mirrors[0] if self.entry.mirrors else super().run_image_image()


class _AsGiven(Report):
    def run_image_image(self) -> str:
        return self.run_image.name


class _ListedWithDigest(Report):
    def run_image_image(self) -> str:
        _, at, digest = self.run_image_reference().rpartition("@")
        return f"{super().run_image_image()}{at}{digest}"


class _ByDigestAlone(Report):
    def run_image_image(self) -> str:
        repository, at, digest = self.run_image.name.partition("@")
        return f"{repository.rpartition(':')[0]}@{digest}" if at else super().run_image_image()


def _reference(name: str, what: str, part: type, why: str = _IDENTIFIES, **more: Any) -> Variation:  # noqa: ANN401
    return Variation(name, f"The report's reference is {what}.", why, (part,), **more)


REFERENCES = (
    _reference("image-id", "the image ID", _ByImageId, profiles=BOTH),
    _reference("image-id-without-algorithm", "the digits of the image ID alone", _ByImageIdAlone),
    _reference(
        "short-image-id",
        "twelve digits of the image ID",
        _ByShortImageId,
        "Question short-image-id: the RFC's example for the daemon has so many.",
    ),
    _reference(
        "short-image-id-with-algorithm",
        "twenty digits of the image ID behind its algorithm",
        _ByShortImageIdWithAlgorithm,
        "Question short-image-id: a short one identifies an image if no other begins so.",
    ),
    _reference(
        "tag-and-digest-reference",
        "a digest behind a tag",
        _WithTagAndDigest,
        cases=_NAMES,
        profiles=BOTH,
    ),
    _reference(
        "reference-at-the-mirror",
        "a digest reference at the mirror",
        _AtTheMirror,
        cases=_NAMES,
        profiles=BOTH,
    ),
    Variation(
        "reference-of-the-index",
        "Reference and label name the index that the run image is in.",
        "Question reference-of-index, read either way.",
        (_ByIndex,),
        cases=("exporter index", "creator index", "rebaser index"),
        profiles=BOTH,
    ),
)

NAMES = (
    *(
        Variation(name, f"The report's image is {what}.", _NAMED, (part,), cases=_NAMES)
        for name, what, part in (
            ("name-of-the-mirror", "the run image's mirror", _ByFirstMirror),
            ("name-as-given", "the name that the platform gave", _AsGiven),
            ("name-with-digest", "the listed name with the digest behind it", _ListedWithDigest),
        )
    ),
    Variation(
        "name-by-digest-alone",
        "Given a digest behind a tag, the report's image is the digest without the tag.",
        _NAMED,
        (_ByDigestAlone,),
        cases=("exporter tag-and-digest", "creator tag-and-digest", "rebaser tag-and-digest"),
        false_alarm="report.run-image.image knows the name by its tag alone; the draft asks for no"
        " more than a name",
    ),
)

RUN_IMAGE = (*LAYOUTS, *REFERENCES, *NAMES)
