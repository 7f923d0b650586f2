"""report.toml, the run image: agreement with the metadata label and of the fields themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_cnb_report.drive.names import normalised
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.identity import DIGEST, find_identity, identify
from pytest_cnb_report.judge.metadata_label import run_images_of
from pytest_cnb_report.judge.preconditions import (
    NotTestableError,
    SuccessfulCall,
    require_metadata,
    require_success,
)
from pytest_cnb_report.judge.rule import Rule
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import (
    Answer,
    Verdict,
    any_met,
    broken,
    met,
    untestable,
)
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.platform_apis import RUN_IMAGE_NAMES_IN_LABEL
from pytest_cnb_report.requirements.report_run_image import fields as report_run_image
from pytest_cnb_report.requirements.report_run_image.fields import fields_of, placed
from pytest_cnb_report.requirements.report_run_image.resolution import image_resolved
from pytest_cnb_report.values import Phase

_COMPARED = (
    ("report.run-image.reference", report_run_image.reference),
    ("report.run-image.top-layer", report_run_image.top_layer),
)
_NAME_COMPARED = (
    ("report.run-image.image", report_run_image.image),
    ("report.run-image.image.resolved", image_resolved),
)


def _names_compared(observation: Observation, text: Text) -> bool:
    """Whether the names have to agree: not where only the deprecated `stack` key has one."""
    if not text.resolved_name or observation.platform_api < RUN_IMAGE_NAMES_IN_LABEL:
        return False
    if asks.default_from_stack(observation.situation):
        return False
    return observation.phase is not Phase.REBASER or not text.accepts("resolution-at-rebase", "b")


def _own_row_holds(observation: Observation, text: Text) -> None:
    """Raise NotTestableError unless the fields that are compared are right by their own rows."""
    name_too = _names_compared(observation, text)
    for name, rule in _COMPARED + (_NAME_COMPARED if name_too else ()):
        verdict = rule(observation, text)
        if verdict.answer not in {Answer.MET, Answer.NOT_APPLICABLE}:
            cause = verdict.cause or name
            raise NotTestableError(
                untestable("report.run-image failed, nothing to compare", cause=cause)
            )


def matches_label(observation: Observation, text: Text) -> Verdict:
    """Judge that the report and the lifecycle metadata label say the same of the run image."""
    done = require_success(observation)
    _own_row_holds(observation, text)
    metadata = require_metadata(done.app, cause=_label_row(done))
    labels = run_images_of(observation, metadata, text)
    return any_met(_agrees(done, label, text) for label in labels)


def _agrees(done: SuccessfulCall, label: Mapping[str, Any], text: Text) -> Verdict:
    fields = fields_of(done, text)
    differing: dict[str, Any] = {}
    top_layer = placed(fields, "top-layer")
    if top_layer is not None and top_layer.value != label.get("topLayer"):
        differing["topLayer"] = [top_layer.value, label.get("topLayer")]
    reference = placed(fields, "reference")
    if reference is not None and not _same_image(done, label.get("reference")):
        differing["reference"] = [reference.value, label.get("reference")]
    name = placed(fields, "image") if _names_compared(done.observation, text) else None
    if name is not None and not _same_name(name.value, label.get("image")):
        differing["image"] = [name.value, label.get("image")]
    if not differing:
        return met()
    return broken(
        f"the report and the metadata label differ in {', '.join(differing)}",
        expected={key: pair[0] for key, pair in differing.items()},
        actual={key: pair[1] for key, pair in differing.items()},
    )


def _label_row(done: SuccessfulCall) -> str:
    phase = "rebase" if done.observation.phase is Phase.REBASER else "export"
    return f"{phase}.metadata.top-layer"


def _same_image(done: SuccessfulCall, reference: object) -> bool:
    """Whether a label's reference leads to the run image; its form is for the label's own row."""
    if not isinstance(reference, str):
        return False
    return find_identity(done.observation, done.asked, reference).is_run_image


def _same_name(one: object, other: object) -> bool:
    if not isinstance(one, str) or not isinstance(other, str):
        return one == other
    return normalised(one) == normalised(other)


def coherent(observation: Observation, text: Text) -> Verdict:
    """Judge that `top-layer` is the top layer of what `reference` resolves to."""
    done = require_success(observation)
    fields = fields_of(done, text)
    reference, top_layer = placed(fields, "reference"), placed(fields, "top-layer")
    if reference is None or not isinstance(reference.value, str):
        return untestable("there is no reference", cause="report.run-image.reference")
    if top_layer is None or not _is_digest(top_layer.value):
        return untestable("there is no digest for top-layer", cause="report.run-image.top-layer")
    if not identify(observation, done.asked, reference.value, text).is_run_image:
        return untestable(
            "the reference does not identify the run image", cause="report.run-image.reference"
        )
    if top_layer.value == done.asked.run_image.top_layer:
        return met()
    old = done.asked.old_run_image
    if old is not None and top_layer.value == old.top_layer:
        return report_run_image.old_value()
    return broken(
        "top-layer is not the top layer of the image that reference leads to",
        expected=done.asked.run_image.top_layer,
        actual=top_layer.value,
    )


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


RULES: Mapping[str, Rule] = {
    "report.run-image.matches-label": Rule(matches_label, asks.success),
    "report.run-image.coherent": Rule(
        coherent,
        asks.success & asks.foreign_run_image,
        why_not="the run image is the suite's own: reference and top-layer are each compared with"
        " it",
    ),
}
