"""Mistakes in where the report has the run image's fields."""

from __future__ import annotations

from typing import Any

from pytest_cnb_report.reference.fault import BY_APPROVED, BY_DRAFT, faults_of
from pytest_cnb_report.reference.report import Report

LAYOUT = ("report.run-image.layout",)
CAMEL_CASE = {"top-layer": "topLayer"}


class _ApprovedLayoutInTheDraft(Report):
    """The run image fields are under `[image]`, as in the approved RFC."""

    trips = LAYOUT
    shows_at = BY_DRAFT

    def document(self) -> dict[str, Any]:
        return {"image": {**self.image_table(), "run-image": self.run_image_table()}}


class _DraftLayoutInTheApproved(Report):
    """The run image fields are in a table of their own, as in the RFC's draft."""

    trips = LAYOUT
    shows_at = BY_APPROVED

    def document(self) -> dict[str, Any]:
        return {"image": self.image_table(), "run-image": self.run_image_table()}


class _CamelCaseInTheDraft(Report):
    """The draft's table and keys are in camel case."""

    trips = LAYOUT
    shows_at = BY_DRAFT

    def document(self) -> dict[str, Any]:
        described = super().document()
        run_image = described.pop("run-image", {})
        spelt = {CAMEL_CASE.get(key, key): value for key, value in run_image.items()}
        return {**described, "runImage": spelt}


class _OneKeyInCamelCase(Report):
    """The draft's `top-layer` is in camel case, but the table and the other keys are not."""

    trips = LAYOUT
    shows_at = BY_DRAFT

    def run_image_table(self) -> dict[str, Any]:
        table = super().run_image_table()
        return {CAMEL_CASE.get(key, key): value for key, value in table.items()}


class _RunImageAsAString(Report):
    """The run image is a string instead of a table."""

    trips = LAYOUT

    def run_image_table(self) -> Any:  # noqa: ANN401 - the wrong type is the mistake
        return self.run_image_reference()


class _RunImageInAnArray(Report):
    """The run image's table is an array with one table."""

    trips = LAYOUT

    def run_image_table(self) -> Any:  # noqa: ANN401 - the wrong type is the mistake
        return [super().run_image_table()]


FAULTS = faults_of(
    _ApprovedLayoutInTheDraft,
    _DraftLayoutInTheApproved,
    _CamelCaseInTheDraft,
    _OneKeyInCamelCase,
    _RunImageAsAString,
    _RunImageInAnArray,
)
