"""Open questions on the names that a run image resolves to."""

from __future__ import annotations

from dataclasses import replace

from pytest_cnb_report.observe.observation import Observation, RunEntry

from .editing import (
    Edit,
    Json,
    asked_of,
    at_api,
    given,
    with_exit_code,
    with_metadata,
    with_metadata_before,
    with_report,
)
from .readings_row import (
    APPROVED,
    FAIL,
    NA,
    PASS,
    UNTESTABLE,
    Row,
    untouched,
)

RESOLVED, MIRRORS = "report.run-image.image.resolved", "report.run-image.mirrors"
MATCHES = "report.run-image.matches-label"


def named(seen: Observation, name: str) -> Observation:
    """Have a report of the approved layout name the run image."""
    return with_report(seen, lambda tables: tables["image"]["run-image"].update(image=name))


def with_entry_of_another_tag(seen: Observation) -> Observation:
    """Have the run image given be listed by another tag alone, in the second entry."""
    asked = asked_of(seen)
    other = RunEntry(given(seen).rpartition(":")[0] + ":other-tag")
    return replace(seen, asked=replace(asked, listed=(RunEntry("example.com/first:x"), other)))


def label_names(name: str) -> Edit:
    return lambda seen: with_metadata(
        seen,
        lambda metadata: metadata.update(
            runImage={**metadata["runImage"], "image": name, "mirrors": []}
        ),
    )


def second_by_repository(seen: Observation) -> Observation:
    seen = with_entry_of_another_tag(seen)
    return label_names(asked_of(seen).listed[1].image)(seen)


def first_by_tag(seen: Observation) -> Observation:
    return label_names("example.com/first:x")(with_entry_of_another_tag(seen))


def listed_by_another_tag(seen: Observation) -> Observation:
    other = RunEntry(given(seen).rpartition(":")[0] + ":other-tag")
    seen = replace(seen, asked=replace(asked_of(seen), listed=(other,)))
    return with_exit_code(seen, 0)


def no_names_in_run_image(seen: Observation) -> Observation:
    """Have the label name the run image in the deprecated key alone, as below 0.12."""

    def change(metadata: Json) -> None:
        for key in ("image", "mirrors"):
            metadata["runImage"].pop(key)

    return at_api(with_metadata(seen, change), "0.11")


ROWS = (
    Row(
        "resolution-at-rebase",
        "the mirror that was given",
        "rebaser mirror",
        lambda seen: named(seen, given(seen)),
        {RESOLVED: (FAIL, NA, NA), MATCHES: (UNTESTABLE, PASS, PASS)},
        APPROVED,
    ),
    Row(
        "resolution-at-rebase",
        "no mirrors",
        "rebaser plain",
        lambda seen: with_report(seen, lambda tables: tables["image"]["run-image"].pop("mirrors")),
        {MIRRORS: (FAIL, NA, NA)},
        APPROVED,
    ),
    Row(
        "resolution-before-run-toml",
        "the mirror that was given",
        "exporter mirror",
        lambda seen: named(at_api(seen, "0.11"), given(seen)),
        {RESOLVED: (NA, FAIL, NA)},
        APPROVED,
    ),
    Row(
        "resolution-before-run-toml",
        "the listed name",
        "exporter mirror",
        lambda seen: at_api(seen, "0.11"),
        {RESOLVED: (NA, PASS, NA), MIRRORS: (NA, PASS, NA)},
        APPROVED,
    ),
    Row(
        "resolution-before-run-toml",
        "the listed name at a rebase",
        "rebaser mirror",
        no_names_in_run_image,
        {RESOLVED: (NA, PASS, NA), MIRRORS: (NA, PASS, NA)},
        APPROVED,
    ),
    Row(
        "empty-mirrors",
        "in the label",
        "exporter no-mirrors",
        lambda seen: with_metadata(seen, lambda label: label["runImage"].update(mirrors=[])),
        {
            "export.metadata.mirrors": (PASS, FAIL, PASS),
            "export.metadata.stack-same": (PASS, FAIL, PASS),
        },
    ),
    Row(
        "empty-mirrors",
        "in the report",
        "exporter no-mirrors",
        lambda seen: with_report(
            seen, lambda tables: tables["image"]["run-image"].update(mirrors=[])
        ),
        {MIRRORS: (PASS, FAIL, PASS)},
        APPROVED,
    ),
    Row(
        "empty-mirrors",
        "after a forced rebase",
        "rebaser forced-unlisted",
        lambda seen: with_report(
            with_metadata(
                named(seen, given(seen)), lambda label: label["runImage"].update(mirrors=[])
            ),
            lambda tables: tables["image"]["run-image"].update(mirrors=[]),
        ),
        {
            "rebase.metadata.forced-unlisted": (PASS, FAIL, PASS),
            "report.run-image.forced-unlisted": (PASS, FAIL, PASS),
        },
        APPROVED,
    ),
    Row(
        "empty-mirrors",
        "after a rebase",
        "rebaser plain",
        lambda seen: with_metadata_before(
            with_metadata(seen, lambda label: label["stack"]["runImage"].update(mirrors=[])),
            lambda label: label["stack"]["runImage"].pop("mirrors"),
        ),
        {"rebase.metadata.rest-unchanged": (PASS, FAIL, PASS)},
    ),
    Row(
        "run-image-name-tag",
        "the entry of another tag",
        "exporter plain",
        second_by_repository,
        {
            "export.metadata.image": (FAIL, PASS, PASS),
            "export.metadata.mirrors": (PASS, PASS, PASS),
        },
    ),
    Row(
        "run-image-name-tag",
        "the first entry",
        "exporter plain",
        first_by_tag,
        {"export.metadata.image": (PASS, FAIL, PASS)},
    ),
    Row(
        "run-image-name-tag",
        "done where another tag is listed",
        "rebaser unlisted",
        listed_by_another_tag,
        {"rebase.unlisted.refused": (FAIL, NA, NA)},
    ),
    Row(
        "stack-key-scope",
        "image and mirrors",
        "exporter plain",
        untouched,
        {"export.metadata.stack-same": (PASS, FAIL, PASS)},
    ),
    Row(
        "stack-key-scope",
        "all of it",
        "exporter plain",
        lambda seen: with_metadata(
            seen, lambda label: label.update(stack={"runImage": dict(label["runImage"])})
        ),
        {"export.metadata.stack-same": (PASS, PASS, PASS)},
    ),
)
