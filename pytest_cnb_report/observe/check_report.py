"""A build that somebody made: its report, and the images that it speaks of, looked up and read.

Nothing is run and nothing is written. What a lab would know for certain, its run image, is here
what the caller says it is, as the registry or the daemon has it now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_cnb_report.drive.cases import Expect
from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.drive.situation import NAMED_KEYS, Evidence, Situation, platform_api_in
from pytest_cnb_report.observe.finished_build import (
    FinishedBuild,
    FinishedBuildError,
    Place,
    entry_of,
    label_of,
)
from pytest_cnb_report.observe.finished_rebase import add_before
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.moved_tag import require_same_run_image
from pytest_cnb_report.observe.observation import Asked, Observation, RunEntry, RunImageFacts
from pytest_cnb_report.observe.references import RUN_IMAGE_TABLES, table_in
from pytest_cnb_report.observe.report_file import ReportFile, read_report
from pytest_cnb_report.observe.wrong_image import require_same_app_image
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi

CASE = "check-report"
"""The case that the results of such a build are told under."""

_TAGS_BOUND = 64


def observe_finished_build(build: FinishedBuild, report: ReportFile, place: Place) -> Observation:
    """Look up everything that the report is judged against.

    Raises FinishedBuildError, and whatever the place raises where it does not answer.
    """
    tags = _tags(report)
    named = build.app_image or next(iter(tags), None)
    if named is None:
        raise FinishedBuildError(
            f"{_why_no_tag(build, report)}: name the app image with --app-image"
        )
    app = place.app_image(named)
    require_same_app_image(build, place, report, named, app)
    label = label_of(app)
    entry = entry_of(label)
    facts = place.run_image(build.run_image_id or build.run_image, app)
    references = tuple(_references(report, label))
    leads = ((text, _resolved(place, text, facts)) for text in dict.fromkeys((*tags, *references)))
    found = {text: resolution for text, resolution in leads if resolution is not None}
    indexes = [place.index_of(text, facts) for text in references if text in found]
    index_digests = tuple(dict.fromkeys([*facts.index_digests, *filter(None, indexes)]))
    facts = replace(
        facts,
        names=_names(build.run_image, entry),
        digests=tuple(dict.fromkeys([*facts.digests, *index_digests])),
        index_digests=index_digests,
    )
    require_same_run_image(build, place, report, app, facts)
    images = (_written_name(named, tags, app, found),)
    asked = Asked(
        images=images,
        run_image=facts,
        expect=Expect.SUCCESS,
        given=build.run_image,
        listed=_listed(build, entry),
        report_path=build.named,
        own_run_image=False,
    )
    observation = Observation(
        case=CASE,
        situation=Situation(
            phase=build.judged_phase,
            target=place.target,
            platform_api=build.platform_api or platform_api_of(app) or PLATFORM_APIS[-1],
            named_labels=not NAMED_KEYS.isdisjoint(facts.labels),
            known=_known(build),
        ),
        asked=asked,
        report=report,
        after=dict.fromkeys(images, app),
        found=found,
    )
    if build.before is None:
        return observation
    return add_before(observation, asked, build.before, (named, *tags), place)


def _known(build: FinishedBuild) -> frozenset[Evidence]:
    """Return what there is to judge by beside the report and the images.

    At a rebase names are resolved from the app image's label, which takes the place of `run.toml`.
    """
    resolvable = build.run_file is not None or build.judged_phase is Phase.REBASER
    return frozenset(
        evidence
        for evidence, known in (
            (Evidence.RUN_FILE, resolvable),
            (Evidence.BUILD_OR_REBASE, build.kind_known),
        )
        if known
    )


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
        return f"{build.named}: {report.document}; no tag can be read from it"
    return f"{build.named}: image.tags names no image"


def _references(report: ReportFile, label: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is said to lead to the run image, wherever some layout has it."""
    table = report.table or {}
    places = (table, table_in(table, "image"))
    holders = [table_in(place, key) for place in places for key in RUN_IMAGE_TABLES]
    for holder in (*holders, table_in(label, "runImage")):
        text = holder.get("reference")
        if isinstance(text, str) and text.strip():
            yield text


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
    file = read_report(str(path), follow=True)
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


def platform_api_of(app: AppImage) -> PlatformApi | None:
    """Return the platform API that the app image says it was built at, where the suite knows it."""
    stated = platform_api_in(app.env)
    return stated if stated in PLATFORM_APIS else None
