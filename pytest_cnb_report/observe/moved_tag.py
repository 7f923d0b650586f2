"""Whether the run image that the caller names by a tag is the one that the app image was made on.

A tag that has been moved since the build leads to another image now. Judged by that one, every
report that is right would be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.observe.finished_build import (
    FinishedBuild,
    FinishedBuildError,
    Place,
    label_of,
)
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import RunImageFacts
from pytest_cnb_report.observe.references import RUN_IMAGE_TABLES, table_in
from pytest_cnb_report.observe.report_file import ReportFile
from pytest_cnb_report.registry.protocol import RegistryError
from pytest_cnb_report.values import Target

_ID = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")
_COPIED = ("io.buildpacks.stack.", "io.buildpacks.base.")


@dataclass(frozen=True)
class _Claim:
    """What the report or the metadata label says that the app image was made on."""

    reference: str
    top_layer: object
    by: str


def require_same_run_image(
    build: FinishedBuild, place: Place, report: ReportFile, app: AppImage, now: RunImageFacts
) -> None:
    """Raise FinishedBuildError where the tag leads to another image than the app image is on."""
    name = ImageName.parse(build.run_image)
    if name is None or name.digest is not None or build.run_image_id is not None:
        return
    claims = [claim for claim in _claims(report, label_of(app)) if _fixed(claim.reference)]
    if not claims or any(_identifies(claim.reference, now) for claim in claims):
        return
    claim = claims[0]
    then = _looked_up(place, claim.reference, app)
    if then is None:
        another = claim.top_layer in app.diff_ids and claim.top_layer != now.top_layer
        moved = another and not _stands_on(app, now)
    else:
        right_top = claim.top_layer == then.top_layer
        moved = right_top and (not _stands_on(app, now) or _fits(app, then))
    if moved:
        raise FinishedBuildError(_message(build, place, claim, now, there=then is not None))


def _claims(report: ReportFile, label: Mapping[str, Any]) -> list[_Claim]:
    table = report.table or {}
    holders = [
        (table_in(label, "runImage"), "its metadata label"),
        *(
            (table_in(place, key), "the report")
            for place in (table, table_in(table, "image"))
            for key in RUN_IMAGE_TABLES
        ),
    ]
    return [
        _Claim(
            reference if isinstance(reference := holder.get("reference"), str) else "",
            holder.get("topLayer", holder.get("top-layer")),
            by,
        )
        for holder, by in holders
    ]


def _fixed(reference: str) -> bool:
    """Whether a reference names one image for good: a tag does not tell where it led before."""
    return "@" in reference or _ID.fullmatch(reference) is not None


def _identifies(reference: str, facts: RunImageFacts) -> bool:
    """Whether a reference is the image's by its digest or its image ID, be it a short one."""
    digits = reference.rpartition("@")[2].removeprefix("sha256:")
    own = (*facts.digests, facts.image_id)
    return any(each.removeprefix("sha256:").startswith(digits) for each in own)


def _looked_up(place: Place, reference: str, app: AppImage) -> RunImageFacts | None:
    """Return the image that a claim names; None where it is gone or cannot be asked for."""
    if place.target is Target.REGISTRY and "@" not in reference:
        return None
    try:
        return place.run_image(reference, app)
    except (FinishedBuildError, RegistryError):
        return None


def _stands_on(app: AppImage, facts: RunImageFacts) -> bool:
    return app.diff_ids[: len(facts.diff_ids)] == facts.diff_ids


def _fits(app: AppImage, facts: RunImageFacts) -> bool:
    """Whether the app image has all of an image's layers, and its labels that are copied."""
    copied = {k: v for k, v in facts.labels.items() if k.startswith(_COPIED)}
    return _stands_on(app, facts) and all(app.labels.get(k) == v for k, v in copied.items())


def _message(
    build: FinishedBuild, place: Place, claim: _Claim, now: RunImageFacts, *, there: bool
) -> str:
    leads = now.digests[0] if place.target is Target.REGISTRY and now.digests else now.image_id
    then = claim.reference.rpartition("@")[2]
    gone = "" if there else f", which cannot be found any more as {claim.reference}"
    return (
        f"the tag {build.run_image} has moved since: it refers to {leads} now, the app image was"
        f" made on {then} (according to {claim.by}){gone}. Name the run image by its digest:"
        f" --run-image {claim.reference}. If the tag has not moved, the app image is on the wrong"
        f" run image: to see what that fails, name the right one by its digest ({leads})"
    )
