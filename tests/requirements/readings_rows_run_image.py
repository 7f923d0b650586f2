"""Open questions on what the report and the label say of the run image."""

from __future__ import annotations

from dataclasses import replace

from pytest_cnb_report.observe.observation import Observation

from .editing import (
    Json,
    asked_of,
    at_daemon,
    given,
    with_image_at,
    with_metadata,
    with_report,
    with_run_image,
)
from .readings_row import (
    APPROVED,
    FAIL,
    OBSERVED,
    PASS,
    UNTESTABLE,
    Row,
    untouched,
)


def digits(seen: Observation) -> str:
    return asked_of(seen).run_image.image_id.removeprefix("sha256:")


def repository(seen: Observation) -> str:
    return asked_of(seen).run_image.names[0].rpartition(":")[0]


def manifest_digest(seen: Observation) -> str:
    return asked_of(seen).run_image.digests[0]


def given_with_digest(seen: Observation) -> Observation:
    """Take the run image for one that was given with its digest behind the tag."""
    given_so = f"{given(seen)}@{manifest_digest(seen)}"
    return replace(seen, asked=replace(asked_of(seen), given=given_so))


def index_digest(seen: Observation) -> str:
    return asked_of(seen).run_image.index_digests[0]


def label_reference(seen: Observation, text: str) -> Observation:
    return with_metadata(seen, lambda metadata: metadata["runImage"].update(reference=text))


def by_tag(seen: Observation) -> str:
    return asked_of(seen).run_image.names[0]


REFERENCE, LAYOUT = "report.run-image.reference", "report.run-image.layout"
NAME, RESOLVED = "report.run-image.image", "report.run-image.image.resolved"
MIRRORS, MATCHES = "report.run-image.mirrors", "report.run-image.matches-label"
TOP_LAYER = "report.run-image.top-layer"
EXPORTED, REBASED = "export.metadata.reference", "rebase.metadata.reference"


def at_the_top(seen: Observation) -> Observation:
    """Put the fields of the approved layout where the draft has them."""
    return with_report(seen, lambda tables: tables.update(_moved(tables)))


def _moved(tables: Json) -> Json:
    return {"run-image": tables["image"].pop("run-image")}


def in_camel_case(seen: Observation) -> Observation:
    def change(tables: Json) -> None:
        fields = tables["image"].pop("run-image")
        fields["topLayer"] = fields.pop("top-layer")
        tables["image"]["runImage"] = fields

    return with_report(seen, change)


def partly_in_camel_case(seen: Observation) -> Observation:
    def change(tables: Json) -> None:
        fields = tables["image"]["run-image"]
        fields["topLayer"] = fields.pop("top-layer")

    return with_report(seen, change)


ROWS = (
    Row(
        "approved-field-place",
        "at the top",
        "exporter plain",
        at_the_top,
        {LAYOUT: (FAIL, PASS, PASS), TOP_LAYER: (UNTESTABLE, PASS, PASS)},
        APPROVED,
    ),
    Row(
        "approved-field-place",
        "under image",
        "exporter plain",
        untouched,
        {LAYOUT: (PASS, FAIL, PASS)},
        APPROVED,
    ),
    Row(
        "approved-key-case",
        "in kebab-case",
        "exporter plain",
        untouched,
        {LAYOUT: (PASS, FAIL, PASS)},
        APPROVED,
    ),
    Row(
        "approved-key-case",
        "in camelCase",
        "exporter plain",
        in_camel_case,
        {LAYOUT: (FAIL, PASS, PASS), TOP_LAYER: (UNTESTABLE, PASS, PASS)},
        APPROVED,
    ),
    Row(
        "approved-key-case",
        "in both",
        "exporter plain",
        partly_in_camel_case,
        {LAYOUT: (FAIL, FAIL, PASS)},
        APPROVED,
        mixed=True,
    ),
    Row(
        "run-image-name",
        "the listed name of a mirror that was given",
        "exporter mirror",
        untouched,
        {NAME: (FAIL, PASS, PASS)},
    ),
    Row(
        "run-image-name",
        "the listed name of a mirror that was given at a rebase",
        "rebaser mirror",
        untouched,
        {NAME: (FAIL, PASS, PASS)},
    ),
    Row(
        "run-image-name",
        "the unlisted name that was given",
        "exporter unlisted",
        lambda seen: with_run_image(seen, image=given(seen)),
        {NAME: (PASS, FAIL, PASS)},
    ),
    Row(
        "run-image-name",
        "where it is resolved",
        "exporter mirror",
        untouched,
        {NAME: (PASS, PASS, PASS), RESOLVED: (PASS, PASS, PASS)},
        APPROVED,
    ),
    Row(
        "short-image-id",
        "twelve digits in the report",
        "exporter plain",
        lambda seen: with_run_image(seen, reference=digits(seen)[:12]),
        {
            REFERENCE: (PASS, FAIL, PASS),
            "report.run-image.reference.form": (OBSERVED, UNTESTABLE, OBSERVED),
        },
    ),
    Row(
        "short-image-id",
        "twelve digits in the label",
        "exporter plain",
        lambda seen: label_reference(seen, digits(seen)[:12]),
        {EXPORTED: (PASS, FAIL, PASS)},
    ),
    Row(
        "short-image-id",
        "all digits",
        "rebaser plain",
        lambda seen: label_reference(seen, digits(seen)),
        {REBASED: (PASS, PASS, PASS)},
    ),
    Row(
        "image-id-at-registry",
        "in the report",
        "exporter plain",
        lambda seen: with_run_image(seen, reference=f"sha256:{digits(seen)}"),
        {
            REFERENCE: (PASS, FAIL, PASS),
            "report.run-image.reference.form": (OBSERVED, UNTESTABLE, OBSERVED),
        },
    ),
    Row(
        "image-id-at-registry",
        "in the label",
        "rebaser plain",
        lambda seen: label_reference(seen, f"sha256:{digits(seen)}"),
        {REBASED: (PASS, FAIL, PASS)},
    ),
    Row(
        "image-id-at-registry",
        "in a daemon",
        "exporter plain",
        lambda seen: with_run_image(at_daemon(seen), reference=f"sha256:{digits(seen)}"),
        {REFERENCE: (PASS, PASS, PASS)},
    ),
    Row(
        "bare-manifest-digest",
        "in the report",
        "exporter plain",
        lambda seen: with_run_image(seen, reference=manifest_digest(seen)),
        {
            REFERENCE: (PASS, FAIL, PASS),
            "report.run-image.reference.form": (OBSERVED, UNTESTABLE, OBSERVED),
        },
    ),
    Row(
        "bare-manifest-digest",
        "in the label",
        "rebaser plain",
        lambda seen: label_reference(seen, manifest_digest(seen)),
        {REBASED: (PASS, FAIL, PASS)},
    ),
    Row(
        "bare-manifest-digest",
        "in the label of an export",
        "exporter plain",
        lambda seen: label_reference(seen, manifest_digest(seen)),
        {EXPORTED: (PASS, FAIL, PASS)},
    ),
    Row(
        "run-image-name-digest",
        "the given name without its tag",
        "exporter plain",
        lambda seen: with_run_image(
            given_with_digest(seen), image=f"{repository(seen)}@{manifest_digest(seen)}"
        ),
        {NAME: (PASS, FAIL, PASS)},
    ),
    Row(
        "run-image-name-digest",
        "the given name",
        "exporter plain",
        lambda seen: with_run_image(
            given_with_digest(seen), image=f"{by_tag(seen)}@{manifest_digest(seen)}"
        ),
        {NAME: (PASS, PASS, PASS)},
    ),
    Row(
        "run-image-name-digest",
        "a digest that was not given",
        "exporter plain",
        lambda seen: with_run_image(seen, image=f"{repository(seen)}@{manifest_digest(seen)}"),
        {NAME: (FAIL, FAIL, FAIL)},
    ),
    Row(
        "reference-of-index",
        "the manifest for one platform",
        "exporter index",
        untouched,
        {REFERENCE: (PASS, FAIL, PASS), EXPORTED: (PASS, FAIL, PASS)},
    ),
    Row(
        "reference-of-index",
        "the index",
        "rebaser index",
        lambda seen: with_run_image(
            label_reference(seen, f"{repository(seen)}@{index_digest(seen)}"),
            reference=f"{repository(seen)}@{index_digest(seen)}",
        ),
        {
            REFERENCE: (FAIL, PASS, PASS),
            REBASED: (FAIL, PASS, PASS),
            MATCHES: (UNTESTABLE, PASS, PASS),
        },
    ),
    Row(
        "reference-of-index",
        "no index",
        "exporter plain",
        untouched,
        {REFERENCE: (PASS, PASS, PASS), EXPORTED: (PASS, PASS, PASS)},
    ),
    Row(
        "tag-as-reference",
        "in the report",
        "exporter plain",
        lambda seen: with_run_image(with_image_at(seen, by_tag(seen)), reference=by_tag(seen)),
        {
            "report.run-image.reference.immutable": (FAIL, PASS, PASS),
            REFERENCE: (PASS, PASS, PASS),
        },
    ),
    Row(
        "tag-as-reference",
        "in the label",
        "rebaser plain",
        lambda seen: label_reference(with_image_at(seen, by_tag(seen)), by_tag(seen)),
        {REBASED: (FAIL, PASS, PASS)},
    ),
    Row(
        "tag-as-reference",
        "a tag of another image",
        "exporter plain",
        lambda seen: label_reference(
            with_image_at(seen, by_tag(seen), of="app image"), by_tag(seen)
        ),
        {EXPORTED: (FAIL, FAIL, FAIL)},
    ),
)
