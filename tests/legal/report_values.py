"""Reports that say more than the reference's, or the same by other values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pytest_cnb_report.reference.image import digest_of
from pytest_cnb_report.reference.names import Name
from pytest_cnb_report.reference.report import PLATFORM_SPEC, Report

from .toml_spellings import changed, report_as
from .variation import BOTH, Variation

Table = dict[str, Any]

ADDITIVE = (
    "RFC 0129, What it is: fields are added to the report without breaking its readers;"
    " nothing forbids what no document defines."
)


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


def edit_run_image(document: Table, more: Table) -> Table:
    """Add to the run image's table, wherever the profile has it."""
    if "run-image" in document:
        return {**document, "run-image": {**document["run-image"], **more}}
    image = document["image"]
    return {"image": {**image, "run-image": {**image["run-image"], **more}}}


class _ImageIdToo(Report):
    def image_table(self) -> Table:
        config = json.dumps(self.app.config, separators=(",", ":"))
        return {**super().image_table(), "image-id": digest_of(config.encode())}


def _foretold(document: Table) -> Table:
    fields = {"image": "registry.example/run:1", "reference": "none", "top-layer": "sha256:0"}
    return {**document, "run-image": fields, "runImage": fields}


def _with_digest_reference(document: Table) -> Table:
    image = document["image"]
    reference = Name.parse(image["tags"][0]).with_digest(image["digest"])
    return {**document, "image": {**image, "tags": [reference, *image["tags"]]}}


VALUES = (
    Variation(
        "fields-before-their-time",
        "By the published specification, which knows none, the report has run image fields.",
        ADDITIVE,
        (with_document(_foretold),),
        profiles=(PLATFORM_SPEC,),
    ),
    Variation(
        "fields-below-0.12",
        "Below platform API 0.12 the report has mirrors.",
        ADDITIVE,
        (with_document(lambda d: edit_run_image(d, {"mirrors": ["registry.example/run:1"]})),),
        cases=("exporter plain", "creator plain", "rebaser plain"),
        profiles=BOTH,
        platform_api="0.11",
    ),
    Variation(
        "more-tables",
        "The report has tables that no document defines, with names that others use too.",
        ADDITIVE,
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
        ADDITIVE,
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
        ADDITIVE,
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
        ADDITIVE,
        (
            with_document(
                lambda document: edit_run_image(
                    document, {"layers": ["a", "b"], "digest": "none", "top_layer": "none"}
                )
            ),
        ),
        profiles=BOTH,
    ),
    Variation(
        "keys-in-other-scripts",
        "The report has keys and values in other scripts, and control characters escaped.",
        ADDITIVE,
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
        ADDITIVE,
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
                lambda document: edit_run_image(
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
