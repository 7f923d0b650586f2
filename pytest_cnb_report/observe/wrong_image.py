"""Whether the app images that the caller names are those that the report is about.

A tag that has been moved since the build leads to another app image now, and what is named as the
image from before a rebase may be of another build. Judged by those, what is right would be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.observe.finished_build import (
    FinishedBuild,
    FinishedBuildError,
    Place,
    label_of,
)
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.references import table_in
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.values import Target


def require_same_app_image(
    build: FinishedBuild, place: Place, report: ReportFile, named: str, app: AppImage
) -> None:
    """Raise FinishedBuildError where a tag leads to another app image than the report is of.

    That is one which is still there. A digest that leads nowhere, or to the image from before a
    rebase, is for the requirement about digests to judge, and so is any where the app image is
    named by its own.
    """
    name = ImageName.parse(named)
    reported = table_in(report.table or {}, "image").get("digest")
    if place.target is not Target.REGISTRY or name is None or name.digest is not None:
        return
    if not isinstance(reported, str) or reported == app.digest:
        return
    repository = f"{name.registry}/{name.repository}"
    then = f"{repository}@{reported}"
    if build.before is not None and build.before.endswith(f"@{reported}"):
        return
    try:
        other = place.app_image(then)
    except (FinishedBuildError, RegistryError):
        return
    if not label_of(other):
        return
    raise FinishedBuildError(
        f"the tag {named} has moved since: it refers to {app.digest} now, the report is of"
        f" {reported}. Name the app image by its digest: --app-image {then}. If the tag has not"
        " moved, the report has the digest of another image: to see what that fails, name the one"
        f" that the tag refers to: --app-image {repository}@{app.digest}"
    )


def require_past(before: str, old: AppImage, app: AppImage) -> None:
    """Raise FinishedBuildError where an app image cannot have come from another by a rebase.

    A rebase keeps the app's own layers. Where they are others, and each image has just those that
    its own metadata label lists, it is no rebase that went wrong but another build.
    """
    own, past = set(_own_layers(label_of(app))), set(_own_layers(label_of(old)))
    whole = bool(own and past) and own <= {*app.diff_ids} and past <= {*old.diff_ids}
    if not whole or past <= {*app.diff_ids}:
        return
    shared = len(own & past)
    raise FinishedBuildError(
        f"--before {before}: this is not the app image from before the rebase: expected the"
        f" {len(own)} layers that the rebased image has from its build, found {len(past)}, of"
        f" which {shared} are the same. Name the image that was rebased by its digest"
        " (REPOSITORY@sha256:…) or image ID"
    )


def _own_layers(label: Mapping[str, Any]) -> Iterator[str]:
    """Yield the diff IDs of the layers that a build has put on the run image (`sha` in the label).

    Those of buildpacks are below their names; a cached one that is not in the image is not listed.
    """
    slices = label.get("app")
    holders = [table_in(label, "config"), table_in(label, "launcher")]
    holders += [each for each in slices or () if isinstance(each, dict)]
    for holder in holders:
        if isinstance(holder.get("sha"), str) and holder["sha"]:
            yield holder["sha"]
