"""Open questions on which two of the sources contradict each other."""

from __future__ import annotations

from dataclasses import replace

from pytest_cnb_report.drive.situation import DISTRO_LABELS
from pytest_cnb_report.observe.observation import Observation

from .editing import (
    asked_of,
    at_api,
    with_exit_code,
    with_labels,
    with_labels_before,
    with_run_image,
)
from .readings_row import (
    APPROVED,
    FAIL,
    NA,
    PASS,
    WARN,
    Row,
    untouched,
)

NAME = "report.run-image.image"
REFERENCE = "report.run-image.reference"
TOP_LAYER = "report.run-image.top-layer"
LAYOUT = "report.run-image.layout"
TARGET, REMOVED = "rebase.target.unchanged", "rebase.labels.base.removed"
FORCED = "rebase.target.forced"


def without_distribution(seen: Observation, *, kept: str | None) -> Observation:
    """Have the app name a distribution, the new run image none, and the rebased image `kept`."""
    facts = asked_of(seen).run_image
    labels = {key: value for key, value in facts.labels.items() if key not in DISTRO_LABELS}
    seen = replace(seen, asked=replace(asked_of(seen), run_image=replace(facts, labels=labels)))
    seen = with_labels_before(seen, dict.fromkeys(DISTRO_LABELS, "noble"))
    return with_labels(
        with_labels(seen, dict.fromkeys(DISTRO_LABELS, "")), dict.fromkeys(DISTRO_LABELS, kept)
    )


def to_another_architecture(seen: Observation) -> Observation:
    """Take a forced rebase for one between run images that differ in their architecture."""
    return replace(seen, situation=replace(seen.situation, differing=frozenset({"architecture"})))


ROWS = (
    Row(
        "fields-since",
        "at platform API 0.15",
        "exporter plain",
        untouched,
        {NAME: (PASS, NA, PASS), TOP_LAYER: (PASS, NA, PASS), LAYOUT: (PASS, NA, PASS)},
    ),
    Row(
        "fields-since",
        "at platform API 0.16",
        "exporter plain",
        lambda seen: at_api(seen, "0.16"),
        {NAME: (PASS, PASS, PASS), REFERENCE: (PASS, PASS, PASS), LAYOUT: (PASS, PASS, PASS)},
    ),
    Row(
        "fields-since",
        "none of them at platform API 0.15",
        "rebaser plain",
        lambda seen: with_run_image(seen, image=None, reference=None, top_layer=None),
        {NAME: (FAIL, NA, FAIL), REFERENCE: (FAIL, NA, FAIL)},
        mixed=True,
    ),
    Row(
        "fields-recommended",
        "one is missing",
        "exporter plain",
        lambda seen: with_run_image(seen, top_layer=None),
        {TOP_LAYER: (FAIL, WARN, FAIL), NAME: (PASS, PASS, PASS)},
    ),
    Row(
        "fields-recommended",
        "all are there",
        "exporter plain",
        untouched,
        {NAME: (PASS, PASS, PASS), REFERENCE: (PASS, PASS, PASS), TOP_LAYER: (PASS, PASS, PASS)},
        APPROVED,
    ),
    Row(
        "forced-checks",
        "done",
        "rebaser forced-without-variant",
        to_another_architecture,
        {FORCED: (PASS, FAIL, PASS)},
    ),
    Row(
        "forced-checks",
        "refused",
        "rebaser forced-without-variant",
        lambda seen: with_exit_code(to_another_architecture(seen), 72),
        {FORCED: (FAIL, PASS, PASS)},
    ),
    Row(
        "forced-checks",
        "done for the same platform",
        "rebaser forced-unlisted",
        untouched,
        {FORCED: (PASS, PASS, PASS)},
    ),
    Row(
        "distribution-lost",
        "gone",
        "rebaser plain",
        lambda seen: without_distribution(seen, kept=None),
        {TARGET: (PASS, FAIL, PASS), REMOVED: (PASS, FAIL, PASS)},
    ),
    Row(
        "distribution-lost",
        "kept",
        "rebaser plain",
        lambda seen: without_distribution(seen, kept="noble"),
        {TARGET: (PASS, PASS, PASS), REMOVED: (FAIL, PASS, PASS)},
    ),
    Row(
        "distribution-lost",
        "another one",
        "rebaser plain",
        lambda seen: without_distribution(seen, kept="jammy"),
        {REMOVED: (FAIL, FAIL, FAIL)},
    ),
)
