"""Open questions on the report as a file, and on the app image in it."""

from __future__ import annotations

import codecs
from dataclasses import replace

from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.observe.report_file import REPORT_BOUND, ReportFile

from .editing import (
    Edit,
    app_of,
    asked_of,
    at_daemon,
    with_content,
    with_image,
    with_image_at,
    with_report,
)
from .readings_row import (
    FAIL,
    NA,
    PASS,
    UNTESTABLE,
    WARN,
    Row,
    untouched,
)


def added(text: bytes) -> Edit:
    return lambda seen: with_content(seen, text + (seen.report.content or b""))


def too_long(seen: Observation) -> Observation:
    size = REPORT_BOUND + 1
    return replace(seen, report=ReportFile("", problem="too long", regular=True, size=size))


def with_report_of(content: dict[str, object]) -> Edit:
    return lambda seen: with_report(with_content(seen, b""), lambda tables: tables.update(content))


VALID, TAGS, SIZE = "report.valid-toml", "report.image.tags", "report.image.manifest-size"
DIGEST, IMAGE_ID = "report.image.digest", "report.image.image-id"

FILE = (
    Row(
        "toml-version",
        "what TOML 1.1 added",
        "exporter plain",
        added(b"x = { y = 1, }\n"),
        {VALID: (FAIL, PASS, PASS), "report.image.tags": (PASS, PASS, PASS)},
    ),
    Row("toml-version", "TOML 1.0", "exporter plain", untouched, {VALID: (PASS, PASS, PASS)}),
    Row(
        "byte-order-mark",
        "with a mark",
        "exporter plain",
        added(codecs.BOM_UTF8),
        {VALID: (FAIL, PASS, PASS)},
    ),
    Row(
        "report-limits",
        "a mebibyte and one byte",
        "exporter plain",
        too_long,
        {VALID: (UNTESTABLE, FAIL, UNTESTABLE), "report.written": (PASS, PASS, PASS)},
    ),
    Row(
        "report-limits",
        "arrays in arrays",
        "exporter plain",
        added(b"x = " + b"[" * 101 + b"]" * 101 + b"\n"),
        {VALID: (UNTESTABLE, FAIL, UNTESTABLE)},
    ),
    Row(
        "report-after-failed-rebase",
        "a report of a refused rebase",
        "rebaser unlisted",
        with_report_of({"image": {"tags": ["app"]}}),
        {"report.absent-on-failure": (WARN, NA, NA)},
    ),
    Row(
        "report-after-failed-rebase",
        "a report of a failed export",
        "exporter unknown-process",
        with_report_of({"image": {"tags": ["app"]}}),
        {"report.absent-on-failure": (WARN, WARN, WARN)},
    ),
)


def another_tag(seen: Observation) -> Observation:
    name = asked_of(seen).images[0] + "-too"
    seen = with_image_at(seen, name, of="app image")
    return with_image(seen, tags=[asked_of(seen).images[0], name])


def tag_of_another_image(seen: Observation) -> Observation:
    name = asked_of(seen).run_image.names[0]
    seen = with_image_at(seen, name)
    return with_image(seen, tags=[asked_of(seen).images[0], name])


IMAGE = (
    Row(
        "tags-not-asked-for",
        "a further tag of the app image",
        "exporter plain",
        another_tag,
        {TAGS: (FAIL, PASS, PASS)},
    ),
    Row(
        "tags-not-asked-for",
        "a tag of another image",
        "exporter plain",
        tag_of_another_image,
        {TAGS: (FAIL, FAIL, FAIL)},
    ),
    Row(
        "digest-and-image-id",
        "digest and size alone at a registry",
        "exporter plain",
        untouched,
        {IMAGE_ID: (FAIL, NA, NA), DIGEST: (PASS, PASS, PASS), SIZE: (PASS, PASS, PASS)},
    ),
    Row(
        "digest-and-image-id",
        "all three at a registry",
        "exporter plain",
        lambda seen: with_image(seen, image_id=app_of(seen).image_id),
        {IMAGE_ID: (PASS, NA, NA)},
    ),
    Row(
        "digest-and-image-id",
        "the image ID alone in a daemon",
        "exporter plain",
        at_daemon,
        {IMAGE_ID: (PASS, PASS, PASS), DIGEST: (FAIL, NA, NA), SIZE: (FAIL, NA, NA)},
    ),
    Row(
        "digest-and-image-id",
        "all three in a daemon",
        "exporter plain",
        lambda seen: with_image(
            at_daemon(seen), digest=app_of(seen).digest, manifest_size=len(app_of(seen).config)
        ),
        {IMAGE_ID: (PASS, PASS, PASS), DIGEST: (PASS, NA, NA), SIZE: (PASS, NA, NA)},
    ),
    Row(
        "manifest-size-type",
        "an integer",
        "exporter plain",
        untouched,
        {SIZE: (FAIL, PASS, PASS)},
    ),
    Row(
        "manifest-size-type",
        "a string",
        "exporter plain",
        lambda seen: with_image(seen, manifest_size=str(len(app_of(seen).manifest or b""))),
        {SIZE: (PASS, FAIL, PASS)},
    ),
    Row(
        "image-id-key",
        "image-id",
        "exporter plain",
        at_daemon,
        {IMAGE_ID: (PASS, FAIL, PASS)},
    ),
    Row(
        "image-id-key",
        "imageID",
        "exporter plain",
        lambda seen: with_image(at_daemon(seen), image_id=None, imageID=app_of(seen).image_id),
        {IMAGE_ID: (FAIL, PASS, PASS)},
    ),
    Row(
        "image-id-key",
        "both and one of them wrong",
        "exporter plain",
        lambda seen: with_image(at_daemon(seen), image_id="x", imageID=app_of(seen).image_id),
        {IMAGE_ID: (FAIL, PASS, FAIL)},
        mixed=True,
    ),
)


ROWS = (*FILE, *IMAGE)
