"""A build that somebody made: what the caller says of it, and where its images are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import RunEntry, RunImageFacts
from pytest_cnb_report.observe.references import table_in
from pytest_cnb_report.observe.report_file import REPORT_BOUND, ReportFile, read_report
from pytest_cnb_report.values import Phase, PlatformApi, Target

STANDARD_INPUT = "-"
"""The path that stands for standard input, where a report is named."""


class FinishedBuildError(Exception):
    """The build cannot be looked at; the message says what is missing and how to name it."""


@dataclass(frozen=True)
class FinishedBuild:
    """What the caller says of a build, or of a rebase.

    `report` is a path, or `-` with what standard input had in `piped`. `phase` is None where nobody
    said whether it was a build or a rebase; `before`, the app image from before a rebase, says it.
    `app_image` is None where the first tag in the report is to be taken, `run_file` (a `run.toml`)
    where it is not at hand, `platform_api` where the app image is to tell. `run_image_id` is the
    run image in a Docker daemon where the caller knows which one it is, wherever its tag leads.
    """

    report: Path
    run_image: str
    phase: Phase | None = None
    app_image: str | None = None
    before: str | None = None
    run_file: Path | None = None
    platform_api: PlatformApi | None = None
    piped: bytes | None = None
    run_image_id: str | None = None

    @property
    def named(self) -> str:
        """The report in words."""
        return "standard input" if self.piped is not None else str(self.report)

    @property
    def judged_phase(self) -> Phase:
        """The phase by whose requirements it is judged; the exporter's hold for both kinds."""
        return self.phase or (Phase.EXPORTER if self.before is None else Phase.REBASER)

    @property
    def kind_known(self) -> bool:
        """Whether the caller said that it was a build, or that it was a rebase."""
        return not (self.phase is None and self.before is None and self.run_file is None)


class Place(Protocol):
    """Where images are looked up: registries, or a Docker daemon."""

    @property
    def target(self) -> Target:
        """Which kind of place this is."""

    def app_image(self, reference: str, option: str = "--app-image") -> AppImage:
        """Return an image without its layers' content, as an option names it.

        Raises FinishedBuildError where there is none.
        """

    def run_image(self, reference: str, app: AppImage) -> RunImageFacts:
        """Return the facts of an image for the app's platform, named by `reference` alone.

        Raises FinishedBuildError where there is none.
        """

    def resolve(self, reference: str) -> Resolution:
        """Say what a reference leads to."""

    def index_of(self, reference: str, facts: RunImageFacts) -> str | None:
        """Return the digest of the index that a reference leads to, if the image is in it."""


def read_finished_report(build: FinishedBuild) -> ReportFile:
    """Read the report; raises FinishedBuildError where nothing is there."""
    if build.piped is not None:
        return _piped_report(build.piped)
    report = read_report(str(build.report), follow=True)
    if not report.there:
        raise FinishedBuildError(
            f"{build.report}: there is no such file; name the report.toml to check"
        )
    return report


def _piped_report(content: bytes) -> ReportFile:
    if len(content) > REPORT_BOUND:
        problem = f"too long; the suite reads reports of up to {REPORT_BOUND} bytes"
        return ReportFile(STANDARD_INPUT, problem=problem, regular=True, size=len(content))
    return ReportFile(STANDARD_INPUT, content=content, regular=True, size=len(content))


def target_of(report: ReportFile) -> Target:
    """Return the target that a report speaks of: only a daemon's has an image ID and no digest."""
    image = table_in(report.table or {}, "image")
    at_daemon = any(key in image for key in ("image-id", "imageID")) and "digest" not in image
    return Target.DAEMON if at_daemon else Target.REGISTRY


def label_of(app: AppImage) -> Mapping[str, Any]:
    """Return the lifecycle metadata label; an empty one where it cannot be read."""
    return app.metadata if isinstance(app.metadata, Mapping) else {}


def entry_of(label: Mapping[str, Any]) -> RunEntry | None:
    """Return what the metadata label calls the run image."""
    for holder in (table_in(label, "runImage"), table_in(table_in(label, "stack"), "runImage")):
        image, mirrors = holder.get("image"), holder.get("mirrors")
        if isinstance(image, str) and image:
            listed = mirrors if isinstance(mirrors, list) else []
            return RunEntry(image, tuple(m for m in listed if isinstance(m, str)))
    return None
