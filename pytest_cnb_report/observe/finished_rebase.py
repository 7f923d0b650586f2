"""The app image from before a rebase that somebody made, and what follows from it."""

from __future__ import annotations

from dataclasses import replace

from pytest_cnb_report.drive.names import ImageName, normalised
from pytest_cnb_report.drive.situation import NAMED_KEYS, REBASABLE, Evidence, ImageTraits
from pytest_cnb_report.observe.finished_build import (
    FinishedBuildError,
    Place,
    entry_of,
    label_of,
)
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Asked, Observation, RunEntry, RunImageFacts
from pytest_cnb_report.observe.references import table_in
from pytest_cnb_report.observe.wrong_image import require_past


def add_before(
    observation: Observation, asked: Asked, before: str, names: tuple[str, ...], place: Place
) -> Observation:
    """Look up the app image from before the rebase, and add what is known by it.

    `names` are those of the rebased image. Raises FinishedBuildError where there is no such image,
    where the name is one of them, and so leads to what the rebase wrote, and where the image is of
    another build.
    """
    if normalised(before) in {normalised(name) for name in names if "@" not in name}:
        raise FinishedBuildError(
            f"--before {before}: this is the name that the rebased image has now; name the app"
            " image from before the rebase by its digest (REPOSITORY@sha256:…) or image ID"
        )
    old_app = place.app_image(before, "--before")
    if isinstance(observation.app, AppImage):
        require_past(before, old_app, observation.app)
    new = asked.run_image
    old = _old_run_image(old_app)
    same = old is not None and old.diff_ids == new.diff_ids and _same_digest(old, new)
    entry = entry_of(label_of(old_app))
    app, run_image = ImageTraits.of_config(old_app.document), _traits(new)
    differing, half_given = app.differs_from(run_image), app.half_given(run_image)
    unlisted = entry is not None and not _lists(entry, asked.given or "")
    force_matters = bool(differing or half_given or unlisted)
    known = {
        Evidence.APP_BEFORE,
        *((Evidence.OLD_RUN_IMAGE,) if old is not None else ()),
        # a rebase that needs no force is the same with it
        *(() if force_matters else (Evidence.FORCE,)),
    }
    return replace(
        observation,
        situation=replace(
            observation.situation,
            unlisted=unlisted,
            same_run_image=same,
            rebasable_false=old_app.labels.get(REBASABLE) == "false",
            differing=differing,
            half_given=half_given,
            lost_named_labels=not NAMED_KEYS.intersection(app.labels) <= new.labels.keys(),
            known=observation.situation.known | known,
        ),
        asked=replace(
            asked,
            listed=asked.listed if entry is None else (entry,),
            old_run_image=None if same else old,
        ),
        before={asked.images[0]: old_app},
    )


def _traits(facts: RunImageFacts) -> ImageTraits:
    return ImageTraits(facts.os, facts.architecture, facts.variant, facts.labels)


def _old_run_image(app: AppImage) -> RunImageFacts | None:
    """Return what the metadata label tells of the run image from before the rebase.

    None where it does not tell where that one ends: its top layer is not there, or there twice.
    """
    label = label_of(app)
    table = table_in(label, "runImage")
    top_layer, reference = table.get("topLayer"), table.get("reference")
    if not isinstance(top_layer, str) or app.diff_ids.count(top_layer) != 1:
        return None
    text = reference if isinstance(reference, str) else ""
    _, at, digest = text.rpartition("@")
    entry = entry_of(label)
    return RunImageFacts(
        names=() if entry is None else entry.names,
        digests=(digest,) if at else (),
        image_id="" if at else text,
        diff_ids=app.diff_ids[: app.diff_ids.index(top_layer) + 1],
        blob_digests=(),
        labels={},
        os="",
        architecture="",
    )


def _same_digest(old: RunImageFacts, new: RunImageFacts) -> bool:
    named = (*old.digests, *filter(None, (old.image_id,)))
    own = (*new.digests, new.image_id)
    return all(each in own or f"sha256:{each}" in own for each in named)


def _lists(entry: RunEntry, given: str) -> bool:
    """Whether an entry lists a run image; one that is given by digest alone, by its repository."""
    name = ImageName.parse(given)
    if name is not None and name.digest is not None and name.tag is None:
        parsed = (ImageName.parse(each) for each in entry.names)
        places = {(each.registry, each.repository) for each in parsed if each is not None}
        return (name.registry, name.repository) in places
    return normalised(given.partition("@")[0]) in {normalised(each) for each in entry.names}
