"""Reports that say more than the reference's, or the same by other values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pytest_cnb_report.reference.image import digest_of
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.registry import Registry
from pytest_cnb_report.reference.report import PLATFORM_SPEC, Report

from .toml_spellings import changed, report_as
from .variation import APPROVED_ONLY, BOTH, Variation

Table = dict[str, Any]

_ADDITIVE = (
    "RFC 0129, What it is: fields are added to the report without breaking its readers;"
    " nothing forbids what no document defines."
)
_IDENTIFIES = "RFC 0129, Spec. Changes: a reference is an image ID or a digest reference."
_NAMED = "Question run-image-name, read either way: the draft asks no more than that it be there."

_ONE_TABLE = ("exporter plain", "creator several-tags", "rebaser plain", "rebaser twice")
_NAMES = (
    "exporter mirror",
    "exporter plain",
    "creator tag-and-digest",
    "rebaser mirror",
    "rebaser plain",
    "rebaser tag-and-digest",
)
_INDEXES = (*_ONE_TABLE, "exporter index", "rebaser index")


def with_document(change: Callable[[Table], Table]) -> type[Report]:
    """Return the part that writes another document."""

    class Changed(Report):
        def document(self) -> Table:
            return change(super().document())

    return Changed


def with_text(text: str, *, before: bool = False) -> type[Report]:
    """Return the part that writes a text before or behind the report."""
    return report_as(changed(lambda usual: text + usual if before else f"{usual}\n{text}"))


def _in_image(**more: object) -> Callable[[Table], Table]:
    return lambda document: {**document, "image": {**document["image"], **more}}


def _edit_run_image(document: Table, more: Table) -> Table:
    if "run-image" in document:
        return {**document, "run-image": {**document["run-image"], **more}}
    image = document["image"]
    return {"image": {**image, "run-image": {**image["run-image"], **more}}}


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


class _ImageIdToo(Report):
    def image_table(self) -> Table:
        config = json.dumps(self.app.config, separators=(",", ":"))
        return {**super().image_table(), "image-id": digest_of(config.encode())}


def _drafted(document: Table) -> Table:
    fields = {"image": "registry.example/run:1", "reference": "none", "top-layer": "sha256:0"}
    return {**document, "run-image": fields, "runImage": fields}


def _with_digest_reference(document: Table) -> Table:
    image = document["image"]
    reference = Name.parse(image["tags"][0]).with_digest(image["digest"])
    return {**document, "image": {**image, "tags": [reference, *image["tags"]]}}


MORE = (
    Variation(
        "fields-before-their-time",
        "By the published specification, which knows none, the report has run image fields.",
        _ADDITIVE,
        (with_document(_drafted),),
        profiles=(PLATFORM_SPEC,),
    ),
    Variation(
        "fields-below-0.12",
        "Below platform API 0.12 the report has mirrors.",
        _ADDITIVE,
        (with_document(lambda d: _edit_run_image(d, {"mirrors": ["registry.example/run:1"]})),),
        cases=("exporter plain", "creator plain", "rebaser plain"),
        profiles=BOTH,
        platform_api="0.11",
    ),
    Variation(
        "more-tables",
        "The report has tables that no document defines, with names that others use too.",
        _ADDITIVE,
        (
            with_text(
                '[build]\ntags = ["none"]\ndigest = "none"\n[build.run-image]\n'
                'reference = "sha256:none"\n"top-layer" = "none"\n[[build.bom]]\nname = "one"\n'
                '[[build.bom]]\nname = "two"\n[run-images]\nimage = "none"\n'
            ),
        ),
        profiles=BOTH,
    ),
    Variation(
        "more-keys-at-the-top",
        "The report has keys before its first table, of every type there is.",
        _ADDITIVE,
        (
            with_text(
                "version = 1\nat = 2020-01-02T03:04:05Z\nday = 2020-01-02\nclock = 03:04:05.6\n"
                'factor = 1.5\nnone = nan\nmuch = -inf\nyes = true\n"" = {}\n"digest" = ""\n'
                "mixed = [1, [2.0, []], {three = 'four'}]\n",
                before=True,
            ),
        ),
        profiles=BOTH,
    ),
    Variation(
        "more-keys-in-image",
        "`[image]` has keys that no document defines.",
        _ADDITIVE,
        (
            with_document(
                _in_image(
                    **{"media-type": "x", "Digest": "none", "size": 1, "platform": {"os": "linux"}}
                )
            ),
        ),
        profiles=BOTH,
    ),
    Variation(
        "more-keys-for-the-run-image",
        "The run image's table has keys that no document defines.",
        _ADDITIVE,
        (
            with_document(
                lambda document: _edit_run_image(
                    document, {"layers": ["a", "b"], "digest": "none", "top_layer": "none"}
                )
            ),
        ),
        profiles=BOTH,
    ),
    Variation(
        "keys-in-other-scripts",
        "The report has keys and values in other scripts, and control characters escaped.",
        _ADDITIVE,
        (
            with_text(
                '["\u043a\u043b\u044e\u0447"]\n"\U0001f4e6\\u0000" = "\\b\\u001b[31m\u202e"\n'
            ),
        ),
    ),
    Variation(
        "much-more",
        "The report has 300 keys of no meaning, and is longer than a termination message.",
        "Requirement report.termination-message-size is MAY: no document limits the report.",
        (with_text("[more]\n" + "".join(f'key-{n} = "value {n}"\n' for n in range(300))),),
        profiles=BOTH,
    ),
    Variation(
        "deeply-nested",
        "The report has a table 50 levels deep, and arrays as deep.",
        "Question report-limits: TOML sets none, and the suite's own are above that.",
        (with_text(f"[{'.'.join(f'a{n}' for n in range(50))}]\nb = {'[' * 50}{']' * 50}\n"),),
    ),
    Variation(
        "all-that-the-template-shows",
        "At a registry `[image]` has the image ID as well.",
        "Platform specification, report.toml: the template shows digest, size and ID together.",
        (_ImageIdToo,),
    ),
    Variation(
        "size-as-text",
        "The manifest's size is a string of its digits.",
        "Question manifest-size-type, read either way: the template has quotation marks.",
        (
            with_document(
                lambda document: _in_image(
                    **{"manifest-size": str(document["image"]["manifest-size"])}
                )(document)
            ),
        ),
        profiles=BOTH,
    ),
    Variation(
        "newer-values",
        "The report has values that TOML 1.1 brought.",
        "TOML 1.1: \\e, \\x and times without seconds; question toml-version accepts it.",
        (with_text('[more]\na = "\\e[31m\\x41"\nb = 03:04\nc = 2020-01-02 03:04Z\n'),),
        cases=("exporter plain", "creator plain", "rebaser plain"),
    ),
    Variation(
        "many-names",
        "The report names 200 other images before it comes to its own.",
        _ADDITIVE,
        (
            with_text(
                "[names]\n" + "".join(f'n{n} = "registry.example/n{n}:1"\n' for n in range(200)),
                before=True,
            ),
        ),
        cases=("exporter plain", "creator plain", "rebaser plain"),
    ),
    Variation(
        "nearly-a-mebibyte",
        "The report has 950,000 bytes of comments.",
        "Question report-limits: TOML sets none, and the suite's own are above that.",
        (with_text("# a line of a comment\n" * 43_000),),
        cases=("exporter plain", "creator plain", "rebaser plain"),
    ),
    Variation(
        "digest-reference-among-tags",
        "The tags hold a digest reference to the app image as well.",
        "Question tags-not-asked-for: what resolves to the app image misleads nobody.",
        (with_document(_with_digest_reference),),
        cases=("exporter several-tags", "creator plain", "rebaser new-name"),
        profiles=BOTH,
    ),
    Variation(
        "digest-reference-behind-much-more",
        "The same, where the run image's table names 100 other images as well.",
        "Question tags-not-asked-for, and RFC 0129, What it is.",
        (
            with_document(
                lambda document: _edit_run_image(
                    _with_digest_reference(document),
                    {"others": [[f"registry.example/{m}{n}:1" for n in range(50)] for m in "ab"]},
                )
            ),
        ),
        cases=("exporter several-tags", "creator plain", "rebaser plain"),
    ),
    Variation(
        "tags-in-reverse",
        "The tags come in reverse order.",
        "Platform specification, report.toml: all tag references are listed, in no order.",
        (with_document(lambda d: _in_image(tags=d["image"]["tags"][::-1])(d)),),
        cases=("exporter several-tags", "creator several-tags", "rebaser several-images"),
        profiles=BOTH,
    ),
    Variation(
        "tags-more-than-once",
        "Each tag is listed twice.",
        "Platform specification, report.toml: all tag references are listed; nothing says once.",
        (with_document(lambda d: _in_image(tags=d["image"]["tags"] * 2)(d)),),
        cases=("exporter several-tags", "creator plain", "rebaser several-images"),
    ),
)


LAYOUTS = (
    Variation(
        "both-layouts",
        "The run image's fields stand at the top and below `[image]`, equal.",
        _ADDITIVE,
        (with_document(_both_places),),
        profiles=BOTH,
    ),
    Variation(
        "every-layout",
        "Beside the right fields there are others, in every layout and spelling.",
        _ADDITIVE,
        (with_document(_every_place),),
        false_alarm="report.run-image.layout takes a field of another text beside all of its own"
        " for a misplaced one",
    ),
    Variation(
        "mirrors-in-the-drafts-table",
        "A report of the draft has mirrors beside its own fields.",
        _ADDITIVE,
        (with_document(lambda d: _edit_run_image(d, {"mirrors": ["registry.example/a:1"]})),),
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
        _ADDITIVE,
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
        (with_document(lambda d: _edit_run_image(d, {"mirrors": []} if _no_mirrors(d) else {})),),
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

VALUES = (*MORE, *LAYOUTS, *REFERENCES, *NAMES)
