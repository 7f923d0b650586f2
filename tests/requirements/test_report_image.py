"""report.toml, `[image]`: the app image's tags, digest, manifest size and image ID."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.observe.observation import Observation

from .examples import Example, right, untestable, wrong
from .observations import (
    Edit,
    app_of,
    asked,
    asked_of,
    before_of,
    chain,
    failed,
    found,
    made_elsewhere,
    no_report,
    report_bytes,
    report_key,
)

EXPORT = "draft/exporter-plain"
REBASE = "draft/rebaser-plain"
SEVERAL = "draft/exporter-several-tags"
DAEMON = "daemon/exporter-plain"
DAEMON_REBASE = "daemon/rebaser-plain"
TAGS = "report.image.tags"
DIGEST = "report.image.digest"
SIZE = "report.image.manifest-size"
ID = "report.image.image-id"
ELSEWHERE = "registry.example/somewhere/else:tag"


def names(seen: Observation) -> list[str]:
    return list(asked_of(seen).images)


def reported(key: str, make: object) -> Edit:
    """Report a value of `[image]`, or one that follows from the observation."""
    return lambda seen: report_key(f"image.{key}", make(seen) if callable(make) else make)(seen)


def further(resolution: Resolution | None) -> Edit:
    """Report one tag more, which leads there."""
    tags = reported("tags", lambda seen: [*names(seen), ELSEWHERE])
    return chain(tags, found(ELSEWHERE, resolution))


def leads_to_app(seen: Observation) -> Observation:
    app = app_of(seen)
    return further(Resolution("image", app.digest, app.image_id))(seen)


def renamed(seen: Observation) -> Observation:
    """The same app image, asked for as `app`."""
    return asked(images=("app",))(replace(seen, after={"app": app_of(seen)}))


def app_digest(seen: Observation) -> str | None:
    return app_of(seen).digest


def app_id(seen: Observation) -> str:
    return app_of(seen).image_id


def app_size(seen: Observation) -> int:
    return len(app_of(seen).manifest or b"")


TAG_EXAMPLES = (
    right(TAGS, "one", EXPORT),
    right(TAGS, "three", SEVERAL),
    right(TAGS, "of a rebase", "draft/rebaser-several-images"),
    right(TAGS, "of a build made elsewhere", EXPORT, made_elsewhere),
    right(TAGS, "at a daemon", DAEMON),
    right(TAGS, "in another order", SEVERAL, reported("tags", lambda seen: names(seen)[::-1])),
    right(TAGS, "one twice", EXPORT, reported("tags", lambda seen: names(seen) * 2)),
    right(
        TAGS,
        "read as names",
        EXPORT,
        renamed,
        report_key("image.tags", ["docker.io/library/app:latest"]),
    ),
    right(TAGS, "one more that leads to the app image", EXPORT, leads_to_app),
    wrong(
        TAGS,
        "missing",
        EXPORT,
        reported("tags", None),
        words="image.tags is missing",
        expected=names,
        actual=None,
    ),
    wrong(TAGS, "no table", EXPORT, report_bytes(lambda _: b"image = 1"), words="is missing"),
    wrong(TAGS, "empty report", EXPORT, report_bytes(lambda _: b""), words="image.tags is missing"),
    wrong(
        TAGS,
        "a string",
        EXPORT,
        reported("tags", lambda seen: names(seen)[0]),
        words="image.tags is not an array of strings",
        expected=names,
        actual=lambda seen: names(seen)[0],
    ),
    wrong(
        TAGS,
        "a number in it",
        EXPORT,
        reported("tags", lambda seen: [*names(seen), 1]),
        words="image.tags is not an array of strings",
        actual=lambda seen: [*names(seen), 1],
    ),
    wrong(
        TAGS,
        "only the first",
        SEVERAL,
        reported("tags", lambda seen: names(seen)[:1]),
        words="image.tags lacks 2 of the 3 names that were written",
        expected=names,
        actual=lambda seen: names(seen)[:1],
    ),
    wrong(
        TAGS,
        "none",
        EXPORT,
        reported("tags", []),
        words="lacks 1 of the 1 names",
        actual=[],
    ),
    wrong(
        TAGS,
        "an invented one",
        "fault-invented-tag/exporter-plain",
        words="image.tags has a name that does not lead to the app image",
        expected=names,
    ),
    wrong(
        TAGS,
        "one that leads to another image",
        EXPORT,
        lambda seen: further(
            Resolution("image", app_digest(seen), asked_of(seen).run_image.image_id)
        )(seen),
        words="a name that does not lead to the app image",
        expected=names,
        actual=lambda seen: [*names(seen), ELSEWHERE],
    ),
    wrong(
        TAGS,
        "one that leads nowhere",
        EXPORT,
        lambda seen: further(Resolution("nothing", image_id=app_id(seen)))(seen),
        words="a name that does not lead to the app image",
    ),
    wrong(TAGS, "one not looked up", EXPORT, further(None), words="does not lead to the app image"),
    untestable(TAGS, "no report", EXPORT, no_report, words="no report", cause="report.written"),
    untestable(
        TAGS,
        "unreadable",
        EXPORT,
        report_bytes(lambda _: b"="),
        words="the report cannot be read",
        cause="report.valid-toml",
    ),
    untestable(TAGS, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"),
)

DIGEST_EXAMPLES = (
    right(DIGEST, "of an export", EXPORT),
    right(DIGEST, "of a rebase", REBASE),
    right(DIGEST, "of a creator", "draft/creator-plain"),
    wrong(
        DIGEST,
        "missing",
        EXPORT,
        reported("digest", None),
        words="image.digest is missing",
        expected=app_digest,
        actual=None,
    ),
    wrong(
        DIGEST,
        "a number",
        EXPORT,
        reported("digest", 5),
        words="image.digest is not a string",
        expected=app_digest,
        actual=5,
    ),
    wrong(
        DIGEST,
        "the image ID",
        EXPORT,
        reported("digest", app_id),
        words="image.digest is the image ID, not the digest of the manifest",
        expected=app_digest,
        actual=app_id,
    ),
    wrong(
        DIGEST,
        "the run image's",
        EXPORT,
        reported("digest", lambda seen: asked_of(seen).run_image.digests[0]),
        words="image.digest is the run image's digest, not the app image's",
    ),
    wrong(
        DIGEST,
        "from before",
        REBASE,
        reported("digest", lambda seen: before_of(seen).digest),
        words="image.digest is the previous manifest's digest, not that of the manifest that was"
        " written",
    ),
    wrong(
        DIGEST,
        "in upper case",
        EXPORT,
        reported("digest", lambda seen: (app_digest(seen) or "").upper()),
        words="image.digest is not the digest of the app image's manifest",
    ),
    wrong(
        DIGEST,
        "without algorithm",
        EXPORT,
        reported("digest", lambda seen: (app_digest(seen) or "").removeprefix("sha256:")),
        words="is not the digest of the app image's manifest",
    ),
    untestable(DIGEST, "no report", EXPORT, no_report, words="no report", cause="report.written"),
    untestable(DIGEST, "failed", REBASE, failed, words="exited 1", cause="rebase.succeeds"),
)

SIZE_EXAMPLES = (
    right(SIZE, "an integer", EXPORT),
    right(SIZE, "a string", EXPORT, reported("manifest-size", lambda seen: str(app_size(seen)))),
    right(SIZE, "of a rebase", REBASE),
    wrong(
        SIZE,
        "missing",
        EXPORT,
        reported("manifest-size", None),
        words="image.manifest-size is missing",
        expected=app_size,
        actual=None,
    ),
    wrong(
        SIZE,
        "true",
        EXPORT,
        reported("manifest-size", True),
        words="image.manifest-size is neither an integer nor a string",
        expected=app_size,
        actual=True,
    ),
    wrong(
        SIZE,
        "a fraction",
        EXPORT,
        reported("manifest-size", lambda seen: float(app_size(seen))),
        words="is neither an integer nor a string",
    ),
    *(
        wrong(
            SIZE,
            what,
            EXPORT,
            reported("manifest-size", make),
            words="image.manifest-size is not the size of the manifest in bytes",
            expected=app_size,
            actual=make,
        )
        for what, make in {
            "of the config": lambda seen: len(app_of(seen).config),
            "one more": lambda seen: app_size(seen) + 1,
            "with a newline": lambda seen: f"{app_size(seen)}\n",
            "in hexadecimal": lambda seen: hex(app_size(seen)),
        }.items()
    ),
    untestable(SIZE, "no report", EXPORT, no_report, words="no report", cause="report.written"),
    untestable(SIZE, "failed", EXPORT, failed, words="exited 1", cause="export.succeeds"),
)

ID_EXAMPLES = (
    right(ID, "of an export", DAEMON),
    right(ID, "of a rebase", DAEMON_REBASE),
    right(
        ID,
        "without algorithm",
        DAEMON,
        reported("image-id", lambda seen: app_id(seen).removeprefix("sha256:")),
    ),
    right(
        ID,
        "in camel case",
        DAEMON,
        reported("image-id", None),
        reported("imageID", app_id),
    ),
    wrong(
        ID,
        "missing",
        DAEMON,
        reported("image-id", None),
        words="image.image-id is missing",
        expected=app_id,
        actual=None,
    ),
    *(
        wrong(
            ID,
            what,
            DAEMON_REBASE,
            reported("image-id", make),
            words="image.image-id is not the app image's ID",
            expected=app_id,
            actual=make,
        )
        for what, make in {
            "short": lambda seen: app_id(seen)[:19],
            "the run image's": lambda seen: asked_of(seen).run_image.image_id,
            "from before": lambda seen: before_of(seen).image_id,
            "a number": 5,
            "in upper case": lambda seen: app_id(seen).removeprefix("sha256:").upper(),
        }.items()
    ),
    wrong(
        ID,
        "wrong, and right in camel case",
        DAEMON,
        reported("image-id", "none"),
        reported("imageID", app_id),
        words="is not the app image's ID",
        actual="none",
    ),
    untestable(ID, "no report", DAEMON, no_report, words="no report", cause="report.written"),
    untestable(ID, "failed", DAEMON, failed, words="exited 1", cause="export.succeeds"),
)

EXAMPLES: tuple[Example, ...] = (
    *TAG_EXAMPLES,
    *DIGEST_EXAMPLES,
    *SIZE_EXAMPLES,
    *ID_EXAMPLES,
)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_app_image_in_the_report(example: Example) -> None:
    example.check()
