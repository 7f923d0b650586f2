"""A build that somebody made: its report, and the images that it speaks of, looked up and read.

Nothing is run and nothing is written. What a lab would know for certain, its run image, is here
what the caller says it is, as the registry or the daemon has it now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.drive.situation import Evidence, Situation
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Asked, Observation, RunEntry, RunImageFacts
from pytest_cnb_report.observe.references import RUN_IMAGE_TABLES, table_in
from pytest_cnb_report.observe.report_file import ReportFile, read_report
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi, Target

CASE = "check-report"
"""The case that the results of such a build are told under."""

_TAGS_BOUND = 64


class FinishedBuildError(Exception):
    """The build cannot be looked at; the message says what is missing and how to name it."""


@dataclass(frozen=True)
class FinishedBuild:
    """What the caller says of the build.

    `app_image` is None where the first tag in the report is to be taken, `run_file` (a `run.toml`)
    where it is not at hand, `platform_api` where the app image is to tell.
    """

    report: Path
    run_image: str
    phase: Phase
    app_image: str | None = None
    run_file: Path | None = None
    platform_api: PlatformApi | None = None


class Place(Protocol):
    """Where images are looked up: registries, or a Docker daemon."""

    @property
    def target(self) -> Target:
        """Which kind of place this is."""

    def app_image(self, reference: str) -> AppImage:
        """Return an image without its layers' content; raises FinishedBuildError for none."""

    def run_image(self, reference: str, app: AppImage) -> RunImageFacts:
        """Return the facts of an image for the app's platform, named by `reference` alone.

        Raises FinishedBuildError where there is none.
        """

    def resolve(self, reference: str) -> Resolution:
        """Say what a reference leads to."""

    def index_of(self, reference: str, facts: RunImageFacts) -> str | None:
        """Return the digest of the index that a reference leads to, if the image is in it."""


def target_of(report: ReportFile) -> Target:
    """Return the target that a report speaks of: only a daemon's has an image ID and no digest."""
    image = table_in(report.table or {}, "image")
    at_daemon = any(key in image for key in ("image-id", "imageID")) and "digest" not in image
    return Target.DAEMON if at_daemon else Target.REGISTRY


def read_finished_report(build: FinishedBuild) -> ReportFile:
    """Read the report; raises FinishedBuildError where nothing is there."""
    report = read_report(str(build.report))
    if not report.there:
        raise FinishedBuildError(
            f"{build.report}: there is no such file; name the report.toml to judge"
        )
    return report


def observe_finished_build(build: FinishedBuild, place: Place) -> Observation:
    """Look up everything that the report is judged against.

    Raises FinishedBuildError, and whatever the place raises where it does not answer.
    """
    report = read_finished_report(build)
    tags = _tags(report)
    named = build.app_image or next(iter(tags), None)
    if named is None:
        raise FinishedBuildError(
            f"{_why_no_tag(build, report)}: name the app image with --app-image"
        )
    app = place.app_image(named)
    label = app.metadata if isinstance(app.metadata, Mapping) else {}
    entry = _entry(label)
    facts = place.run_image(build.run_image, app)
    references = tuple(_references(report, label))
    leads = ((text, _resolved(place, text, facts)) for text in dict.fromkeys((*tags, *references)))
    found = {text: resolution for text, resolution in leads if resolution is not None}
    indexes = [place.index_of(text, facts) for text in references if text in found]
    index_digests = tuple(dict.fromkeys([*facts.index_digests, *filter(None, indexes)]))
    images = (_written_name(named, tags, app, found),)
    asked = Asked(
        images=images,
        run_image=RunImageFacts(
            names=_names(build.run_image, entry),
            digests=tuple(dict.fromkeys([*facts.digests, *index_digests])),
            image_id=facts.image_id,
            diff_ids=facts.diff_ids,
            blob_digests=facts.blob_digests,
            labels=facts.labels,
            os=facts.os,
            architecture=facts.architecture,
            variant=facts.variant,
            index_digests=index_digests,
        ),
        expect=Expect.SUCCESS,
        given=build.run_image,
        listed=_listed(build, entry),
        report_path=str(build.report),
        own_run_image=False,
    )
    return Observation(
        case=CASE,
        situation=Situation(
            phase=build.phase,
            target=place.target,
            platform_api=build.platform_api or _platform_api(app),
            known=_known(build),
        ),
        asked=asked,
        report=report,
        after=dict.fromkeys(images, app),
        found=found,
    )


def _known(build: FinishedBuild) -> frozenset[Evidence]:
    """Return what there is to judge by beside the report and the images.

    At a rebase names are resolved from the app image's label, which takes the place of `run.toml`.
    """
    resolvable = build.run_file is not None or build.phase is Phase.REBASER
    return frozenset({Evidence.RUN_FILE} if resolvable else ())


def _resolved(place: Place, text: str, facts: RunImageFacts) -> Resolution | None:
    """Say what a reference leads to; None where nobody answers, and its digest says enough.

    An image may have been moved since from where it was built.
    """
    try:
        return place.resolve(text)
    except RegistryError as problem:
        name = ImageName.parse(text)
        if name is not None and name.digest in facts.digests:
            return None
        raise FinishedBuildError(
            f"{text} cannot be looked up, which the report or the app image's metadata label"
            f" names: {problem}"
        ) from problem


def _tags(report: ReportFile) -> list[str]:
    tags = table_in(report.table or {}, "image").get("tags")
    texts = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return [tag for tag in texts if ImageName.parse(tag) is not None][:_TAGS_BOUND]


def _why_no_tag(build: FinishedBuild, report: ReportFile) -> str:
    if isinstance(report.document, str):
        return f"{build.report}: {report.document}; no tag can be read from it"
    return f"{build.report}: there is no image name in image.tags"


def _references(report: ReportFile, label: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is said to lead to the run image, wherever some layout has it."""
    table = report.table or {}
    places = (table, table_in(table, "image"))
    holders = [table_in(place, key) for place in places for key in RUN_IMAGE_TABLES]
    for holder in (*holders, table_in(label, "runImage")):
        text = holder.get("reference")
        if isinstance(text, str) and text.strip():
            yield text


def _entry(label: Mapping[str, Any]) -> RunEntry | None:
    """Return what the metadata label calls the run image."""
    for holder in (table_in(label, "runImage"), table_in(table_in(label, "stack"), "runImage")):
        image, mirrors = holder.get("image"), holder.get("mirrors")
        if isinstance(image, str) and image:
            listed = mirrors if isinstance(mirrors, list) else []
            return RunEntry(image, tuple(m for m in listed if isinstance(m, str)))
    return None


def _names(run_image: str, entry: RunEntry | None) -> tuple[str, ...]:
    """Every name under which the platform knows the run image: what was given, and the label's."""
    given = run_image.partition("@")[0]
    name = ImageName.parse(run_image)
    tagged = name is not None and (name.tag is not None or name.digest is None)
    labelled = () if entry is None else (entry.image, *entry.mirrors)
    names = (*((given,) if tagged else ()), *labelled)
    return tuple(dict.fromkeys(names)) or (run_image,)


def _written_name(
    named: str, tags: list[str], app: AppImage, found: Mapping[str, Resolution]
) -> str:
    """Return the tag that the app image was written to, where it was named by digest."""
    if "@" not in named:
        return named
    return next((tag for tag in tags if found[tag].image_id == app.image_id), named)


def _listed(build: FinishedBuild, entry: RunEntry | None) -> tuple[RunEntry, ...]:
    """Return what run image names are resolved from: `run.toml`, else the metadata label."""
    if build.run_file is not None:
        return _run_file(build.run_file)
    return (entry or RunEntry(build.run_image),)


def _run_file(path: Path) -> tuple[RunEntry, ...]:
    file = read_report(str(path))
    if not file.there:
        raise FinishedBuildError(f"{path}: there is no such file; --run names the build's run.toml")
    images = (file.table or {}).get("images")
    try:
        entries = tuple(
            RunEntry(str(each["image"]), tuple(map(str, each.get("mirrors", ()))))
            for each in images or ()
        )
    except (KeyError, TypeError, AttributeError):
        entries = ()
    if not entries:
        document = file.document
        why = document if isinstance(document, str) else "no [[images]] with an image in it"
        raise FinishedBuildError(f"{path}: not a run.toml: {why}")
    return entries


def _platform_api(app: AppImage) -> PlatformApi:
    """Return the platform API that the app image was built at, else the newest."""
    for entry in app.settings.get("Env") or ():
        name, _, value = str(entry).partition("=")
        if name == "CNB_PLATFORM_API" and value in map(str, PLATFORM_APIS):
            return PlatformApi.parse(value)
    return PLATFORM_APIS[-1]
